#ifndef SLIPWAY_DB_KEPT_H
#define SLIPWAY_DB_KEPT_H

#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

struct arena;
struct db;
struct db_rows;

/*
 * A question whose answer the processes of a host share for a while.  A worker
 * keeps such an answer in its memory; one that lives for a single request
 * finds it in a file.
 */
struct db_kept {
	const char *folder; /* [server] state_dir; NULL or "": always ask */
	int64_t fresh_ms;   /* for how long an answer is good */
	const char *sql;
	struct str param; /* $1; p NULL: there is none */
};

/*
 * As db_call(), or the rows that another process got for the same statement
 * from the same database, when they are fresh.  What cannot be read or written
 * there is asked for.
 */
ERR_MUST_USE enum err db_call_kept(struct db *db, struct arena *a,
				   const struct db_kept *q, struct db_rows *out,
				   struct errbuf *e);

/* Its answer has changed: whoever comes next asks. */
void db_kept_forget(const struct db *db, const struct db_kept *q);

#endif
