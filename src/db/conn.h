#ifndef SLIPWAY_DB_CONN_H
#define SLIPWAY_DB_CONN_H

#include "base/arena.h"
#include "base/err.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

/* The inside of a connection; for the files of src/db only. */

struct conf_database;

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

/* poll(2) fd until deadline_ms (0: without end).  False when it passed. */
bool db_poll(int fd, short events, int64_t deadline_ms);

#endif
