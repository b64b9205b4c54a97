/*
 * The status as JSON: status.json in our own words, summary.json in those of
 * Statuspage, which many tools read.
 */
#include "ops/status_page.h"

#include "base/arena.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "json/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define JSON_BYTES ((size_t)4 * 1024 * 1024)
#define ID_BYTES   32

/* --- status.json --------------------------------------------------------- */

static void write_part(struct jw *w, const struct status_view *v,
		       const struct status_part *p, bool all)
{
	struct status_day days[STATUS_DAYS];
	struct buf percent;

	jw_open_object(w, NULL);
	jw_c(w, "id", p->id);
	jw_c(w, "name", p->name);
	jw_c(w, "group", p->ours ? "ours" : "upstream");
	jw_c(w, "status", status_state_name(p->state));
	if (all) {
		status_past_days(v->past, str_from(p->id), v->now->now_ms,
				 days);
		buf_init(&percent, v->past->arena, ID_BYTES);
		status_percent(status_uptime_of(days), &percent);
		jw_c(w, "detail", p->detail);
		if (percent.n > 0)
			jw_str(w, "uptime_percent", buf_str(&percent));
		else
			jw_null(w, "uptime_percent");
	}
	jw_close(w);
}

static void write_ms(struct jw *w, const char *name, int64_t ms)
{
	if (ms == STATUS_UNKNOWN)
		jw_null(w, name);
	else
		jw_int(w, name, ms);
}

static void write_time(struct jw *w, const char *name, int64_t ms)
{
	char at[CLOCK_TEXT_BYTES];

	if (ms == 0)
		jw_null(w, name);
	else
		jw_c(w, name, clock_format(ms, at));
}

static void write_incident(struct jw *w, const struct status_incident *i)
{
	jw_open_object(w, NULL);
	jw_int(w, "id", i->id);
	jw_c(w, "kind", i->maintenance ? "maintenance" : "incident");
	jw_str(w, "title", i->title);
	jw_str(w, "impact", i->impact);
	jw_str(w, "state", i->state);
	jw_open_array(w, "components");
	for (size_t k = 0; k < json_count(i->components); k++)
		jw_str(w, NULL, json_str(json_at(i->components, k)));
	jw_close(w);
	write_time(w, "starts_at", i->starts_ms);
	write_time(w, "ends_at", i->ends_ms);
	jw_open_array(w, "updates");
	for (size_t k = 0; k < json_count(i->updates); k++) {
		const struct json u = json_at(i->updates, k);
		jw_open_object(w, NULL);
		jw_str(w, "state", json_str(json_get(u, "state")));
		jw_str(w, "message", json_str(json_get(u, "message")));
		write_time(w, "at", json_i64(json_get(u, "at_ms")));
		jw_close(w);
	}
	jw_close(w);
	jw_close(w);
}

/* What is the same until something happens; all: with the rest. */
static void write_now(struct jw *w, const struct status_view *v, bool all)
{
	size_t n = 0;
	const struct status_incident *const list =
		status_past_incidents(v->past, v->now->now_ms, &n);

	jw_c(w, "name", v->conf->server.name);
	jw_c(w, "banner", v->now->banner);
	jw_c(w, "indicator", status_indicator_name(v->now->indicator));
	jw_open_array(w, "components");
	for (size_t i = 0; i < v->now->n; i++)
		write_part(w, v, &v->now->parts[i], all);
	jw_close(w);
	jw_open_array(w, "incidents");
	for (size_t i = 0; i < n; i++)
		if (list[i].phase != STATUS_OVER)
			write_incident(w, &list[i]);
	jw_close(w);
}

/* FNV-1a, 64 bits: it tells versions of a page apart, nothing else. */
void status_revision(const struct status_view *v, char out[static 17])
{
	uint64_t hash = UINT64_C(14695981039346656037);
	struct buf text;
	struct jw w;

	buf_init(&text, v->past->arena, JSON_BYTES);
	jw_init(&w, &text);
	jw_open_object(&w, NULL);
	write_now(&w, v, false);
	jw_close(&w);
	for (size_t i = 0; i < text.n; i++) {
		hash ^= (unsigned char)text.p[i];
		hash *= UINT64_C(1099511628211);
	}
	(void)snprintf(out, 17, "%016" PRIx64, hash);
}

void status_json(const struct status_view *v, struct buf *out)
{
	char revision[17];
	struct jw w;

	status_revision(v, revision);
	jw_init(&w, out);
	jw_open_object(&w, NULL);
	write_time(&w, "generated_at", v->now->now_ms);
	jw_int(&w, "generated_ms", v->now->now_ms);
	jw_c(&w, "revision", revision);
	write_now(&w, v, true);
	jw_open_object(&w, "latency");
	write_ms(&w, "ttft_p50_ms", v->now->ttft_p50_ms);
	write_ms(&w, "ttft_p95_ms", v->now->ttft_p95_ms);
	jw_close(&w);
	jw_close(&w);
	buf_add_char(out, '\n');
}

/* --- summary.json -------------------------------------------------------- */

#define PAGE_ID "slipway"

/* Statuspage knows no "unknown": what nobody saw fail is operational. */
static const char *statuspage_state(enum status_state s)
{
	static const char *const names[] = {
		[STATUS_OPERATIONAL] = "operational",
		[STATUS_DEGRADED] = "degraded_performance",
		[STATUS_OUTAGE] = "major_outage",
		[STATUS_MAINTENANCE] = "under_maintenance",
		[STATUS_NOT_KNOWN] = "operational",
	};

	return names[s];
}

static const char *group_id(bool ours)
{
	return ours ? "group:ours" : "group:upstream";
}

struct component {
	const char *id;
	const char *name;
	const char *state;
	const char *detail; /* NULL: none */
	const char *group;  /* its group; NULL: it is one */
	int64_t position;
};

static void write_component(struct jw *w, const struct status_view *v,
			    const struct component *c)
{
	jw_open_object(w, NULL);
	jw_c(w, "id", c->id);
	jw_c(w, "name", c->name);
	jw_c(w, "status", c->state);
	write_time(w, "created_at", v->now->now_ms);
	write_time(w, "updated_at", v->now->now_ms);
	jw_int(w, "position", c->position);
	if (c->detail != NULL)
		jw_c(w, "description", c->detail);
	else
		jw_null(w, "description");
	jw_bool(w, "showcase", true);
	jw_null(w, "start_date");
	if (c->group != NULL)
		jw_c(w, "group_id", c->group);
	else
		jw_null(w, "group_id");
	jw_c(w, "page_id", PAGE_ID);
	jw_bool(w, "group", c->group == NULL);
	jw_bool(w, "only_show_if_degraded", false);
	jw_close(w);
}

static void write_group(struct jw *w, const struct status_view *v, bool ours)
{
	enum status_state worst = STATUS_OPERATIONAL;
	int64_t n = 0;

	for (size_t i = 0; i < v->now->n; i++) {
		const struct status_part *const p = &v->now->parts[i];
		if (p->ours != ours)
			continue;
		n++;
		if (p->state != STATUS_NOT_KNOWN && p->state > worst)
			worst = p->state;
		write_component(w, v,
				&(struct component){p->id, p->name,
						    statuspage_state(p->state),
						    p->detail, group_id(ours),
						    n});
	}
	if (n > 0)
		write_component(
			w, v,
			&(struct component){group_id(ours),
					    ours ? "This service" : "Upstream",
					    statuspage_state(worst), NULL, NULL,
					    ours ? 1 : 2});
}

static void write_number(struct jw *w, const char *name, int64_t id)
{
	char text[ID_BYTES];

	(void)snprintf(text, sizeof(text), "%" PRId64, id);
	jw_c(w, name, text);
}

/* Statuspage's word for the state of a maintenance. */
static struct str statuspage_word(const struct status_incident *i,
				  struct str state)
{
	if (i->maintenance && i->phase == STATUS_UNDER_WAY)
		return STR("in_progress");
	if (i->maintenance && i->phase == STATUS_OVER)
		return STR("completed");
	return state;
}

static void write_updates(struct jw *w, const struct status_incident *i)
{
	jw_open_array(w, "incident_updates");
	for (size_t k = 0; k < json_count(i->updates); k++) {
		const struct json u = json_at(i->updates, k);
		const int64_t at_ms = json_i64(json_get(u, "at_ms"));
		jw_open_object(w, NULL);
		write_number(w, "id", json_i64(json_get(u, "id")));
		jw_str(w, "status",
		       statuspage_word(i, json_str(json_get(u, "state"))));
		jw_str(w, "body", json_str(json_get(u, "message")));
		write_number(w, "incident_id", i->id);
		write_time(w, "created_at", at_ms);
		write_time(w, "updated_at", at_ms);
		write_time(w, "display_at", at_ms);
		jw_null(w, "affected_components");
		jw_bool(w, "deliver_notifications", false);
		jw_close(w);
	}
	jw_close(w);
}

static void write_statuspage_incident(struct jw *w, const struct status_view *v,
				      const struct status_incident *i)
{
	struct buf link;

	buf_init(&link, v->past->arena, 2048);
	buf_addf(&link, "%s/status/history.html#incident-%" PRId64,
		 v->conf->server.public_url, i->id);
	jw_open_object(w, NULL);
	write_number(w, "id", i->id);
	jw_str(w, "name", i->title);
	jw_str(w, "status", statuspage_word(i, i->state));
	write_time(w, "created_at", i->created_ms);
	write_time(w, "updated_at", i->changed_ms);
	jw_null(w, "monitoring_at");
	write_time(w, "resolved_at", i->phase == STATUS_OVER ? i->ends_ms : 0);
	jw_str(w, "impact", i->maintenance ? STR("maintenance") : i->impact);
	jw_str(w, "shortlink", buf_str(&link));
	write_time(w, "started_at", i->starts_ms);
	jw_c(w, "page_id", PAGE_ID);
	if (i->maintenance) {
		write_time(w, "scheduled_for", i->starts_ms);
		write_time(w, "scheduled_until", i->ends_ms);
	}
	write_updates(w, i);
	jw_open_array(w, "components");
	for (size_t k = 0; k < v->now->n; k++)
		for (size_t c = 0; c < json_count(i->components); c++)
			if (str_eq_c(json_str(json_at(i->components, c)),
				     v->now->parts[k].id)) {
				const struct status_part *const p =
					&v->now->parts[k];
				write_component(
					w, v,
					&(struct component){
						p->id, p->name,
						statuspage_state(p->state),
						p->detail, group_id(p->ours),
						(int64_t)k + 1});
			}
	jw_close(w);
	jw_close(w);
}

static void write_incidents(struct jw *w, const struct status_view *v,
			    const char *name, bool maintenance)
{
	size_t n = 0;
	const struct status_incident *const list =
		status_past_incidents(v->past, v->now->now_ms, &n);

	jw_open_array(w, name);
	for (size_t i = 0; i < n; i++)
		if (list[i].phase != STATUS_OVER &&
		    list[i].maintenance == maintenance)
			write_statuspage_incident(w, v, &list[i]);
	jw_close(w);
}

void status_summary(const struct status_view *v, struct buf *out)
{
	struct buf url;
	struct jw w;

	buf_init(&url, v->past->arena, 2048);
	buf_addf(&url, "%s/status/", v->conf->server.public_url);
	jw_init(&w, out);
	jw_open_object(&w, NULL);
	jw_open_object(&w, "page");
	jw_c(&w, "id", PAGE_ID);
	jw_c(&w, "name", v->conf->server.name);
	jw_str(&w, "url", buf_str(&url));
	jw_c(&w, "time_zone", "Etc/UTC");
	write_time(&w, "updated_at", v->now->now_ms);
	jw_close(&w);
	jw_open_array(&w, "components");
	write_group(&w, v, true);
	write_group(&w, v, false);
	jw_close(&w);
	write_incidents(&w, v, "incidents", false);
	write_incidents(&w, v, "scheduled_maintenances", true);
	jw_open_object(&w, "status");
	jw_c(&w, "indicator", status_indicator_name(v->now->indicator));
	jw_c(&w, "description", v->now->banner);
	jw_close(&w);
	jw_close(&w);
	buf_add_char(out, '\n');
}
