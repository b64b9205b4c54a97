#ifndef SLIPWAY_OPS_STATUS_PAGE_H
#define SLIPWAY_OPS_STATUS_PAGE_H

#include "base/buf.h"
#include "http/words.h"
#include "ops/status.h"
#include "ops/status_past.h"

struct conf;

/*
 * The files of the status page.  They are public: they name providers, but no
 * host, key or error text.  What operators wrote is text and nothing else.
 * Whether each fits is asked of its buf.
 */

/* What all of them are made from. */
struct status_view {
	const struct conf *conf;
	const struct status_now *now; /* after status_past_apply() */
	const struct status_past *past;
	enum words_lang lang; /* of the pages; the rest is English */
};

/* index.html: works without JavaScript; with it, it turns grey when stale. */
void status_page(const struct status_view *v, struct buf *out);

/* history.html: 90 days of incidents and of trouble that was measured. */
void status_history(const struct status_view *v, struct buf *out);

/* feed.xml: RSS 2.0, an item for each update of an incident. */
void status_feed(const struct status_view *v, struct buf *out);

/* badge.svg: "status" and the state in a word. */
void status_badge(const struct status_view *v, struct buf *out);

/*
 * status.json:
 *
 *	{"generated_at","generated_ms","revision","name","banner","indicator",
 *	 "components":[{"id","name","group","status","detail",
 *		"uptime_percent"}],
 *	 "latency":{"ttft_p50_ms","ttft_p95_ms"}, "incidents":[…]}
 *
 * group is ours or upstream, status operational, degraded, outage, maintenance
 * or unknown.  revision changes when anything but times and latency does.
 */
void status_json(const struct status_view *v, struct buf *out);

/* summary.json, in the shape of Statuspage's /api/v2/summary.json. */
void status_summary(const struct status_view *v, struct buf *out);

/* For the files themselves: ------------------------------------------------ */

/* Of all days: known seconds, and of these the ones that were no outage. */
struct status_uptime {
	int64_t known_s;
	int64_t up_s;
};
struct status_uptime status_uptime_of(const struct status_day *days);

/* "99.98", rounded down; "" when nothing is known. */
void status_percent(struct status_uptime u, struct buf *out);

/* The name of a part for people: "Chat"; else its id as it is. */
struct str status_part_name(const struct status_now *now, struct str id);

/* "Identified", "In progress", …: the state of an incident for people. */
const char *status_state_words(struct str state);

/* An incident with its updates, as HTML; h2 or h3. */
void status_incident_html(const struct status_view *v,
			  const struct status_incident *i, const char *heading,
			  struct buf *out);

/* <main> with attributes, and with the words that status.js needs. */
void status_main(const struct status_view *v, const char *attributes,
		 struct buf *out);

/* What status.json says of now, without times: status_json() and revision. */
void status_revision(const struct status_view *v, char out[static 17]);

#endif
