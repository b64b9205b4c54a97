/*
 * The page of the demo, and the same as JSON: what `slipway demo record` heard.
 * Both are files, so showing them asks nobody and costs nothing.
 */
#include "cli/demo_page.h"

#include "base/clock.h"
#include "conf/conf.h"
#include "docs/render.h"
#include "http/page.h"
#include "ops/html.h"

static const char *const parts_of_answer[] = {"answer", "model_route",
					      "request_id"};

static struct str text_of(struct json v, const char *name)
{
	return json_str(json_get(v, name));
}

static void add_source(struct json source, struct buf *out)
{
	const struct str url = text_of(source, "url");
	const bool linked = str_starts(url, STR("https://")) ||
			    str_starts(url, STR("http://"));

	buf_add_c(out, "<li>");
	if (linked) {
		buf_add_c(out, "<a rel=\"noopener noreferrer nofollow\" "
			       "href=\"");
		page_text(out, url);
		buf_add_c(out, "\">");
	}
	page_text(out, text_of(source, "title"));
	buf_add_c(out, linked ? "</a>" : "");
	buf_add_c(out, "<span class=\"snippet\">");
	page_text(out, text_of(source, "text"));
	buf_add_c(out, "</span></li>\n");
}

static void add_sources(struct json sources, enum words_lang lang,
			struct buf *out)
{
	if (json_count(sources) == 0)
		return;
	buf_addf(out, "<div class=\"sources\">\n<h3>%s</h3>\n<ol>\n",
		 words(lang, W_SOURCES));
	for (size_t i = 0; i < json_count(sources); i++)
		add_source(json_at(sources, i), out);
	buf_add_c(out, "</ol>\n</div>\n");
}

static void add_entry(const struct demo *d, const struct demo_entry *e,
		      bool open, struct buf *out)
{
	buf_addf(out, "<details%s>\n<summary dir=\"auto\">",
		 open ? " open" : "");
	page_text(out, e->question);
	buf_add_c(out,
		  "</summary>\n<div class=\"answer text\" dir=\"auto\">\n");
	buf_add_str(out,
		    docs_render_html(d->arena, text_of(e->answer, "answer")));
	buf_add_c(out, "</div>\n");
	add_sources(json_get(e->answer, "citations"), d->lang, out);
	buf_add_c(out, "<p class=\"meta\">");
	page_text(out, text_of(e->answer, "model_route"));
	buf_add_c(out, " · <code>");
	page_text(out, text_of(e->answer, "request_id"));
	buf_add_c(out, "</code></p>\n</details>\n");
}

static const char head_lines[] =
	"<link rel=\"stylesheet\" href=\"/chat.css\">\n"
	"<link rel=\"alternate\" hreflang=\"en\" href=\"./\">\n"
	"<link rel=\"alternate\" hreflang=\"de\" href=\"index.de.html\">\n"
	"<script type=\"module\" src=\"/language.js\"></script>\n";

void demo_page(const struct conf *conf, const struct demo *d, struct buf *out)
{
	const struct page page = {
		.conf = conf,
		.lang = d->lang,
		.title = words(d->lang, W_DEMO),
		.path = "/demo/",
		.extra = head_lines,
		.other = d->lang == WORDS_EN ? "index.de.html?lang=de"
					     : "./?lang=en",
	};

	page_head(out, &page);
	buf_add_c(out, "<main class=\"demo\">\n<h1>");
	page_text(out, d->title.n > 0 ? d->title
				      : str_from(words(d->lang, W_DEMO_TITLE)));
	buf_add_c(out, "</h1>\n<p>");
	const char *const rest = words_open(out, d->lang, W_DEMO_INTRO);
	html_time(out, d->lang, d->recorded_ms);
	(void)words_on(out, rest);
	buf_add_c(out, "</p>\n");
	for (size_t i = 0; i < d->nentries; i++)
		add_entry(d, &d->entries[i], i == 0, out);
	page_close(out);
}

static void write_entry(const struct demo_entry *e, struct jw *w)
{
	jw_open_object(w, NULL);
	jw_str(w, "question", e->question);
	jw_str(w, "feature", e->feature);
	for (size_t i = 0; i < 3; i++)
		jw_str(w, parts_of_answer[i],
		       text_of(e->answer, parts_of_answer[i]));
	jw_raw(w, "citations", json_text(json_get(e->answer, "citations")));
	jw_close(w);
}

void demo_json(const struct demo *d, struct buf *out)
{
	char at[CLOCK_TEXT_BYTES];
	struct jw w;

	jw_init(&w, out);
	jw_open_object(&w, NULL);
	jw_c(&w, "recorded_at", clock_format(d->recorded_ms, at));
	jw_open_array(&w, "answers");
	for (size_t i = 0; i < d->nentries; i++)
		write_entry(&d->entries[i], &w);
	jw_close(&w);
	jw_close(&w);
	buf_add_char(out, '\n');
}
