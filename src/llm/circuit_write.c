/*
 * What changes the circuits, and what other processes are told of it.  The loop
 * only counts; whatever has to be written to PostgreSQL is a job of an intake
 * thread, and of one thing there is never more than one job.
 */
#include "llm/circuit_state.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/container.h"
#include "base/log.h"
#include "base/num.h"
#include "db/db.h"
#include "db/turn.h"
#include "http/worker.h"
#include "llm/app.h"
#include "json/json.h"

#include <stdio.h>

#define QUOTA_EVERY_MS   5000
#define QUOTA_FULL_PART  5 /* less than a fifth left: said at once */
#define QUOTA_JSON_BYTES 512
#define QUOTA_NAME_BYTES 128

/* Circuits ------------------------------------------------------------ */

static enum err write_ok(struct db *db, struct arena *a,
			 const struct circuit *c, struct errbuf *e)
{
	const struct str params[] = {str_from(c->model_route)};
	struct db_rows rows;

	ERR_TRY(db_call(db, a, "SELECT slipway.breaker_ok($1)", params, 1,
			&rows, e));
	if (db_bool(&rows, 0, 0))
		log_msg(LOG_INFO, "circuit_closed", "%s answers again",
			c->model_route);
	return ERR_OK;
}

static enum err write_failures(struct db *db, struct arena *a,
			       const struct circuit *c, int64_t failures,
			       enum err last, int64_t *open_ms,
			       struct errbuf *e)
{
	const struct conf_provider *const conf = c->provider->conf;
	char n[24];
	char threshold[24];
	char ms[24];
	struct db_rows rows;

	(void)snprintf(n, sizeof(n), "%lld", (long long)failures);
	(void)snprintf(threshold, sizeof(threshold), "%lld",
		       (long long)conf->breaker_failures);
	(void)snprintf(ms, sizeof(ms), "%lld",
		       (long long)conf->breaker_open_ms);
	const struct str params[] = {str_from(c->model_route), str_from(n),
				     str_from(threshold), str_from(ms),
				     str_from(err_entry(last)->code)};
	ERR_TRY(db_call(db, a,
			"SELECT slipway.breaker_fail($1, $2::int, $3::int, "
			"$4::bigint, $5)",
			params, 5, &rows, e));
	*open_ms = db_i64(&rows, 0, 0);
	if (*open_ms > 0)
		log_msg(LOG_ERROR, "circuit_open",
			"%s is not asked for %lld ms: %s", c->model_route,
			(long long)*open_ms, err_entry(last)->code);
	return ERR_OK;
}

/* Take what there is to write; false: nothing. */
static bool take_news(struct circuit *c, bool *ok, int64_t *failures,
		      enum err *last)
{
	(void)pthread_mutex_lock(&c->cs->lock);
	*ok = c->job_ok;
	*failures = c->failures;
	*last = c->last;
	const bool any = c->job_again;
	c->job_again = c->job_ok = false;
	if (any && !*ok)
		c->failures = 0;
	c->job_busy = any;
	(void)pthread_mutex_unlock(&c->cs->lock);
	return any;
}

static void write_news(struct circuit *c, struct db *db, bool ok,
		       int64_t failures, enum err last)
{
	struct arena a;
	struct errbuf e = {.code = ERR_OK};
	int64_t open_ms = 0;
	enum err err = ERR_OK;

	arena_init(&a, CIRCUIT_ARENA_BYTES);
	if (ok)
		err = write_ok(db, &a, c, &e);
	else
		err = write_failures(db, &a, c, failures, last, &open_ms, &e);
	arena_release(&a);
	circuits_changed(c->cs, db);
	if (err != ERR_OK) {
		log_msg(LOG_WARN, "circuit_not_shared", "%s: %s",
			c->model_route, e.detail);
		return;
	}
	(void)pthread_mutex_lock(&c->cs->lock);
	c->known = !ok;
	c->open = open_ms > 0;
	c->open_until_ms = num_add(clock_mono_ms(), open_ms);
	(void)pthread_mutex_unlock(&c->cs->lock);
}

static void run_job(struct worker_job *job)
{
	struct circuit *const c = CONTAINER_OF(job, struct circuit, job);
	struct db_pool *const pool = c->cs->app->pool;
	struct db *db = NULL;
	struct errbuf e = {.code = ERR_OK};
	bool ok = false;
	int64_t failures = 0;
	enum err last = ERR_OK;
	const bool up = db_pool_get(pool, &db, &e) == ERR_OK;

	while (take_news(c, &ok, &failures, &last))
		if (up)
			write_news(c, db, ok, failures, last);
	if (up)
		db_pool_put(pool, db);
}

/* Under the lock: have c written. */
static void post_news(struct circuit *c)
{
	c->job_again = true;
	if (c->job_busy)
		return;
	c->job_busy = true;
	c->job.run = run_job;
	worker_post(c->cs->app->worker, &c->job);
}

/* Is it the provider's failure, and one that the next call would see, too? */
static bool counts(enum err err)
{
	return err == ERR_UPSTREAM || err == ERR_UPSTREAM_TIMEOUT ||
	       err == ERR_UPSTREAM_CUT || err == ERR_UPSTREAM_QUOTA ||
	       err == ERR_UPSTREAM_AUTH;
}

/* Nothing but a person ends these. */
static bool is_final(enum err err)
{
	return err == ERR_UPSTREAM_QUOTA || err == ERR_UPSTREAM_AUTH;
}

static void note_failure(struct circuit *c, enum err err)
{
	const int64_t enough = c->provider->conf->breaker_failures;

	if (enough == 0)
		return;
	c->last = err;
	c->job_ok = false;
	c->failures = is_final(err) ? num_max(enough, c->failures + 1)
				    : c->failures + 1;
	/* known: it failed its try, or another process counts, too */
	if (c->cs->cgi || c->known || c->failures >= enough)
		post_news(c);
}

void circuit_note(struct circuits *cs, struct circuit *c, enum err err)
{
	if (c == NULL || (err != ERR_OK && !counts(err)))
		return;
	(void)pthread_mutex_lock(&cs->lock);
	if (err != ERR_OK) {
		note_failure(c, err);
	} else {
		c->failures = 0;
		if (c->known) {
			c->known = c->open = false;
			c->job_ok = true;
			post_news(c);
		}
	}
	(void)pthread_mutex_unlock(&cs->lock);
}

/* Quotas -------------------------------------------------------------- */

static void write_member(struct jw *w, const char *name, int64_t n)
{
	if (n >= 0)
		jw_int(w, name, n);
}

static struct str quota_json(struct arena *a, const struct upstream_quota *q)
{
	struct buf out;
	struct jw w;

	buf_init(&out, a, QUOTA_JSON_BYTES);
	jw_init(&w, &out);
	jw_open_object(&w, NULL);
	write_member(&w, "limit_requests", q->limit_requests);
	write_member(&w, "remaining_requests", q->remaining_requests);
	write_member(&w, "reset_requests_ms", q->reset_requests_ms);
	write_member(&w, "limit_tokens", q->limit_tokens);
	write_member(&w, "remaining_tokens", q->remaining_tokens);
	write_member(&w, "reset_tokens_ms", q->reset_tokens_ms);
	jw_close(&w);
	return buf_str(&out);
}

static void run_quota_job(struct worker_job *job)
{
	struct provider_state *const p =
		CONTAINER_OF(job, struct provider_state, job);
	struct circuits *const cs = p->cs;
	struct arena a;
	struct db *db = NULL;
	struct errbuf e = {.code = ERR_OK};

	(void)pthread_mutex_lock(&cs->lock);
	const struct upstream_quota q = p->quota;
	p->job_busy = false;
	(void)pthread_mutex_unlock(&cs->lock);
	if (db_pool_get(cs->app->pool, &db, &e) != ERR_OK)
		return;
	arena_init(&a, CIRCUIT_ARENA_BYTES);
	const struct str params[] = {str_from(p->conf->name),
				     quota_json(&a, &q)};
	if (db_call(db, &a, "SELECT slipway.quota_note($1, $2::jsonb)", params,
		    2, NULL, &e) != ERR_OK)
		log_msg(LOG_WARN, "quota_not_shared", "%s: %s", p->conf->name,
			e.detail);
	arena_release(&a);
	circuits_changed(cs, db);
	db_pool_put(cs->app->pool, db);
}

static bool is_low(int64_t limit, int64_t remaining)
{
	return remaining >= 0 && limit > 0 &&
	       remaining < limit / QUOTA_FULL_PART;
}

/* Is it time to write it, although it says nothing special? */
static bool quota_is_due(const struct provider_state *p, int64_t now_ms)
{
	char name[QUOTA_NAME_BYTES];

	if (!p->cs->cgi)
		return p->quota_noted_ms == 0 ||
		       now_ms - p->quota_noted_ms >= QUOTA_EVERY_MS;
	(void)snprintf(name, sizeof(name), "quota-%s", p->conf->name);
	return turn_take(p->cs->kept_in, name, QUOTA_EVERY_MS);
}

void circuit_note_quota(struct circuits *cs, struct circuit *c,
			const struct upstream_quota *q)
{
	const int64_t now_ms = clock_mono_ms();

	if (c == NULL)
		return;
	struct provider_state *const p = c->provider;
	(void)pthread_mutex_lock(&cs->lock);
	p->quota = *q;
	p->exhausted_until_ms = num_add(now_ms, quota_exhausted_ms(q));
	const bool low = is_low(q->limit_requests, q->remaining_requests) ||
			 is_low(q->limit_tokens, q->remaining_tokens);
	const bool due = low != p->low || quota_is_due(p, now_ms);
	p->low = low;
	if (due && !p->job_busy) {
		p->quota_noted_ms = now_ms;
		p->job_busy = true;
		p->job.run = run_quota_job;
		worker_post(cs->app->worker, &p->job);
	}
	(void)pthread_mutex_unlock(&cs->lock);
}
