/*
 * The chat in a frame on other sites.  The worker `widget` serves it with a
 * policy of its own, as only the configuration knows who may frame it; what the
 * page does is in www/frame.js.
 */
#include "ops/widget.h"

#include "conf/conf.h"
#include "http/page.h"

void widget_policy(const struct conf *conf, struct buf *out)
{
	buf_addf(out,
		 "default-src 'none'; script-src 'self'; style-src 'self'; "
		 "img-src 'self' data:; font-src 'self'; connect-src 'self'; "
		 "form-action 'none'; base-uri 'none'; frame-ancestors 'self' "
		 "%s; require-trusted-types-for 'script'; trusted-types "
		 "dompurify default",
		 conf->server.widget_origins);
}

static void add_head(const struct conf *conf, struct buf *out)
{
	buf_add_c(out, "<!doctype html>\n<html lang=\"en\" dir=\"ltr\" "
		       "data-origins=\"");
	page_text(out, str_from(conf->server.widget_origins));
	buf_add_c(out, "\">\n<head>\n<meta charset=\"utf-8\">\n"
		       "<meta name=\"viewport\" content=\"width=device-width, "
		       "initial-scale=1\">\n"
		       "<meta name=\"color-scheme\" content=\"light dark\">\n"
		       "<meta name=\"robots\" content=\"noindex\">\n<title>");
	page_text(out, str_from(conf->server.name));
	buf_add_c(out, "</title>\n"
		       "<link rel=\"stylesheet\" href=\"/style.css\">\n"
		       "<link rel=\"stylesheet\" href=\"/chat.css\">\n"
		       "<link rel=\"stylesheet\" href=\"/frame.css\">\n"
		       "<script src=\"/theme.js\"></script>\n"
		       "<script type=\"module\" src=\"/frame.js\"></script>\n"
		       "</head>\n");
}

static void add_composer(struct buf *out)
{
	buf_add_c(
		out,
		"<footer class=\"composer\">\n"
		"<form id=\"ask\" class=\"ask\">\n"
		"<label for=\"question\" class=\"sr\" "
		"data-t=\"yourQuestion\">Your question</label>\n"
		"<textarea id=\"question\" rows=\"1\" dir=\"auto\" "
		"placeholder=\"Ask a question\" "
		"data-t-placeholder=\"askQuestion\" enterkeyhint=\"send\">"
		"</textarea>\n"
		"<div class=\"row\"><span id=\"budget\" class=\"help\"></span>"
		"<button type=\"submit\" id=\"send\" class=\"send\" "
		"data-t=\"send\">Send</button></div>\n"
		"</form>\n"
		"<p class=\"help fine\"><span data-t=\"canBeWrong\">Answers "
		"can be wrong: check the sources.</span> "
		"<a href=\"/about\" target=\"_blank\" rel=\"noopener\" "
		"data-t=\"aboutPage\">About</a></p>\n"
		"</footer>\n");
}

void widget_page(const struct conf *conf, struct buf *out)
{
	add_head(conf, out);
	buf_add_c(out, "<body class=\"chat frame\">\n"
		       "<header class=\"bar\"><h1 id=\"title\">");
	page_text(out, str_from(conf->server.name));
	buf_add_c(out, "</h1>\n"
		       "<button type=\"button\" id=\"fresh\" class=\"quiet\" "
		       "data-t=\"newChat\" hidden>New chat</button>\n"
		       "<button type=\"button\" id=\"close\" class=\"quiet\" "
		       "data-t=\"close\" hidden>Close</button></header>\n"
		       "<main>\n<p id=\"welcome\" class=\"help\" "
		       "data-t=\"welcomeTitle\">What would you like to "
		       "know?</p>\n"
		       "<p id=\"closed\" class=\"notice\" role=\"alert\" "
		       "hidden><span id=\"why\"></span> "
		       "<a href=\"/\" target=\"_blank\" rel=\"noopener\" "
		       "data-t=\"frameOpen\">Open the chat in a window of its "
		       "own</a></p>\n"
		       "<section id=\"thread\" class=\"thread\" "
		       "aria-label=\"Conversation\" "
		       "data-t-aria-label=\"conversation\"></section>\n"
		       "<div id=\"announcer\" class=\"sr\" role=\"log\" "
		       "aria-live=\"polite\" aria-label=\"Finished answers\" "
		       "data-t-aria-label=\"finishedAnswers\"></div>\n"
		       "</main>\n");
	add_composer(out);
	buf_add_c(out, "</body>\n</html>\n");
}
