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

static void add_link(struct buf *out, const struct page *page, const char *path,
		     enum words_key name)
{
	buf_addf(out, "<a href=\"%s\"%s>%s</a>", path,
		 strcmp(path, page->path) == 0 ? " aria-current=\"page\"" : "",
		 words(page->lang, name));
}

static void add_other(struct buf *out, const struct page *page)
{
	const char *const tag = words_tag(words_other(page->lang));

	if (page->other != NULL)
		buf_addf(out,
			 "<a href=\"%s\" hreflang=\"%s\" lang=\"%s\">%s</a>",
			 page->other, tag, tag,
			 words(page->lang, W_OTHER_LANGUAGE));
}

void page_head(struct buf *out, const struct page *page)
{
	const struct str name = str_from(page->conf->server.name);

	buf_addf(out, "<!doctype html>\n<html lang=\"%s\">\n<head>\n",
		 words_tag(page->lang));
	buf_add_c(out, "<meta charset=\"utf-8\">\n"
		       "<meta name=\"viewport\" content=\"width=device-width, "
		       "initial-scale=1\">\n"
		       "<meta name=\"color-scheme\" content=\"light dark\">\n"
		       "<title>");
	page_text(out, str_from(page->title));
	buf_add_c(out, " · ");
	page_text(out, name);
	buf_add_c(out, "</title>\n"
		       "<link rel=\"icon\" href=\"/favicon.svg\" "
		       "type=\"image/svg+xml\">\n"
		       "<link rel=\"stylesheet\" href=\"/style.css\">\n"
		       "<link rel=\"stylesheet\" href=\"/page.css\">\n");
	buf_add_c(out, page->extra != NULL ? page->extra : "");
	buf_add_c(out, "</head>\n<body class=\"page\">\n"
		       "<header class=\"top\">\n<a class=\"brand\" href=\"/\">"
		       "<img src=\"/favicon.svg\" alt=\"\" width=\"28\" "
		       "height=\"28\">");
	page_text(out, name);
	buf_addf(out, "</a>\n<nav aria-label=\"%s\">",
		 words(page->lang, W_SITE));
	add_link(out, page, "/account/", W_ACCOUNT);
	add_link(out, page, "/status/", W_STATUS);
	add_link(out, page, "/about", W_ABOUT);
	add_other(out, page);
	buf_add_c(out, "</nav>\n</header>\n");
}

void page_open(struct buf *out, const struct page *page)
{
	page_head(out, page);
	buf_add_c(out, "<main>\n");
}

void page_close(struct buf *out)
{
	buf_add_c(out, "</main>\n</body>\n</html>\n");
}
