/*
 * Circuit breakers, drills and quotas: what is known in this process, and
 * whether a model may be asked.  circuit_write.c has what changes it.
 */
#include "llm/circuit_state.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/num.h"
#include "conf/conf.h"
#include "db/db.h"
#include "db/kept.h"
#include "llm/app.h"

#include <string.h>

#define STALE_MS 2000
#define CLAIM_MS "60000"

struct circuits *circuits_new(struct app *app, bool cgi)
{
	struct circuits *const cs = ARENA_NEW(&app->arena, struct circuits);

	cs->app = app;
	cs->cgi = cgi;
	cs->kept_in = cgi ? app->conf->server.state_dir : NULL;
	cs->nproviders = app->conf->nproviders;
	for (size_t i = 0; i < cs->nproviders; i++) {
		cs->providers[i].cs = cs;
		cs->providers[i].conf = &app->conf->providers[i];
	}
	(void)pthread_mutex_init(&cs->lock, NULL);
	return cs;
}

/* Shared state -------------------------------------------------------- */

bool circuits_stale(struct circuits *cs)
{
	const int64_t now_ms = clock_mono_ms();

	(void)pthread_mutex_lock(&cs->lock);
	const bool stale =
		cs->loaded_ms == 0 || now_ms - cs->loaded_ms > STALE_MS;
	/* one thread asks, the others go on with what is known */
	if (stale)
		cs->loaded_ms = now_ms;
	(void)pthread_mutex_unlock(&cs->lock);
	return stale;
}

static struct circuit *find(struct circuits *cs, struct str model_route)
{
	for (size_t i = 0; i < cs->n; i++)
		if (str_eq_c(model_route, cs->all[i].model_route))
			return &cs->all[i];
	return NULL;
}

static struct provider_state *find_provider(struct circuits *cs,
					    struct str name)
{
	for (size_t i = 0; i < cs->nproviders; i++)
		if (str_eq_c(name, cs->providers[i].conf->name))
			return &cs->providers[i];
	return NULL;
}

static struct circuit *add(struct circuits *cs, struct str model_route)
{
	struct str provider;
	struct str model;

	(void)str_cut(model_route, '/', &provider, &model);
	struct provider_state *const p = find_provider(cs, provider);
	if (p == NULL || cs->n == CIRCUITS_MAX)
		return NULL;
	struct circuit *const c = &cs->all[cs->n++];
	c->cs = cs;
	c->provider = p;
	c->model_route = str_dup(&cs->app->arena, model_route);
	return c;
}

struct circuit *circuit_find(struct circuits *cs,
			     const struct conf_provider *conf,
			     struct str model_route)
{
	if (conf->kind == CONF_PROVIDER_EXTRACT ||
	    conf->kind == CONF_PROVIDER_STATIC)
		return NULL;
	(void)pthread_mutex_lock(&cs->lock);
	struct circuit *c = find(cs, model_route);
	if (c == NULL)
		c = add(cs, model_route);
	(void)pthread_mutex_unlock(&cs->lock);
	return c;
}

static void forget(struct circuits *cs)
{
	for (size_t i = 0; i < cs->n; i++)
		cs->all[i].known = cs->all[i].open = false;
	for (size_t i = 0; i < cs->nproviders; i++)
		cs->providers[i].drill = false;
}

/* One row of slipway.upstream_state(). */
static void learn(struct circuits *cs, struct str kind, struct str name,
		  int64_t until_ms)
{
	struct provider_state *const p = find_provider(cs, name);

	if (p != NULL && str_eq_c(kind, "drill"))
		p->drill = true;
	if (p != NULL && str_eq_c(kind, "exhausted"))
		p->exhausted_until_ms = until_ms;
	if (p != NULL || memchr(name.p, '/', name.n) == NULL)
		return;
	struct circuit *c = find(cs, name);
	if (c == NULL)
		c = add(cs, name);
	if (c == NULL)
		return;
	c->known = true;
	c->open = str_eq_c(kind, "open");
	c->open_until_ms = until_ms;
}

static struct db_kept question(const struct circuits *cs)
{
	return (struct db_kept){
		cs->kept_in,
		STALE_MS,
		"SELECT kind, name, for_ms FROM slipway.upstream_state()",
		STR_NONE,
	};
}

void circuits_changed(const struct circuits *cs, const struct db *db)
{
	const struct db_kept q = question(cs);

	db_kept_forget(db, &q);
}

enum err circuits_load(struct circuits *cs, struct db *db, struct errbuf *e)
{
	struct arena a;
	struct db_rows rows;

	arena_init(&a, CIRCUIT_ARENA_BYTES);
	const struct db_kept q = question(cs);
	const enum err err = db_call_kept(db, &a, &q, &rows, e);
	const int64_t now_ms = clock_mono_ms();
	(void)pthread_mutex_lock(&cs->lock);
	if (err == ERR_OK)
		forget(cs);
	for (size_t i = 0; err == ERR_OK && i < rows.nrows; i++)
		learn(cs, db_str(&rows, i, 0), db_str(&rows, i, 1),
		      num_add(now_ms, db_i64(&rows, i, 2)));
	(void)pthread_mutex_unlock(&cs->lock);
	arena_release(&a);
	return err;
}

/* The gate ------------------------------------------------------------ */

enum err circuit_gate(struct circuits *cs, struct circuit *c, bool claimed,
		      struct errbuf *e)
{
	const int64_t now_ms = clock_mono_ms();

	if (c == NULL)
		return ERR_OK;
	(void)pthread_mutex_lock(&cs->lock);
	const bool drill = c->provider->drill;
	const bool open = c->open && !claimed;
	const int64_t exhausted_ms = c->provider->exhausted_until_ms - now_ms;
	(void)pthread_mutex_unlock(&cs->lock);
	if (drill)
		return err_set(e, ERR_NOT_ASKED,
			       "a drill blocks provider %s (slipway drill)",
			       c->provider->conf->name);
	if (open)
		return err_set(e, ERR_NOT_ASKED,
			       "the circuit of %s is open: it failed too often",
			       c->model_route);
	if (exhausted_ms > 0)
		return err_set(e, ERR_NOT_ASKED,
			       "provider %s has said that our quota there is "
			       "used up for %lld ms",
			       c->provider->conf->name,
			       (long long)exhausted_ms);
	return ERR_OK;
}

bool circuit_is_due(struct circuits *cs, struct circuit *c)
{
	if (c == NULL)
		return false;
	(void)pthread_mutex_lock(&cs->lock);
	const bool due = c->open && c->open_until_ms <= clock_mono_ms() &&
			 !c->provider->drill;
	(void)pthread_mutex_unlock(&cs->lock);
	return due;
}

bool circuit_claim(struct circuits *cs, struct circuit *c, struct db *db)
{
	const struct str params[] = {str_from(c->model_route), STR(CLAIM_MS)};
	struct arena a;
	struct db_rows rows;
	struct errbuf e = {.code = ERR_OK};

	arena_init(&a, CIRCUIT_ARENA_BYTES);
	const enum err err =
		db_call(db, &a, "SELECT slipway.breaker_claim($1, $2::bigint)",
			params, 2, &rows, &e);
	const bool mine =
		err == ERR_OK && rows.nrows == 1 && db_bool(&rows, 0, 0);
	arena_release(&a);
	if (mine)
		log_msg(LOG_INFO, "circuit_try", "%s is tried again",
			c->model_route);
	(void)pthread_mutex_lock(&cs->lock);
	/* whoever has it will tell: do not ask again at every call */
	if (!mine)
		c->open_until_ms = num_add(clock_mono_ms(), STALE_MS);
	(void)pthread_mutex_unlock(&cs->lock);
	return mine;
}
