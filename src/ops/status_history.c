/*
 * What was: the history page, the feed, and the badge of the status page.
 */
#include "base/clock.h"
#include "conf/conf.h"
#include "http/page.h"
#include "ops/html.h"
#include "ops/status_page.h"

#include <inttypes.h>

#define FEED_ITEMS  50
#define BADGE_LEFT  46
#define BADGE_RIGHT 84

/* --- history.html -------------------------------------------------------- */

static void add_title(const struct status_view *v, const char *english,
		      struct buf *out)
{
	buf_addf(out, "<section>\n<h2>%s</h2>\n", words_said(v->lang, english));
}

static void add_past_incidents(const struct status_view *v, struct buf *out)
{
	size_t n = 0;
	const struct status_incident *const list =
		status_past_incidents(v->past, v->now->now_ms, &n);

	add_title(v, "Incidents and maintenance", out);
	for (size_t i = 0; i < n; i++)
		status_incident_html(v, &list[i], "h3", out);
	if (n == 0)
		buf_addf(out, "<p>%s</p>\n", words_said(v->lang, "None."));
	buf_add_c(out, "</section>\n");
}

static void add_spells(const struct status_view *v, struct buf *out)
{
	const struct json list = json_get(v->past->page, "spells");
	const size_t n = json_count(list);

	add_title(v, "Trouble that was measured", out);
	if (n == 0)
		buf_addf(out, "<p>%s</p>\n", words_said(v->lang, "None."));
	else
		buf_add_c(out, "<ul class=\"parts\">\n");
	for (size_t i = 0; i < n; i++) {
		const struct json one = json_at(list, i);
		const struct str state = json_str(json_get(one, "state"));
		const int64_t from = json_i64(json_get(one, "from_ms"));
		const int64_t to = json_i64(json_get(one, "to_ms"));
		buf_add_c(out, "<li><span class=\"name\">");
		words_say(out, v->lang,
			  status_part_name(v->now, json_str(json_get(
							   one, "component"))));
		buf_add_c(out, "</span> <span class=\"state ");
		page_text(out, state);
		buf_add_c(out, "\">");
		words_say(out, v->lang, state);
		buf_add_c(out, "</span><span class=\"detail\">");
		html_time(out, v->lang, from);
		buf_add_c(out, words_said(v->lang, ", for "));
		html_duration(out, v->lang, (to - from) / 1000);
		buf_add_c(out, "</span></li>\n");
	}
	buf_add_c(out, n > 0 ? "</ul>\n</section>\n" : "</section>\n");
}

static const char head_lines[] =
	"<link rel=\"alternate\" type=\"application/rss+xml\" "
	"title=\"Incidents\" href=\"feed.xml\">\n"
	"<link rel=\"alternate\" hreflang=\"en\" href=\"history.html\">\n"
	"<link rel=\"alternate\" hreflang=\"de\" href=\"history.de.html\">\n"
	"<script type=\"module\" src=\"/language.js\"></script>\n"
	"<script type=\"module\" src=\"/status.js\"></script>\n";

void status_history(const struct status_view *v, struct buf *out)
{
	const bool en = v->lang == WORDS_EN;
	const char *const title = words_said(v->lang, "Status history");
	const struct page page = {
		.conf = v->conf,
		.lang = v->lang,
		.title = title,
		.path = "/status/",
		.extra = head_lines,
		.other =
			en ? "history.de.html?lang=de" : "history.html?lang=en",
	};

	page_head(out, &page);
	status_main(v, "", out);
	buf_addf(out, "<h1>%s</h1>\n<p>", title);
	const char *const rest =
		words_on(out, words_said(v->lang, "The last {} days. "));
	buf_addf(out, "%d%s<a href=\"%s\">%s</a></p>\n", STATUS_DAYS, rest,
		 en ? "./" : "index.de.html",
		 words_said(v->lang, "How it is now"));
	add_past_incidents(v, out);
	add_spells(v, out);
	buf_addf(out, "<p class=\"updated\">%s",
		 words_said(v->lang, "Last updated "));
	html_time(out, v->lang, v->now->now_ms);
	buf_add_c(out, ".</p>\n");
	page_close(out);
}

/* --- feed.xml ------------------------------------------------------------ */

static void add_date(struct buf *out, const char *tag, int64_t wall_ms)
{
	char at[CLOCK_TEXT_BYTES];

	buf_addf(out, "<%s>%s</%s>\n", tag, clock_format_mail(wall_ms, at),
		 tag);
}

static void add_address(const struct status_view *v, const char *path,
			struct buf *out)
{
	page_text(out, str_from(v->conf->server.public_url));
	buf_add_c(out, path);
}

static void add_item(const struct status_view *v,
		     const struct status_incident *i, struct json update,
		     struct buf *out)
{
	buf_addf(out, "<item>\n<title>[%s] ",
		 status_state_words(json_str(json_get(update, "state"))));
	page_text(out, i->title);
	buf_add_c(out, "</title>\n<link>");
	add_address(v, "/status/history.html#incident-", out);
	buf_addf(out,
		 "%" PRId64 "</link>\n<guid isPermaLink=\"false\">incident-"
		 "%" PRId64 "-%" PRId64 "</guid>\n",
		 i->id, i->id, json_i64(json_get(update, "id")));
	add_date(out, "pubDate", json_i64(json_get(update, "at_ms")));
	/* readers take it for HTML: escaped once for that, once for XML */
	struct buf text;
	buf_init(&text, v->past->arena, 65536);
	page_text(&text, json_str(json_get(update, "message")));
	buf_add_c(out, "<description>");
	page_text(out, buf_str(&text));
	buf_add_c(out, "</description>\n</item>\n");
}

void status_feed(const struct status_view *v, struct buf *out)
{
	size_t n = 0;
	size_t items = 0;
	const struct status_incident *const list =
		status_past_incidents(v->past, v->now->now_ms, &n);

	buf_add_c(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		       "<rss version=\"2.0\">\n<channel>\n<title>");
	page_text(out, str_from(v->conf->server.name));
	buf_add_c(out, ": status</title>\n<link>");
	add_address(v, "/status/", out);
	buf_add_c(out, "</link>\n<description>Incidents and planned "
		       "maintenance</description>\n<language>en</language>\n");
	add_date(out, "lastBuildDate", v->now->now_ms);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0;
		     k < json_count(list[i].updates) && items < FEED_ITEMS;
		     k++, items++)
			add_item(v, &list[i], json_at(list[i].updates, k), out);
	buf_add_c(out, "</channel>\n</rss>\n");
}

/* --- badge.svg ----------------------------------------------------------- */

void status_badge(const struct status_view *v, struct buf *out)
{
	static const struct {
		const char *word;
		const char *colour; /* white on it is 4.5:1 or more */
	} states[] = {
		[STATUS_NONE] = {"operational", "#1b7a45"},
		[STATUS_MINOR] = {"degraded", "#96600a"},
		[STATUS_MAJOR] = {"part outage", "#97271a"},
		[STATUS_CRITICAL] = {"outage", "#97271a"},
	};
	const char *const word = states[v->now->indicator].word;

	buf_addf(out,
		 "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
		 "height=\"20\" role=\"img\" aria-label=\"status: %s\">\n"
		 "<title>status: %s</title>\n"
		 "<rect width=\"%d\" height=\"20\" rx=\"3\" fill=\"#444\"/>\n"
		 "<path d=\"M%d 0h%da3 3 0 0 1 3 3v14a3 3 0 0 1-3 3h-%dz\" "
		 "fill=\"%s\"/>\n"
		 "<g fill=\"#fff\" text-anchor=\"middle\" "
		 "font-family=\"Verdana,DejaVu Sans,sans-serif\" "
		 "font-size=\"11\">\n"
		 "<text x=\"%d\" y=\"14\">status</text>\n"
		 "<text x=\"%d\" y=\"14\">%s</text>\n</g>\n</svg>\n",
		 BADGE_LEFT + BADGE_RIGHT, word, word, BADGE_LEFT + BADGE_RIGHT,
		 BADGE_LEFT, BADGE_RIGHT - 3, BADGE_RIGHT - 3,
		 states[v->now->indicator].colour, BADGE_LEFT / 2,
		 BADGE_LEFT + BADGE_RIGHT / 2, word);
}
