#ifndef SLIPWAY_DB_DB_H
#define SLIPWAY_DB_DB_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct conf_database;

/*
 * One connection to PostgreSQL, used by one thread at a time.  It holds no
 * session state (no named statements, no SET), so PgBouncer in transaction
 * mode may stand between.
 */
struct db;

/* The result of a call: text values, borrowed from the arena. */
struct db_rows {
	void *res; /* PGresult */
	size_t nrows;
	size_t ncols;
};

/*
 * Connect.  app_name shows in pg_stat_activity.
 *
 * Returns ERR_OK or ERR_DB (server gone, wrong password, too many
 * connections); e names the setting to look at.
 * Owns: close with db_close().
 * Blocks: up to conf->connect_timeout_ms.
 */
ERR_MUST_USE enum err db_open(struct db **out, const struct conf_database *conf,
			      const char *app_name, struct errbuf *e);
void db_close(struct db *db);

/*
 * Run one statement with text parameters ($1…; p NULL is SQL NULL) and collect
 * its rows.
 *
 * Returns ERR_OK; ERR_DB when the server is gone or gave up (timeout, lock,
 * serialization: the statement did nothing); for an SQLSTATE "SWnnn" that one
 * of our functions raised, the enum err whose public code is the exception's
 * DETAIL; else ERR_INTERNAL.  e has SQLSTATE and message.
 * A connection that was lost is reopened by the next call.
 * Owns:  rows live in a.
 * Blocks: until the answer, at most statement_timeout_ms.
 */
ERR_MUST_USE enum err db_call(struct db *db, struct arena *a, const char *sql,
			      const struct str *params, size_t nparams,
			      struct db_rows *out, struct errbuf *e);

/*
 * Run a script of several statements without parameters, in one transaction
 * (migrations, tests).  Errors as in db_call().
 */
ERR_MUST_USE enum err db_script(struct db *db, const char *sql,
				struct errbuf *e);

/* A value as text; {NULL, 0} for SQL NULL. */
struct str db_str(const struct db_rows *r, size_t row, size_t col);
/* A value as integer; 0 for SQL NULL. */
int64_t db_i64(const struct db_rows *r, size_t row, size_t col);
bool db_bool(const struct db_rows *r, size_t row, size_t col);

/*
 * The text of a PostgreSQL array, built element by element for db_call()
 * ('{"a","b",NULL}').  Begin, add, end; ask the buf whether it overflowed.
 */
void db_array_begin(struct buf *b);
void db_array_str(struct buf *b, struct str v); /* p NULL: SQL NULL */
void db_array_i64(struct buf *b, int64_t v);
void db_array_end(struct buf *b);

/*
 * A few connections shared by the intake threads of a worker, opened when
 * first needed.  db_pool_get() waits for a free one, at most
 * connect_timeout_ms, then ERR_DB.
 */
struct db_pool;

ERR_MUST_USE enum err db_pool_new(struct db_pool **out,
				  const struct conf_database *conf,
				  const char *app_name, struct errbuf *e);
void db_pool_free(struct db_pool *p);
ERR_MUST_USE enum err db_pool_get(struct db_pool *p, struct db **out,
				  struct errbuf *e);
void db_pool_put(struct db_pool *p, struct db *db);

#endif
