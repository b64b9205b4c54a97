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

/* --- bars ---------------------------------------------------------------- */

/* "3 minutes of outage, 1 hour degraded" */
static void add_day_words(struct buf *out, const struct status_day *d)
{
	if (d->outage_s > 0) {
		html_duration(out, d->outage_s);
		buf_add_c(out, " of outage");
	}
	if (d->degraded_s > 0) {
		buf_add_c(out, d->outage_s > 0 ? ", " : "");
		html_duration(out, d->degraded_s);
		buf_add_c(out, " degraded");
	}
	if (d->outage_s == 0 && d->degraded_s == 0)
		buf_add_c(out, d->known_s > 0 ? "no trouble" : "no data");
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
	page_text(out, str_from(p->name));
	buf_addf(out, ", the last %d days; in words below\">\n", STATUS_DAYS);
	for (size_t i = 0; i < STATUS_DAYS; i++) {
		buf_addf(out,
			 "<rect class=\"%s\" x=\"%zu\" width=\"%d\" "
			 "height=\"%d\"><title>",
			 day_class(&days[i]), i * BAR_STEP, BAR_WIDTH,
			 BAR_HEIGHT);
		html_day(out, day_ms(v, i));
		buf_add_c(out, ": ");
		add_day_words(out, &days[i]);
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
	buf_add_c(out, status_uptime_of(days).known_s > 0
			       ? "&nbsp;% up"
			       : "Nothing known yet");
	buf_addf(out, ", last %d days</summary>\n<ul>\n", STATUS_DAYS);
	for (size_t i = STATUS_DAYS; i-- > 0;) {
		nothing += days[i].known_s == 0;
		if (days[i].outage_s == 0 && days[i].degraded_s == 0)
			continue;
		trouble++;
		buf_add_c(out, "<li>");
		html_day(out, day_ms(v, i));
		buf_add_c(out, ": ");
		add_day_words(out, &days[i]);
		buf_add_c(out, "</li>\n");
	}
	buf_addf(out, "<li>%zu days without trouble, %zu without data</li>\n",
		 STATUS_DAYS - trouble - nothing, nothing);
	buf_add_c(out, "</ul></details>\n");
}

/* --- parts --------------------------------------------------------------- */

static void add_part(const struct status_view *v, const struct status_part *p,
		     struct buf *out)
{
	struct status_day days[STATUS_DAYS];

	status_past_days(v->past, str_from(p->id), v->now->now_ms, days);
	buf_add_c(out, "<li>\n<span class=\"name\">");
	page_text(out, str_from(p->name));
	buf_addf(out,
		 "</span>\n<span class=\"state %s\"><span "
		 "aria-hidden=\"true\">%s</span> %s</span>\n"
		 "<span class=\"detail\">",
		 status_state_name(p->state), sign_of(p->state),
		 words_of(p->state));
	page_text(out, str_from(p->detail));
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
				 ours ? "ours" : "upstream", title);
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
	buf_add_c(out, i->maintenance ? "Maintenance from " : "Since ");
	html_time(out, i->starts_ms);
	if (i->ends_ms > 0) {
		buf_add_c(out, " to ");
		html_time(out, i->ends_ms);
	}
	if (i->phase == STATUS_UNDER_WAY)
		buf_add_c(out, ", under way");
	if (!i->maintenance && !str_eq_c(i->impact, "none")) {
		buf_add_c(out, ". Impact: ");
		page_text(out, i->impact);
	}
	for (size_t k = 0; k < json_count(i->components); k++) {
		buf_add_c(out, k == 0 ? ". Concerns: " : ", ");
		page_text(out,
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
			 status_state_words(json_str(json_get(u, "state"))));
		html_time(out, json_i64(json_get(u, "at_ms")));
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
			buf_addf(out, "<section>\n<h2>%s</h2>\n", title);
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
		 "<p id=\"updated\" class=\"updated\">Last updated ",
		 status_indicator_name(v->now->indicator),
		 sign_of(as[v->now->indicator]), v->now->banner);
	html_time(out, v->now->now_ms);
	buf_add_c(out, ". <span class=\"rule\">This page is written anew every "
		       "minute. If that was more than five minutes ago, what "
		       "it says may no longer be true.</span></p>\n");
}

static void add_latency(const struct status_view *v, struct buf *out)
{
	if (v->now->ttft_p50_ms == STATUS_UNKNOWN ||
	    v->now->ttft_p95_ms == STATUS_UNKNOWN)
		return;
	buf_addf(out,
		 "<section>\n<h2>Time to the first words, last 24 hours</h2>\n"
		 "<p id=\"latency\">Half within %" PRId64 " ms, 95 of 100 "
		 "within %" PRId64 " ms.</p>\n</section>\n",
		 v->now->ttft_p50_ms, v->now->ttft_p95_ms);
}

static const char head_lines[] =
	"<link rel=\"alternate\" type=\"application/rss+xml\" "
	"title=\"Incidents\" href=\"feed.xml\">\n"
	"<noscript><meta http-equiv=\"refresh\" content=\"60\"></noscript>\n"
	"<script type=\"module\" src=\"/status.js\"></script>\n";

void status_page(const struct status_view *v, struct buf *out)
{
	char revision[17];

	status_revision(v, revision);
	page_head(out, &(const struct page){.conf = v->conf,
					    .title = "Status",
					    .path = "/status/",
					    .extra = head_lines});
	buf_addf(out,
		 "<main id=\"status\" data-revision=\"%s\" data-generated-ms="
		 "\"%" PRId64 "\">\n<h1>Service status</h1>\n",
		 revision, v->now->now_ms);
	add_banner(v, out);
	add_incidents(v, false, "Open incidents", out);
	add_incidents(v, true, "Planned maintenance", out);
	add_parts(v, true, "This service", out);
	add_parts(v, false, "Upstream: the AI providers it asks", out);
	add_latency(v, out);
	buf_add_c(out, "<p class=\"more\"><a href=\"history.html\">History of "
		       "90 days</a> <a href=\"feed.xml\">RSS</a> "
		       "<a href=\"summary.json\">JSON</a> "
		       "<a href=\"badge.svg\">Badge</a></p>\n");
	page_close(out);
}
