#ifndef SLIPWAY_DB_COPY_H
#define SLIPWAY_DB_COPY_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct db_rows;

/*
 * A small table of the database (prices, pins of prompts), copied into the
 * process for all of its threads and read again when over a minute old.  A
 * load makes a new array in a new arena and swaps it in under the lock, so
 * that nobody sees half of one.
 */
struct db_copy_kind {
	const char *sql;  /* with or without $1 */
	size_t max_bytes; /* of one copy */
	/* rows as an array in a; the texts of rows do not live on */
	void *(*take)(struct arena *a, const struct db_rows *rows);
};

struct db_copy {
	const struct db_copy_kind *kind;
	const char *kept_in;
	pthread_mutex_t lock;
	struct arena table; /* under lock, as all below: holds the array */
	void *array;
	size_t n;
	bool loaded;
	int64_t loaded_ms;
};

/*
 * Prepare c, empty and stale.
 *
 * kept_in  NULL, or the folder where processes share the answer (db/kept.h);
 *          borrowed, as kind is, until db_copy_destroy()
 *
 * Returns ERR_OK or ERR_INTERNAL; then c needs no db_copy_destroy().
 */
ERR_MUST_USE enum err db_copy_init(struct db_copy *c,
				   const struct db_copy_kind *kind,
				   const char *kept_in, struct errbuf *e);
void db_copy_destroy(struct db_copy *c);

/* True when nothing was read yet or it is over a minute old. */
bool db_copy_stale(struct db_copy *c);

/*
 * Read it (again); after an error the earlier copy stays.  Blocks: one query.
 *
 * param  $1; with p NULL there is none
 */
ERR_MUST_USE enum err db_copy_load(struct db_copy *c, struct db *db,
				   struct str param, struct errbuf *e);

/*
 * The array of now, its length in *n, NULL before the first load.  It holds
 * still until db_copy_close(), which must follow soon: others wait.
 */
const void *db_copy_open(struct db_copy *c, size_t *n);
void db_copy_close(struct db_copy *c);

#endif
