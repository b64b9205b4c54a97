#ifndef SLIPWAY_DB_CONN_H
#define SLIPWAY_DB_CONN_H

#include "base/arena.h"
#include "base/err.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The inside of a connection; for the files of src/db only. */

#define DB_SQLSTATE_BYTES 6
#define DB_OFTEN_MAX      4

struct conf_database;
struct db_rows;
struct str;

/* A statement of db_call_often(), on one connection. */
struct db_often {
	const char *sql;
	bool prepared;
	char name[24];
};

struct db {
	struct arena arena; /* holds this struct */
	const struct conf_database *conf;
	const char *app_name;
	const char *password; /* "" when none is set */
	PGconn *conn;         /* NULL: closed */
	bool ready;           /* conn is through its start-up */
	bool manual;          /* from db_connect_start(): never reopened */
	bool in_transaction;  /* after the last call */
	bool lost;            /* see db_lost() */
	char sqlstate[DB_SQLSTATE_BYTES]; /* of the last failure, or "" */
	struct db_often often[DB_OFTEN_MAX];
	size_t noften;
	bool nameless; /* statements get no names on this connection */
	PostgresPollingStatusType step; /* what PQconnectPoll last asked for */
	int64_t connect_deadline_ms;    /* clock_mono_ms() */
};

/*
 * Make sure there is a connection that is not known to be dead.
 *
 * Returns ERR_OK or ERR_DB.  Blocks: as db_open().
 */
ERR_MUST_USE enum err db_ready(struct db *db, struct errbuf *e);

/* Close the socket, keep the struct. */
void db_drop(struct db *db);

/*
 * What libpq says about the connection, in one line, without a password.
 * Returns out.
 */
const char *db_message(const struct db *db, char out[static ERR_DETAIL_BYTES]);

/*
 * Let the server parse and plan sql under a name.  Errors as in db_call().
 * Blocks: as db_call().
 */
ERR_MUST_USE enum err db_prepare(struct db *db, const char *name,
				 const char *sql, size_t nparams,
				 struct errbuf *e);

/* What goes over the wire: the text, or the name that it was prepared under. */
struct db_statement {
	const char *sql; /* NULL: by name */
	const char *name;
	const struct str *params;
	size_t nparams;
};

/* db_call() of a statement. */
ERR_MUST_USE enum err db_run(struct db *db, struct arena *a,
			     const struct db_statement *st, struct db_rows *out,
			     struct errbuf *e);

/* poll(2) fd until deadline_ms (0: without end).  False when it passed. */
bool db_poll(int fd, short events, int64_t deadline_ms);

#endif
