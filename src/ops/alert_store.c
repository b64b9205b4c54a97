/*
 * From rules to messages that arrive: PostgreSQL decides and remembers, the
 * local file bridges the moments in which it cannot.
 */
#include "ops/alert_store.h"

#include "base/arena.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "db/db.h"
#include "llm/prices.h"
#include "json/json.h"

#include <inttypes.h>
#include <stdio.h>

#define JSON_BYTES ((size_t)256 * 1024)
#define LIST_BYTES 256
#define MINUTE_MS  60000
#define LEASE_MS   "120000" /* longer than any channel may take */
#define TOTAL_MS   50000    /* of one run; the next one comes in a minute */
#define ID_BYTES   64

/* --- looking ------------------------------------------------------------- */

static struct str settings(const struct conf *conf, struct arena *a)
{
	const struct conf_alerts *const c = &conf->alerts;
	struct buf out;
	struct jw w;

	buf_init(&out, a, JSON_BYTES);
	jw_init(&w, &out);
	jw_open_object(&w, NULL);
	jw_int(&w, "window_minutes", c->window_ms / MINUTE_MS);
	jw_int(&w, "min_calls", c->min_calls);
	jw_int(&w, "error_rate", c->error_rate);
	jw_int(&w, "latency_p95_ms", c->latency_p95_ms);
	jw_int(&w, "ttft_p95_ms", c->ttft_p95_ms);
	jw_int(&w, "error_budget", c->error_budget);
	jw_int(&w, "budget_burn", c->budget_burn);
	jw_int(&w, "fallback_minutes", c->fallback_window_ms / MINUTE_MS);
	jw_int(&w, "fallback_share", c->fallback_share);
	jw_int(&w, "cost_spike_pico", c->cost_spike_pico);
	jw_int(&w, "cost_spike_times", c->cost_spike_times);
	jw_int(&w, "system_daily_pico", conf->limits.system_daily_pico);
	jw_int(&w, "tenant_daily_pico", conf->limits.tenant_daily_pico);
	jw_int(&w, "user_daily_pico", conf->limits.user_daily_pico);
	jw_bool(&w, "user_caps", c->user_caps);
	jw_int(&w, "cap_warn", c->cap_warn);
	jw_int(&w, "cap_reached", c->cap_reached);
	jw_int(&w, "reservation_minutes", c->reservation_age_ms / MINUTE_MS);
	jw_int(&w, "quota", c->quota);
	jw_int(&w, "probe_ms", c->probe_outage_ms);
	jw_int(&w, "ledger_ms", c->ledger_check_ms);
	jw_int(&w, "resolve_ms", c->resolve_after_ms);
	jw_int(&w, "repeat_ms", c->repeat_ms);
	jw_close(&w);
	return buf_str(&out);
}

static void add_unpriced(struct jw *w, struct str route, const char *feature)
{
	char detail[LIST_BYTES];

	(void)snprintf(detail, sizeof(detail),
		       "the feature %s goes on without it", feature);
	jw_open_object(w, NULL);
	jw_c(w, "rule", "unpriced");
	jw_str(w, "subject", route);
	jw_c(w, "detail", detail);
	jw_close(w);
}

/* Models of routes that nobody knows a price of: they are left out. */
static enum err unpriced(const struct conf *conf, struct db *db,
			 struct arena *a, struct str *out, struct errbuf *e)
{
	struct prices *prices = NULL;
	struct buf list;
	struct jw w;

	ERR_TRY(prices_new(&prices, NULL, e));
	const enum err err = prices_load(prices, db, e);
	buf_init(&list, a, JSON_BYTES);
	jw_init(&w, &list);
	jw_open_array(&w, NULL);
	for (size_t i = 0; err == ERR_OK && i < conf->nfeatures; i++)
		for (size_t k = 0; k < conf->features[i].nroute; k++) {
			const struct str route = conf->features[i].route[k];
			struct str name;
			struct str model;
			struct price price;
			(void)str_cut(route, '/', &name, &model);
			const struct conf_provider *const p =
				conf_provider(conf, name);
			if (p != NULL &&
			    prices_find(prices, p, model, &price) != ERR_OK)
				add_unpriced(&w, route, conf->features[i].name);
		}
	jw_close(&w);
	prices_free(prices);
	*out = buf_str(&list);
	return err;
}

static struct str channels(const struct conf *conf, struct arena *a)
{
	struct buf list;

	buf_init(&list, a, LIST_BYTES);
	db_array_begin(&list);
	for (int c = 0; c < ALERT_CHANNELS; c++)
		if (alert_channel_on(conf, (enum alert_channel)c))
			db_array_str(&list, str_from(alert_channel_name(
						    (enum alert_channel)c)));
	db_array_end(&list);
	return buf_str(&list);
}

enum err alert_look(const struct conf *conf, struct db *db, struct arena *a,
		    struct alert_counts *out, struct errbuf *e)
{
	struct str extra = STR_NONE;
	struct db_rows rows;

	ERR_TRY(unpriced(conf, db, a, &extra, e));
	const struct str params[] = {settings(conf, a), extra,
				     channels(conf, a)};
	ERR_TRY(db_call(db, a,
			"SELECT raised, reminded, resolved, open "
			"FROM slipway.alert_run($1, $2, $3)",
			params, 3, &rows, e));
	*out = (struct alert_counts){
		.raised = db_i64(&rows, 0, 0),
		.reminded = db_i64(&rows, 0, 1),
		.resolved = db_i64(&rows, 0, 2),
		.open = db_i64(&rows, 0, 3),
	};
	return ERR_OK;
}

/* --- the local file ------------------------------------------------------ */

void alert_local_read(struct arena *a, struct str text, struct alert_local *out)
{
	struct json all = {NULL};
	struct errbuf e = {0};

	*out = (struct alert_local){0};
	if (str_trim(text).n == 0 || json_parse(a, text, &all, &e) != ERR_OK)
		return;
	out->down_ms = json_i64(json_get(all, "down_ms"));
	const struct json told = json_get(all, "told");
	for (size_t i = 0; i < json_count(told); i++)
		for (int c = 0; c < ALERT_CHANNELS; c++)
			if (str_eq_c(json_str(json_at(told, i)),
				     alert_channel_name((enum alert_channel)c)))
				out->told[c] = true;
	const struct json sent = json_get(all, "sent");
	for (size_t i = 0; i < json_count(sent) && i < ALERT_MAX_SENT; i++)
		out->sent[out->nsent++] = json_i64(json_at(sent, i));
}

void alert_local_write(const struct alert_local *l, struct buf *out)
{
	struct jw w;

	jw_init(&w, out);
	jw_open_object(&w, NULL);
	jw_int(&w, "down_ms", l->down_ms);
	jw_open_array(&w, "told");
	for (int c = 0; c < ALERT_CHANNELS; c++)
		if (l->told[c])
			jw_c(&w, NULL,
			     alert_channel_name((enum alert_channel)c));
	jw_close(&w);
	jw_open_array(&w, "sent");
	for (size_t i = 0; i < l->nsent; i++)
		jw_int(&w, NULL, l->sent[i]);
	jw_close(&w);
	jw_close(&w);
	buf_add_char(out, '\n');
}

/* --- sending ------------------------------------------------------------- */

static struct str number(struct arena *a, int64_t n)
{
	struct buf b;

	buf_init(&b, a, ID_BYTES);
	buf_addf(&b, "%" PRId64, n);
	return buf_str(&b);
}

static enum err mark(struct alert_sender *s, struct db *db, int64_t id,
		     const char *error, int64_t retry_ms, struct errbuf *e)
{
	const struct str params[] = {number(s->arena, id), str_from(error),
				     number(s->arena, retry_ms)};

	return db_call(db, s->arena, "SELECT slipway.alert_done($1, $2, $3)",
		       params, 3, NULL, e);
}

/* What was sent, but could not be marked so when it was. */
static enum err mark_sent(struct alert_sender *s, struct db *db,
			  struct errbuf *e)
{
	struct alert_local *const l = s->local;

	while (l->nsent > 0) {
		ERR_TRY(mark(s, db, l->sent[l->nsent - 1], "", 0, e));
		l->nsent--;
	}
	return s->keep(s->arg, l);
}

/* Columns of slipway.alert_take(). */
enum { ID, CHANNEL, KIND, DETAIL, RULE, SUBJECT, RAISED, RESOLVED };

static enum err send_one(struct alert_sender *s, struct db *db,
			 const struct db_rows *r, struct errbuf *e)
{
	char id[ID_BYTES];
	const int64_t number_of = db_i64(r, 0, ID);
	struct errbuf why = {0};
	int64_t retry_ms = 0;
	const struct alert_news news = {
		.rule = db_str(r, 0, RULE),
		.subject = db_str(r, 0, SUBJECT),
		.detail = db_str(r, 0, DETAIL),
		.kind = db_str(r, 0, KIND),
		.raised_ms = db_i64(r, 0, RAISED),
		.resolved_ms = str_eq_c(db_str(r, 0, KIND), "resolved")
				       ? db_i64(r, 0, RESOLVED)
				       : 0,
		.id = id,
	};

	(void)snprintf(id, sizeof(id), "slipway-alert-%" PRId64, number_of);
	const enum err err = alert_send(s->conf, s->arena,
					str_eq_c(db_str(r, 0, CHANNEL), "mail")
						? ALERT_MAIL
						: ALERT_WEBHOOK,
					&news, &retry_ms, &why);
	if (err != ERR_OK) {
		s->failed++;
		s->complain("not sent", &why);
		return mark(s, db, number_of, why.detail, retry_ms, e);
	}
	s->sent++;
	/* first here: it must not be sent again, whatever happens now */
	s->local->sent[s->local->nsent++] = number_of;
	ERR_TRY(s->keep(s->arg, s->local));
	return mark_sent(s, db, e);
}

enum err alert_deliver(struct alert_sender *s, struct db *db, struct errbuf *e)
{
	const int64_t until_ms = clock_mono_ms() + TOTAL_MS;
	const struct str params[] = {channels(s->conf, s->arena),
				     STR(LEASE_MS)};
	struct db_rows rows;

	if (s->local->nsent > 0)
		ERR_TRY(mark_sent(s, db, e));
	while (clock_mono_ms() < until_ms) {
		ERR_TRY(db_call(db, s->arena,
				"SELECT id, channel, kind, detail, rule, "
				"subject, raised_ms, resolved_ms "
				"FROM slipway.alert_take($1, $2)",
				params, 2, &rows, e));
		if (rows.nrows == 0)
			break;
		ERR_TRY(send_one(s, db, &rows, e));
	}
	return ERR_OK;
}

void alert_database(struct alert_sender *s, const struct errbuf *why,
		    int64_t now_ms)
{
	struct alert_local *const l = s->local;
	const bool back = why == NULL;

	if (!back && l->down_ms == 0)
		l->down_ms = now_ms;
	if (l->down_ms == 0 ||
	    (!back && now_ms - l->down_ms < s->conf->alerts.database_outage_ms))
		return;
	const struct alert_news news = {
		.rule = STR("database"),
		.detail =
			back ? STR("It did not answer") : str_from(why->detail),
		.kind = back ? STR("resolved") : STR("raised"),
		.raised_ms = l->down_ms,
		.resolved_ms = back ? now_ms : 0,
	};
	bool waiting = false;
	for (int c = 0; c < ALERT_CHANNELS; c++) {
		const enum alert_channel channel = (enum alert_channel)c;
		struct errbuf e = {0};
		int64_t retry_ms = 0;
		if (!alert_channel_on(s->conf, channel) || l->told[c] == !back)
			continue;
		if (alert_send(s->conf, s->arena, channel, &news, &retry_ms,
			       &e) == ERR_OK) {
			l->told[c] = !back;
			s->sent++;
			continue;
		}
		waiting = true;
		s->failed++;
		s->complain("not sent", &e);
	}
	if (back && !waiting)
		*l = (struct alert_local){.nsent = 0};
}
