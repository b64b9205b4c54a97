/*
 * The past of the status page: the last answer of the database, and what this
 * host has seen since.
 */
#include "ops/status_past.h"

#include "base/arena.h"

#include <string.h>

#define DAY_MS ((int64_t)86400000)

static enum err take_periods(struct status_past *past, struct json list,
			     struct errbuf *e)
{
	const size_t n = json_count(list);

	for (size_t i = 0; i < n && i < STATUS_MAX_PERIODS; i++) {
		const struct json one = json_at(list, i);
		struct status_period *const p = &past->periods[i];
		ERR_TRY(json_get_i64(one, "from_ms", 0, INT64_MAX, &p->from_ms,
				     e));
		ERR_TRY(json_get_i64(one, "to_ms", p->from_ms, INT64_MAX,
				     &p->to_ms, e));
		if (json_type(json_get(one, "states")) != JSON_OBJECT)
			return err_set(e, ERR_INVALID_JSON, "no states");
		p->states = json_text(json_get(one, "states"));
		past->nperiods = i + 1;
	}
	return ERR_OK;
}

enum err status_past_read(struct arena *a, struct str text,
			  struct status_past *past, struct errbuf *e)
{
	struct json all = {NULL};

	*past = (struct status_past){.arena = a};
	if (str_trim(text).n == 0)
		return ERR_OK;
	ERR_TRY(json_parse(a, text, &all, e));
	past->page = json_get(all, "page");
	if (take_periods(past, json_get(all, "periods"), e) == ERR_OK)
		return ERR_OK;
	*past = (struct status_past){.arena = a};
	return ERR_INVALID_JSON;
}

void status_past_add(struct status_past *past, const struct status_now *now)
{
	struct buf states;
	struct jw w;

	buf_init(&states, past->arena, STATUS_PAST_MAX_BYTES);
	jw_init(&w, &states);
	jw_open_object(&w, NULL);
	for (size_t i = 0; i < now->n; i++)
		jw_c(&w, now->parts[i].id,
		     status_state_name(now->parts[i].state));
	jw_close(&w);
	if (past->nperiods > 0) {
		struct status_period *const last =
			&past->periods[past->nperiods - 1];
		/* a clock that was set back: what it said is not known */
		if (last->to_ms > now->now_ms)
			past->nperiods = 0;
		else if (str_eq(last->states, buf_str(&states)) &&
			 now->now_ms - last->to_ms <= STATUS_GAP_MS) {
			last->to_ms = now->now_ms;
			return;
		}
	}
	if (past->nperiods == STATUS_MAX_PERIODS) {
		memmove(past->periods, past->periods + 1,
			(STATUS_MAX_PERIODS - 1) * sizeof(past->periods[0]));
		past->nperiods--;
	}
	past->periods[past->nperiods++] = (struct status_period){
		now->now_ms, now->now_ms, buf_str(&states)};
}

static void write_periods(const struct status_past *past, struct jw *w,
			  const char *name)
{
	jw_open_array(w, name);
	for (size_t i = 0; i < past->nperiods; i++) {
		const struct status_period *const p = &past->periods[i];
		jw_open_object(w, NULL);
		jw_int(w, "from_ms", p->from_ms);
		jw_int(w, "to_ms", p->to_ms);
		jw_raw(w, "states", p->states);
		jw_close(w);
	}
	jw_close(w);
}

void status_past_periods(const struct status_past *past, struct buf *out)
{
	struct jw w;

	jw_init(&w, out);
	write_periods(past, &w, NULL);
}

enum err status_past_answer(struct status_past *past, struct str text,
			    struct errbuf *e)
{
	struct json page = {NULL};

	ERR_TRY(json_parse(past->arena, text, &page, e));
	past->page = page;
	past->nperiods = 0;
	return ERR_OK;
}

void status_past_write(const struct status_past *past, struct buf *out)
{
	struct jw w;

	jw_init(&w, out);
	jw_open_object(&w, NULL);
	if (json_type(past->page) == JSON_OBJECT)
		jw_raw(&w, "page", json_text(past->page));
	write_periods(past, &w, "periods");
	jw_close(&w);
	buf_add_char(out, '\n');
}

/* --- days --------------------------------------------------------------- */

/* Days since 1970 of "YYYY-MM-DD" (H. Hinnant, days_from_civil). */
static int64_t day_number(struct str text)
{
	int64_t v[3] = {0};
	size_t k = 0;

	for (size_t i = 0; i < text.n && k < 3; i++) {
		if (text.p[i] == '-')
			k++;
		else if (text.p[i] >= '0' && text.p[i] <= '9' && v[k] < 10000)
			v[k] = v[k] * 10 + (text.p[i] - '0');
	}
	const int64_t y = v[0] - (v[1] <= 2);
	const int64_t era = y / 400;
	const int64_t in_era = y - era * 400;
	const int64_t of_year =
		(153 * (v[1] + (v[1] > 2 ? -3 : 9)) + 2) / 5 + v[2] - 1;

	return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 +
	       of_year - 719468;
}

struct days {
	struct status_day *list;
	int64_t first; /* number of list[0] */
};

static void add_seconds(const struct days *d, int64_t day, struct str state,
			int64_t seconds)
{
	if (day < d->first || day >= d->first + STATUS_DAYS)
		return;
	struct status_day *const one = &d->list[day - d->first];
	if (str_eq_c(state, status_state_name(STATUS_NOT_KNOWN)))
		return;
	one->known_s += seconds;
	if (str_eq_c(state, status_state_name(STATUS_DEGRADED)))
		one->degraded_s += seconds;
	if (str_eq_c(state, status_state_name(STATUS_OUTAGE)))
		one->outage_s += seconds;
}

/* Cut at midnight. */
static void add_span(const struct days *d, struct str state, int64_t from_ms,
		     int64_t to_ms)
{
	while (from_ms < to_ms) {
		const int64_t day = from_ms / DAY_MS;
		const int64_t midnight = (day + 1) * DAY_MS;
		const int64_t end = to_ms < midnight ? to_ms : midnight;
		add_seconds(d, day, state, (end - from_ms) / 1000);
		from_ms = end;
	}
}

/* As slipway.status_record() will add them. */
static void add_periods(const struct status_past *past, struct str component,
			const struct days *d)
{
	int64_t until_ms = json_i64(json_get(past->page, "as_of_ms"));
	struct str before = STR_NONE;
	const char *const id = str_dup(past->arena, component);

	for (size_t i = 0; i < past->nperiods; i++) {
		const struct status_period *const p = &past->periods[i];
		struct json states = {NULL};
		struct errbuf e = {0};
		if (json_parse(past->arena, p->states, &states, &e) != ERR_OK)
			continue;
		const struct str state = json_str(json_get(states, id));
		if (p->from_ms - until_ms <= STATUS_GAP_MS)
			add_span(d, before.n > 0 ? before : state, until_ms,
				 p->from_ms);
		add_span(d, state, p->from_ms, p->to_ms);
		until_ms = p->to_ms;
		before = state;
	}
}

void status_past_days(const struct status_past *past, struct str component,
		      int64_t now_ms, struct status_day days[STATUS_DAYS])
{
	const struct days d = {days, now_ms / DAY_MS - STATUS_DAYS + 1};
	const struct json list = json_get(past->page, "days");

	memset(days, 0, STATUS_DAYS * sizeof(days[0]));
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json one = json_at(list, i);
		const int64_t at =
			day_number(json_str(json_get(one, "day"))) - d.first;
		if (at < 0 || at >= STATUS_DAYS ||
		    !str_eq(json_str(json_get(one, "component")), component))
			continue;
		days[at].known_s += json_i64(json_get(one, "known_s"));
		days[at].degraded_s += json_i64(json_get(one, "degraded_s"));
		days[at].outage_s += json_i64(json_get(one, "outage_s"));
	}
	add_periods(past, component, &d);
}

/* --- incidents ---------------------------------------------------------- */

static enum status_phase phase_of(const struct status_incident *i,
				  int64_t now_ms)
{
	if (!i->maintenance)
		return str_eq_c(i->state, "resolved") ? STATUS_OVER
						      : STATUS_OPEN;
	if (str_eq_c(i->state, "completed") || i->ends_ms <= now_ms)
		return STATUS_OVER;
	return i->starts_ms > now_ms ? STATUS_COMING : STATUS_UNDER_WAY;
}

const struct status_incident *
status_past_incidents(const struct status_past *past, int64_t now_ms, size_t *n)
{
	const struct json list = json_get(past->page, "incidents");

	*n = json_count(list);
	struct status_incident *const all =
		ARENA_ARRAY(past->arena, *n + 1, struct status_incident);
	for (size_t i = 0; i < *n; i++) {
		const struct json j = json_at(list, i);
		all[i] = (struct status_incident){
			.id = json_i64(json_get(j, "id")),
			.maintenance = str_eq_c(json_str(json_get(j, "kind")),
						"maintenance"),
			.title = json_str(json_get(j, "title")),
			.state = json_str(json_get(j, "state")),
			.impact = json_str(json_get(j, "impact")),
			.components = json_get(j, "components"),
			.updates = json_get(j, "updates"),
			.created_ms = json_i64(json_get(j, "created_ms")),
			.starts_ms = json_i64(json_get(j, "starts_ms")),
			.ends_ms = json_i64(json_get(j, "ends_ms")),
			.changed_ms = json_i64(json_get(j, "changed_ms")),
		};
		all[i].phase = phase_of(&all[i], now_ms);
	}
	return all;
}

void status_past_apply(const struct status_past *past, struct status_now *now)
{
	enum status_indicator worst = STATUS_NONE;
	bool maintenance = false;
	size_t n = 0;
	const struct status_incident *const all =
		status_past_incidents(past, now->now_ms, &n);

	for (size_t i = 0; i < n; i++) {
		const enum status_indicator impact =
			status_indicator_from(all[i].impact);
		if (all[i].phase == STATUS_OPEN && impact > worst)
			worst = impact;
		if (all[i].phase != STATUS_UNDER_WAY)
			continue;
		maintenance = true;
		for (size_t k = 0; k < json_count(all[i].components); k++)
			status_maintain(
				now, json_str(json_at(all[i].components, k)));
	}
	status_sum_up(now, worst, maintenance);
}
