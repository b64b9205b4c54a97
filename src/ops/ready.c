/*
 * Readiness of one host, for load balancers and for `make up`.
 */
#include "ops/ready.h"

#include "base/arena.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "db/db.h"
#include "db/schema.h"
#include "db/spool.h"
#include "json/json.h"

#include <pthread.h>

#define READY_ARENA_BYTES ((size_t)256 * 1024)
#define DATABASE_FRESH_MS 1000
#define UPSTREAM_FRESH_MS 30000
#define UPSTREAM_WINDOW   "15" /* minutes of our own traffic */
#define UPSTREAM_BYTES    ((size_t)8 * 1024)

struct ready {
	const struct conf *conf;
	struct db_pool *pool;
	pthread_mutex_t lock; /* guards what follows */
	int64_t database_ms;  /* when it was asked; 0 = never */
	enum err database;
	struct errbuf why;
	int64_t upstream_ms;
	char upstream[UPSTREAM_BYTES]; /* a JSON array */
	size_t nupstream;
};

struct ready *ready_new(struct arena *a, const struct conf *conf,
			struct db_pool *pool)
{
	struct ready *const r = ARENA_NEW(a, struct ready);

	r->conf = conf;
	r->pool = pool;
	(void)pthread_mutex_init(&r->lock, NULL);
	return r;
}

/* The last 15 minutes of each provider, as the database knows them. */
static enum err ask_upstream(struct ready *r, struct db *db, struct arena *a)
{
	const struct str window = STR(UPSTREAM_WINDOW);
	struct db_rows rows;
	struct errbuf e = {0};

	ERR_TRY(db_call(db, a,
			"SELECT coalesce(json_agg(json_build_object("
			"'provider', h.provider, 'calls', h.calls, "
			"'errors', h.errors)), '[]') "
			"FROM slipway.provider_health($1) AS h",
			&window, 1, &rows, &e));
	const struct str text = db_str(&rows, 0, 0);
	if (text.n >= sizeof(r->upstream))
		return ERR_TOO_LARGE;
	for (size_t i = 0; i < text.n; i++)
		r->upstream[i] = text.p[i];
	r->nupstream = text.n;
	return ERR_OK;
}

static enum err ask_database(struct ready *r, struct arena *a)
{
	struct db *db = NULL;

	err_clear(&r->why);
	ERR_TRY(db_pool_get(r->pool, &db, &r->why));
	const enum err err = db_check_schema(db, NULL, a, &r->why);
	const int64_t now_ms = clock_mono_ms();
	if (err == ERR_OK && (r->upstream_ms == 0 ||
			      now_ms - r->upstream_ms > UPSTREAM_FRESH_MS)) {
		r->upstream_ms = now_ms;
		if (ask_upstream(r, db, a) != ERR_OK)
			r->nupstream = 0;
	}
	db_pool_put(r->pool, db);
	return err;
}

static void refresh(struct ready *r)
{
	struct arena a;
	const int64_t now_ms = clock_mono_ms();

	if (r->pool == NULL || (r->database_ms != 0 &&
				now_ms - r->database_ms < DATABASE_FRESH_MS))
		return;
	arena_init(&a, READY_ARENA_BYTES);
	r->database = ask_database(r, &a);
	r->database_ms = clock_mono_ms();
	arena_release(&a);
}

static bool check(struct jw *w, const char *name, bool ok, const char *detail)
{
	jw_open_object(w, name);
	jw_bool(w, "ok", ok);
	if (!ok)
		jw_c(w, "detail", detail);
	jw_close(w);
	return ok;
}

/* The first provider of a route that has no key. */
static const struct conf_provider *missing_key(const struct conf *c)
{
	for (size_t i = 0; i < c->nfeatures; i++)
		for (size_t j = 0; j < c->features[i].nroute; j++) {
			struct str name;
			struct str model;
			(void)str_cut(c->features[i].route[j], '/', &name,
				      &model);
			const struct conf_provider *const p =
				conf_provider(c, name);
			if (p != NULL && conf_provider_key_missing(p))
				return p;
		}
	return NULL;
}

static bool check_keys(struct jw *w, struct ready *r, struct arena *a)
{
	const struct conf_provider *const p = missing_key(r->conf);
	struct buf detail;

	buf_init(&detail, a, 1024);
	if (p != NULL)
		buf_addf(&detail, "%s: the key is missing", p->api_key_source);
	return check(w, "keys", p == NULL, buf_c(&detail));
}

static bool check_state_dir(struct jw *w, const struct ready *r)
{
	struct errbuf why = {0};
	const enum err err = spool_check(r->conf->server.state_dir, &why);

	return check(w, "state_dir", err == ERR_OK, why.detail);
}

bool ready_report(struct ready *r, enum err config_err,
		  const struct errbuf *why, struct buf *out)
{
	struct arena a;
	struct jw w;

	arena_init(&a, READY_ARENA_BYTES);
	(void)pthread_mutex_lock(&r->lock);
	refresh(r);
	jw_init(&w, out);
	jw_open_object(&w, NULL);
	jw_open_object(&w, "checks");
	bool ok = check(&w, "config", config_err == ERR_OK, why->detail);
	ok = check_keys(&w, r, &a) && ok;
	if (config_err == ERR_OK)
		ok = check_state_dir(&w, r) && ok;
	if (r->pool != NULL)
		ok = check(&w, "database", r->database == ERR_OK,
			   r->why.detail) &&
		     ok;
	if (r->nupstream > 0)
		jw_raw(&w, "upstream", (struct str){r->upstream, r->nupstream});
	jw_close(&w);
	jw_bool(&w, "ok", ok);
	jw_close(&w);
	(void)pthread_mutex_unlock(&r->lock);
	arena_release(&a);
	return ok;
}
