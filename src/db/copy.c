/* Small tables of the database, copied for all threads of a process. */
#include "db/copy.h"

#include "base/clock.h"
#include "db/db.h"
#include "db/kept.h"

#define FRESH_MS 60000

enum err db_copy_init(struct db_copy *c, const struct db_copy_kind *kind,
		      const char *kept_in, struct errbuf *e)
{
	*c = (struct db_copy){.kind = kind, .kept_in = kept_in};
	if (pthread_mutex_init(&c->lock, NULL) != 0)
		return err_set(e, ERR_INTERNAL, "could not make a lock");
	arena_init(&c->table, kind->max_bytes);
	return ERR_OK;
}

void db_copy_destroy(struct db_copy *c)
{
	(void)pthread_mutex_destroy(&c->lock);
	arena_release(&c->table);
}

bool db_copy_stale(struct db_copy *c)
{
	(void)pthread_mutex_lock(&c->lock);
	const bool stale =
		!c->loaded || clock_mono_ms() - c->loaded_ms > FRESH_MS;
	(void)pthread_mutex_unlock(&c->lock);
	return stale;
}

/* Put array (in *table) in the place of what there was, which *table gets. */
static void swap_in(struct db_copy *c, struct arena *table, void *array,
		    size_t n)
{
	(void)pthread_mutex_lock(&c->lock);
	const struct arena old = c->table;
	c->table = *table;
	c->array = array;
	c->n = n;
	c->loaded = true;
	c->loaded_ms = clock_mono_ms();
	(void)pthread_mutex_unlock(&c->lock);
	*table = old;
}

enum err db_copy_load(struct db_copy *c, struct db *db, struct str param,
		      struct errbuf *e)
{
	const struct db_kept q = {c->kept_in, FRESH_MS, c->kind->sql, param};
	struct arena scratch;
	struct arena table;
	struct db_rows rows;

	arena_init(&scratch, c->kind->max_bytes);
	arena_init(&table, c->kind->max_bytes);
	const enum err err = db_call_kept(db, &scratch, &q, &rows, e);
	if (err == ERR_OK)
		swap_in(c, &table, c->kind->take(&table, &rows), rows.nrows);
	arena_release(&table);
	arena_release(&scratch);
	return err;
}

const void *db_copy_open(struct db_copy *c, size_t *n)
{
	(void)pthread_mutex_lock(&c->lock);
	*n = c->n;
	return c->array;
}

void db_copy_close(struct db_copy *c)
{
	(void)pthread_mutex_unlock(&c->lock);
}
