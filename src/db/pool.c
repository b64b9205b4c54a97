/*
 * A few connections for the intake threads of a worker.  Slots are counted
 * under a lock; connecting, which may take seconds, is done outside of it.
 */
#include "base/arena.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "db/conn.h"
#include "db/db.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <time.h>

#define POOL_ARENA_BYTES ((size_t)16 * 1024)

struct db_pool {
	struct arena arena; /* holds this struct */
	const struct conf_database *conf;
	const char *app_name;
	pthread_mutex_t lock;
	pthread_cond_t freed;
	struct db **idle; /* connections nobody uses, latest last */
	size_t nidle;
	size_t nout; /* handed out, or being opened */
	size_t size;
};

enum err db_pool_new(struct db_pool **out, const struct conf_database *conf,
		     const char *app_name, struct errbuf *e)
{
	struct arena a;
	pthread_condattr_t attr;

	arena_init(&a, POOL_ARENA_BYTES);
	struct db_pool *const p = ARENA_NEW(&a, struct db_pool);
	p->conf = conf;
	p->app_name = app_name;
	p->size = conf->pool_size > 0 ? (size_t)conf->pool_size : 1;
	p->idle = ARENA_ARRAY(&a, p->size, struct db *);
	p->arena = a;
	if (pthread_condattr_init(&attr) != 0 ||
	    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) != 0 ||
	    pthread_mutex_init(&p->lock, NULL) != 0 ||
	    pthread_cond_init(&p->freed, &attr) != 0) {
		arena_release(&a);
		return err_set(e, ERR_INTERNAL, "could not make a lock");
	}
	(void)pthread_condattr_destroy(&attr);
	*out = p;
	return ERR_OK;
}

void db_pool_free(struct db_pool *p)
{
	if (p == NULL)
		return;
	assert(p->nout == 0);
	for (size_t i = 0; i < p->nidle; i++)
		db_close(p->idle[i]);
	(void)pthread_cond_destroy(&p->freed);
	(void)pthread_mutex_destroy(&p->lock);
	struct arena a = p->arena; /* p itself is in it */
	arena_release(&a);
}

/* Wait for a free slot and take it; *out is NULL when it has no connection. */
static bool take_slot(struct db_pool *p, struct db **out)
{
	const int64_t due = clock_mono_ms() + p->conf->connect_timeout_ms;
	const struct timespec until = {.tv_sec = (time_t)(due / 1000),
				       .tv_nsec = (long)(due % 1000) * 1000000};
	int waited = 0;

	*out = NULL;
	(void)pthread_mutex_lock(&p->lock);
	while (p->nout == p->size && waited != ETIMEDOUT)
		waited = pthread_cond_timedwait(&p->freed, &p->lock, &until);
	const bool got = p->nout < p->size;
	if (got)
		p->nout++;
	if (got && p->nidle > 0)
		*out = p->idle[--p->nidle];
	(void)pthread_mutex_unlock(&p->lock);
	return got;
}

static void give_slot(struct db_pool *p, struct db *db)
{
	(void)pthread_mutex_lock(&p->lock);
	assert(p->nout > 0);
	p->nout--;
	if (db != NULL)
		p->idle[p->nidle++] = db;
	(void)pthread_cond_signal(&p->freed);
	(void)pthread_mutex_unlock(&p->lock);
}

enum err db_pool_get(struct db_pool *p, struct db **out, struct errbuf *e)
{
	if (!take_slot(p, out))
		return err_set(e, ERR_DB,
			       "all %zu connections are in use ([database] "
			       "pool_size)",
			       p->size);
	if (*out != NULL)
		return ERR_OK;
	const enum err err = db_open(out, p->conf, p->app_name, e);
	if (err != ERR_OK)
		give_slot(p, NULL);
	return err;
}

struct db *db_pool_take(struct db_pool *p)
{
	struct db *db = NULL;

	(void)pthread_mutex_lock(&p->lock);
	if (p->nidle > 0)
		db = p->idle[--p->nidle];
	(void)pthread_mutex_unlock(&p->lock);
	if (db != NULL)
		db->manual = true;
	return db;
}

void db_pool_put(struct db_pool *p, struct db *db)
{
	/* one that was left inside a transaction is not fit for the next */
	if (db->in_transaction || db->conn == NULL) {
		db_close(db);
		db = NULL;
	}
	give_slot(p, db);
}
