/*
 * The frame of pages that workers write: head, navigation, foot.  Called by
 * the about page and by the routes that answer forms.
 */
#include "http/page.h"

#include "conf/conf.h"

#include <string.h>

void page_text(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		const char c = text.p[i];
		if (c == '&')
			buf_add_c(out, "&amp;");
		else if (c == '<')
			buf_add_c(out, "&lt;");
		else if (c == '>')
			buf_add_c(out, "&gt;");
		else if (c == '"')
			buf_add_c(out, "&quot;");
		else if (c == '\'')
			buf_add_c(out, "&#39;");
		else if ((unsigned char)c < ' ' && c != '\n' && c != '\t')
			buf_add_char(out, ' '); /* XML has no place for it */
		else
			buf_add_char(out, c);
	}
}

static void add_link(struct buf *out, const char *path, const char *name,
		     const char *current)
{
	buf_addf(out, "<a href=\"%s\"%s>%s</a>", path,
		 strcmp(path, current) == 0 ? " aria-current=\"page\"" : "",
		 name);
}

void page_head(struct buf *out, const struct conf *conf, const char *title,
	       const char *path, const char *extra)
{
	const struct str name = str_from(conf->server.name);

	buf_add_c(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n"
		       "<meta charset=\"utf-8\">\n"
		       "<meta name=\"viewport\" content=\"width=device-width, "
		       "initial-scale=1\">\n"
		       "<meta name=\"color-scheme\" content=\"light dark\">\n"
		       "<title>");
	page_text(out, str_from(title));
	buf_add_c(out, " · ");
	page_text(out, name);
	buf_add_c(out, "</title>\n"
		       "<link rel=\"icon\" href=\"/favicon.svg\" "
		       "type=\"image/svg+xml\">\n"
		       "<link rel=\"stylesheet\" href=\"/style.css\">\n"
		       "<link rel=\"stylesheet\" href=\"/page.css\">\n");
	buf_add_c(out, extra);
	buf_add_c(out, "</head>\n<body class=\"page\">\n"
		       "<header class=\"top\">\n<a class=\"brand\" href=\"/\">"
		       "<img src=\"/favicon.svg\" alt=\"\" width=\"28\" "
		       "height=\"28\">");
	page_text(out, name);
	buf_add_c(out, "</a>\n<nav aria-label=\"Site\">");
	add_link(out, "/account/", "Account", path);
	add_link(out, "/status/", "Status", path);
	add_link(out, "/about", "About", path);
	buf_add_c(out, "</nav>\n</header>\n");
}

void page_open(struct buf *out, const struct conf *conf, const char *title,
	       const char *path)
{
	page_head(out, conf, title, path, "");
	buf_add_c(out, "<main>\n");
}

void page_close(struct buf *out)
{
	buf_add_c(out, "</main>\n</body>\n</html>\n");
}
