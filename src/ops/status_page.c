/*
 * The status page itself.  It is written whole by `slipway probe`, so it needs
 * no worker, no database and no script; status.js only turns it grey when it
 * is stale, adds local times, and fetches the next one.
 */
#include "ops/status_page.h"

#include "conf/conf.h"
#include "http/page.h"
#include "ops/html.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DAY_MS     ((int64_t)86400000)
#define BAR_STEP   5
#define BAR_WIDTH  4
#define BAR_HEIGHT 28

static const char *sign_of(enum status_state s)
{
	static const char *const signs[] = {
		[STATUS_OPERATIONAL] = "●", [STATUS_DEGRADED] = "▲",
		[STATUS_OUTAGE] = "✕",      [STATUS_MAINTENANCE] = "◆",
		[STATUS_NOT_KNOWN] = "○",
	};

	return signs[s];
}

static const char *words_of(enum status_state s)
{
	static const char *const words[] = {
		[STATUS_OPERATIONAL] = "Operational",
		[STATUS_DEGRADED] = "Degraded",
		[STATUS_OUTAGE] = "Outage",
		[STATUS_MAINTENANCE] = "Maintenance",
		[STATUS_NOT_KNOWN] = "Not known",
	};

	return words[s];
}

struct status_uptime status_uptime_of(const struct status_day *days)
{
	struct status_uptime u = {0};

	for (size_t i = 0; i < STATUS_DAYS; i++) {
		u.known_s += days[i].known_s;
		u.up_s += days[i].known_s - days[i].outage_s;
	}
	return u;
}

void status_percent(struct status_uptime u, struct buf *out)
{
	if (u.known_s <= 0)
		return;
	const int64_t p = u.up_s * 10000 / u.known_s;
	buf_addf(out, "%" PRId64 ".%02" PRId64, p / 100, p % 100);
}

struct str status_part_name(const struct status_now *now, struct str id)
{
	for (size_t i = 0; i < now->n; i++)
		if (str_eq_c(id, now->parts[i].id))
			return str_from(now->parts[i].name);
	return id;
}

/* --- words --------------------------------------------------------------- */

static void say(const struct status_view *v, const char *english,
		struct buf *out)
{
	buf_add_c(out, words_said(v->lang, english));
}

static void say_numbers(const struct status_view *v, const char *english,
			int64_t one, int64_t two, struct buf *out)
{
	const char *rest = words_on(out, words_said(v->lang, english));

	buf_addf(out, "%" PRId64, one);
	rest = words_on(out, rest);
	if (rest[0] == '\0')
		return;
	buf_addf(out, "%" PRId64, two);
	(void)words_on(out, rest);
}

static void say_number(const struct status_view *v, const char *english,
		       int64_t n, struct buf *out)
{
	say_numbers(v, english, n, 0, out);
}

void status_main(const struct status_view *v, const char *attributes,
		 struct buf *out)
{
	buf_addf(out,
		 "<main%s data-just=\"%s\" data-updated=\"%s\" "
		 "data-old=\"%s\" data-local=\"%s\">\n",
		 attributes, words_said(v->lang, "less than a minute ago"),
		 words_said(v->lang, "Last updated {ago}, at {at}."),
		 words_said(v->lang,
			    "Out of date: last checked {ago}. What stands "
			    "below may no longer be true."),
		 words_said(v->lang, " ({at} your time)"));
}

/* --- bars ---------------------------------------------------------------- */

/* "3 minutes of outage, 1 hour degraded" */
static void add_day_words(struct buf *out, enum words_lang lang,
			  const struct status_day *d)
{
	if (d->outage_s > 0) {
		html_duration(out, lang, d->outage_s);
		buf_add_c(out, words_said(lang, " of outage"));
	}
	if (d->degraded_s > 0) {
		buf_add_c(out, d->outage_s > 0 ? ", " : "");
		html_duration(out, lang, d->degraded_s);
		buf_add_c(out, words_said(lang, " degraded"));
	}
	if (d->outage_s == 0 && d->degraded_s == 0)
		buf_add_c(out, words_said(lang, d->known_s > 0 ? "no trouble"
							       : "no data"));
}

static const char *day_class(const struct status_day *d)
{
	if (d->outage_s > 0)
		return "outage";
	if (d->degraded_s > 0)
		return "degraded";
	return d->known_s > 0 ? "operational" : "unknown";
}

static int64_t day_ms(const struct status_view *v, size_t i)
{
	return v->now->now_ms - (int64_t)(STATUS_DAYS - 1 - i) * DAY_MS;
}

static void add_bars(const struct status_view *v, const struct status_part *p,
		     const struct status_day *days, struct buf *out)
{
	buf_addf(out,
		 "<svg class=\"bars\" role=\"img\" viewBox=\"0 0 %d %d\" "
		 "preserveAspectRatio=\"none\" aria-label=\"",
		 STATUS_DAYS * BAR_STEP, BAR_HEIGHT);
	words_say(out, v->lang, str_from(p->name));
	say_number(v, ", the last {} days; in words below", STATUS_DAYS, out);
	buf_add_c(out, "\">\n");
	for (size_t i = 0; i < STATUS_DAYS; i++) {
		buf_addf(out,
			 "<rect class=\"%s\" x=\"%zu\" width=\"%d\" "
			 "height=\"%d\"><title>",
			 day_class(&days[i]), i * BAR_STEP, BAR_WIDTH,
			 BAR_HEIGHT);
		html_day(out, v->lang, day_ms(v, i));
		buf_add_c(out, ": ");
		add_day_words(out, v->lang, &days[i]);
		buf_add_c(out, "</title></rect>\n");
	}
	buf_add_c(out, "</svg>\n");
}

/* The bars in words: the days with trouble, and what the others were. */
static void add_bars_text(const struct status_view *v,
			  const struct status_day *days, struct buf *out)
{
	size_t trouble = 0;
	size_t nothing = 0;

	buf_add_c(out, "<details><summary>");
	status_percent(status_uptime_of(days), out);
	say(v,
	    status_uptime_of(days).known_s > 0 ? "&nbsp;% up"
					       : "Nothing known yet",
	    out);
	say_number(v, ", last {} days", STATUS_DAYS, out);
	buf_add_c(out, "</summary>\n<ul>\n");
	for (size_t i = STATUS_DAYS; i-- > 0;) {
		nothing += days[i].known_s == 0;
		if (days[i].outage_s == 0 && days[i].degraded_s == 0)
			continue;
		trouble++;
		buf_add_c(out, "<li>");
		html_day(out, v->lang, day_ms(v, i));
		buf_add_c(out, ": ");
		add_day_words(out, v->lang, &days[i]);
		buf_add_c(out, "</li>\n");
	}
	buf_add_c(out, "<li>");
	say_numbers(v, "{} days without trouble, {} without data",
		    (int64_t)(STATUS_DAYS - trouble - nothing),
		    (int64_t)nothing, out);
	buf_add_c(out, "</li>\n</ul></details>\n");
}

/* --- parts --------------------------------------------------------------- */

static void add_part(const struct status_view *v, const struct status_part *p,
		     struct buf *out)
{
	struct status_day days[STATUS_DAYS];

	status_past_days(v->past, str_from(p->id), v->now->now_ms, days);
	buf_add_c(out, "<li>\n<span class=\"name\">");
	words_say(out, v->lang, str_from(p->name));
	buf_addf(out,
		 "</span>\n<span class=\"state %s\"><span "
		 "aria-hidden=\"true\">%s</span> %s</span>\n"
		 "<span class=\"detail\">",
		 status_state_name(p->state), sign_of(p->state),
		 words_said(v->lang, words_of(p->state)));
	words_say(out, v->lang, str_from(p->detail));
	buf_add_c(out, "</span>\n");
	add_bars(v, p, days, out);
	add_bars_text(v, days, out);
	buf_add_c(out, "</li>\n");
}

static void add_parts(const struct status_view *v, bool ours, const char *title,
		      struct buf *out)
{
	size_t n = 0;

	for (size_t i = 0; i < v->now->n; i++) {
		if (v->now->parts[i].ours != ours)
			continue;
		if (n++ == 0)
			buf_addf(out,
				 "<section id=\"%s\">\n<h2>%s</h2>\n"
				 "<ul class=\"parts\">\n",
				 ours ? "ours" : "upstream",
				 words_said(v->lang, title));
		add_part(v, &v->now->parts[i], out);
	}
	if (n > 0)
		buf_add_c(out, "</ul>\n</section>\n");
}

/* --- incidents ----------------------------------------------------------- */

const char *status_state_words(struct str state)
{
	static const struct {
		const char *state;
		const char *words;
	} all[] = {
		{"investigating", "Investigating"},
		{"identified", "Identified"},
		{"monitoring", "Monitoring"},
		{"resolved", "Resolved"},
		{"scheduled", "Planned"},
		{"completed", "Completed"},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (str_eq_c(state, all[i].state))
			return all[i].words;
	return "Update";
}

/* "Maintenance from … to …" or "Since …, minor", and what it concerns. */
static void add_about(const struct status_view *v,
		      const struct status_incident *i, struct buf *out)
{
	buf_add_c(out, "<p class=\"detail\">");
	say(v, i->maintenance ? "Maintenance from " : "Since ", out);
	html_time(out, v->lang, i->starts_ms);
	if (i->ends_ms > 0) {
		say(v, " to ", out);
		html_time(out, v->lang, i->ends_ms);
	}
	if (i->phase == STATUS_UNDER_WAY)
		say(v, ", under way", out);
	if (!i->maintenance && !str_eq_c(i->impact, "none")) {
		say(v, ". Impact: ", out);
		words_say(out, v->lang, i->impact);
	}
	for (size_t k = 0; k < json_count(i->components); k++) {
		say(v, k == 0 ? ". Concerns: " : ", ", out);
		words_say(out, v->lang,
			  status_part_name(
				  v->now, json_str(json_at(i->components, k))));
	}
	buf_add_c(out, ".</p>\n");
}

void status_incident_html(const struct status_view *v,
			  const struct status_incident *i, const char *heading,
			  struct buf *out)
{
	buf_addf(out,
		 "<article class=\"incident %s\" id=\"incident-%" PRId64
		 "\">\n<%s>",
		 i->maintenance ? "maintenance"
				: status_indicator_name(
					  status_indicator_from(i->impact)),
		 i->id, heading);
	page_text(out, i->title);
	buf_addf(out, "</%s>\n", heading);
	add_about(v, i, out);
	buf_add_c(out, "<ol class=\"updates\">\n");
	for (size_t k = 0; k < json_count(i->updates); k++) {
		const struct json u = json_at(i->updates, k);
		buf_addf(out, "<li><strong>%s</strong> ",
			 words_said(v->lang, status_state_words(json_str(
						     json_get(u, "state")))));
		html_time(out, v->lang, json_i64(json_get(u, "at_ms")));
		buf_add_c(out, "<p class=\"message\">");
		page_text(out, json_str(json_get(u, "message")));
		buf_add_c(out, "</p></li>\n");
	}
	buf_add_c(out, "</ol>\n</article>\n");
}

static void add_incidents(const struct status_view *v, bool maintenance,
			  const char *title, struct buf *out)
{
	size_t n = 0;
	bool any = false;
	const struct status_incident *const list =
		status_past_incidents(v->past, v->now->now_ms, &n);

	for (size_t i = 0; i < n; i++) {
		if (list[i].phase == STATUS_OVER ||
		    list[i].maintenance != maintenance)
			continue;
		if (!any)
			buf_addf(out, "<section>\n<h2>%s</h2>\n",
				 words_said(v->lang, title));
		any = true;
		status_incident_html(v, &list[i], "h3", out);
	}
	if (any)
		buf_add_c(out, "</section>\n");
}

/* --- the page ------------------------------------------------------------ */

static void add_banner(const struct status_view *v, struct buf *out)
{
	static const enum status_state as[] = {
		[STATUS_NONE] = STATUS_OPERATIONAL,
		[STATUS_MINOR] = STATUS_DEGRADED,
		[STATUS_MAJOR] = STATUS_OUTAGE,
		[STATUS_CRITICAL] = STATUS_OUTAGE,
	};

	buf_addf(out,
		 "<p id=\"banner\" class=\"banner %s\" role=\"status\">"
		 "<span aria-hidden=\"true\">%s</span><span>%s</span></p>\n"
		 "<p id=\"updated\" class=\"updated\">%s",
		 status_indicator_name(v->now->indicator),
		 sign_of(as[v->now->indicator]),
		 words_said(v->lang, v->now->banner),
		 words_said(v->lang, "Last updated "));
	html_time(out, v->lang, v->now->now_ms);
	buf_addf(out, ". <span class=\"rule\">%s</span></p>\n",
		 words_said(v->lang,
			    "This page is written anew every minute. If that "
			    "was more than five minutes ago, what it says may "
			    "no longer be true."));
}

static void add_latency(const struct status_view *v, struct buf *out)
{
	if (v->now->ttft_p50_ms == STATUS_UNKNOWN ||
	    v->now->ttft_p95_ms == STATUS_UNKNOWN)
		return;
	buf_addf(out, "<section>\n<h2>%s</h2>\n<p id=\"latency\">",
		 words_said(v->lang, "Time to the first words, last 24 hours"));
	say_numbers(v, "Half within {} ms, 95 of 100 within {} ms.",
		    v->now->ttft_p50_ms, v->now->ttft_p95_ms, out);
	buf_add_c(out, "</p>\n</section>\n");
}

static const char head_lines[] =
	"<link rel=\"alternate\" type=\"application/rss+xml\" "
	"title=\"Incidents\" href=\"feed.xml\">\n"
	"<link rel=\"alternate\" hreflang=\"en\" href=\"./\">\n"
	"<link rel=\"alternate\" hreflang=\"de\" href=\"index.de.html\">\n"
	"<noscript><meta http-equiv=\"refresh\" content=\"60\"></noscript>\n"
	"<script type=\"module\" src=\"/language.js\"></script>\n"
	"<script type=\"module\" src=\"/status.js\"></script>\n";

static void add_more(const struct status_view *v, struct buf *out)
{
	buf_addf(out,
		 "<p class=\"more\"><a href=\"%s\">%s</a> "
		 "<a href=\"feed.xml\">RSS</a> "
		 "<a href=\"summary.json\">JSON</a> "
		 "<a href=\"badge.svg\">%s</a></p>\n",
		 v->lang == WORDS_EN ? "history.html" : "history.de.html",
		 words_said(v->lang, "History of 90 days"),
		 words_said(v->lang, "Badge"));
}

void status_page(const struct status_view *v, struct buf *out)
{
	char attributes[128];
	char revision[17];

	status_revision(v, revision);
	page_head(out,
		  &(const struct page){
			  .conf = v->conf,
			  .lang = v->lang,
			  .title = words(v->lang, W_STATUS),
			  .path = "/status/",
			  .extra = head_lines,
			  .other = v->lang == WORDS_EN ? "index.de.html?lang=de"
						       : "./?lang=en"});
	(void)snprintf(attributes, sizeof(attributes),
		       " id=\"status\" data-revision=\"%s\" "
		       "data-generated-ms=\"%" PRId64 "\"",
		       revision, v->now->now_ms);
	status_main(v, attributes, out);
	buf_addf(out, "<h1>%s</h1>\n", words(v->lang, W_SERVICE_STATUS));
	add_banner(v, out);
	add_incidents(v, false, "Open incidents", out);
	add_incidents(v, true, "Planned maintenance", out);
	add_parts(v, true, "This service", out);
	add_parts(v, false, "Upstream: the AI providers it asks", out);
	add_latency(v, out);
	add_more(v, out);
	page_close(out);
}
