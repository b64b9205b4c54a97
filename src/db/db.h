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
struct pollfd;

/*
 * One connection to PostgreSQL, used by one thread at a time.  It needs no
 * session state (no SET, and see db_call_often()), so PgBouncer in transaction
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
 * conf, app_name  borrowed until db_close()
 *
 * Returns ERR_OK or ERR_DB (server gone, wrong password, too many
 * connections); e names the setting to look at and never has a password.
 * Owns: close with db_close().
 * Blocks: up to conf->connect_timeout_ms, and on name resolution.
 */
ERR_MUST_USE enum err db_open(struct db **out, const struct conf_database *conf,
			      const char *app_name, struct errbuf *e);

/* NULL is allowed. */
void db_close(struct db *db);

/*
 * Connecting for a thread that has other work meanwhile: start, then step
 * whenever *wait is ready or the time is over, until it is not DB_STEP_WAIT.
 */
enum db_step {
	DB_STEP_WAIT,  /* poll(2) *wait, then step again */
	DB_STEP_READY, /* connected */
	DB_STEP_FAILED /* e says why; db_close() it */
};

/*
 * As db_open(), without waiting for the answer.  Such a connection is not
 * reopened by itself when it is lost, as that would wait: db_call() then says
 * ERR_DB and db_fd() is -1.
 * Owns: db_close().
 */
ERR_MUST_USE enum err db_connect_start(struct db **out,
				       const struct conf_database *conf,
				       const char *app_name, struct errbuf *e);

/*
 * One step of it.  wait->fd and wait->events are set for DB_STEP_WAIT.  After
 * conf->connect_timeout_ms it is DB_STEP_FAILED.
 */
enum db_step db_connect_step(struct db *db, struct pollfd *wait,
			     struct errbuf *e);

/* The socket of the connection for poll(2); -1 when it is gone. */
int db_fd(const struct db *db);

/*
 * Look, without waiting, whether an idle connection is still there.  False
 * closes what is left of it; the next call connects anew.
 */
bool db_alive(struct db *db);

/*
 * True when the last call failed because the connection went away or timed
 * out after the statement was sent: it may or may not have been carried out.
 */
bool db_lost(const struct db *db);

/*
 * Run one statement with text parameters ($1…; p NULL is SQL NULL) and collect
 * its rows.
 *
 * out  NULL when the rows are of no interest
 *
 * Returns ERR_OK; ERR_DB when the server is gone or gave up (timeout, lock,
 * serialization: the statement did nothing, unless db_lost()); for an SQLSTATE
 * "SWnnn" that one of our functions raised, the enum err whose public code is
 * the exception's DETAIL; ERR_CONFIG when the schema is missing or too old or
 * the role may not use it; ERR_INVALID_REQUEST when a parameter has a NUL
 * byte, which PostgreSQL cannot hold; else ERR_INTERNAL.  e has SQLSTATE and
 * message.
 * A connection that was lost is reopened by the next call, except inside a
 * transaction, which then is over: ERR_DB.
 * Owns:  rows live in a.
 * Blocks: until the answer, at most a second longer than the server's
 * statement_timeout_ms; 0 there waits without end.
 */
ERR_MUST_USE enum err db_call(struct db *db, struct arena *a, const char *sql,
			      const struct str *params, size_t nparams,
			      struct db_rows *out, struct errbuf *e);

/*
 * The same for a statement that is sent again and again: from the second time
 * on the connection the server has it parsed and planned, which saves a fifth
 * of a small statement.  Where the server does not know it any more (a pooler
 * gave us another session, the function was replaced by one with other
 * columns), it is sent as by db_call(), for the rest of the connection.
 *
 * sql  a constant: it is known by its address
 */
ERR_MUST_USE enum err db_call_often(struct db *db, struct arena *a,
				    const char *sql, const struct str *params,
				    size_t nparams, struct db_rows *out,
				    struct errbuf *e);

/*
 * Run a script of several statements without parameters, in one transaction:
 * the open one, else its own (migrations, tests).  Errors as in db_call().
 * Blocks: until it is done, however long that takes.
 */
ERR_MUST_USE enum err db_script(struct db *db, const char *sql,
				struct errbuf *e);

/* A value as text; {NULL, 0} for SQL NULL. */
struct str db_str(const struct db_rows *r, size_t row, size_t col);
/* A value as integer; 0 for SQL NULL. */
int64_t db_i64(const struct db_rows *r, size_t row, size_t col);
bool db_bool(const struct db_rows *r, size_t row, size_t col);

/* What a column is called, and what kind of value it holds. */
enum db_type { DB_TEXT, DB_NUMBER, DB_BOOLEAN, DB_TIME, DB_DATE, DB_JSON };
struct str db_name(const struct db_rows *r, size_t col);
enum db_type db_type(const struct db_rows *r, size_t col);

/*
 * The text of a PostgreSQL array, built element by element for db_call()
 * ('{"a","b",NULL}').  Begin, add, end; ask the buf whether it overflowed.
 */
void db_array_begin(struct buf *b);
void db_array_str(struct buf *b, struct str v); /* p NULL: SQL NULL */
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

/*
 * Take the idle connection that was used last out of the pool, for good; it is
 * now as one of db_connect_start().  NULL when none is idle.
 * Owns: db_close().
 */
struct db *db_pool_take(struct db_pool *p);

#endif
