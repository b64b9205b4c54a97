#ifndef SLIPWAY_DB_LEDGER_THREAD_H
#define SLIPWAY_DB_LEDGER_THREAD_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "db/ledger.h"
#include "db/live.h"

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct spool;

/* The inside of the ledger; for the files of src/db only. */

#ifndef LEDGER_BATCH /* the benchmark compares with 1 */
#	define LEDGER_BATCH 64
#endif
#define LEDGER_REAP_EVERY_MS 30000
/* A lease is renewed this many times before it would end. */
#define LEDGER_RENEWALS       3
#define LEDGER_CHECK_EVERY_MS 2000 /* while the schema is not there */

/*
 * While so many calls are under way, work gathers, for one statement and one
 * flush to the disk to take it all: an admission waits JOIN_MS for others, a
 * settlement until there are GATHER_ENOUGH, or for GATHER_MS.
 */
#define LEDGER_GATHER_ABOVE  128
#define LEDGER_JOIN_MS       3
#define LEDGER_GATHER_ENOUGH 16
#define LEDGER_GATHER_MS     20

/* Operations in the order in which they came. */
struct ledger_list {
	struct ledger_op *head;
	struct ledger_op *tail;
	size_t n;
};

/*
 *	disconnected --start--> connecting --ok--> connected
 *	      ^                     |                  |
 *	      +------ failures++ ---+   connection lost|
 *	      +----------------- failures = 0 ---------+
 *
 * Work waits while failures is 0, that is for the first attempt after start or
 * after a loss, which takes a moment when the server is there.  Once an attempt
 * failed, work is turned away until the connection stands.
 */
struct ledger {
	struct arena arena; /* holds this struct */
	const struct conf *conf;
	const char *app_name;
	struct db_pool *pool; /* see ledger_new() */
	struct str defaults;  /* ledger_defaults() of conf */
	pthread_t thread;
	int wake_fd; /* eventfd: something was queued, or stop */

	pthread_mutex_t lock;
	struct ledger_list queue; /* under lock */
	size_t queued_settles;    /* under lock; of the queue */
	bool woken;               /* under lock; the thread will look */
	bool gathers;             /* under lock for others */
	bool stopping;            /* under lock */
	struct errbuf state;      /* under lock; code ERR_OK when all is well */

	/* the rest belongs to the thread */
	struct arena batch; /* of one statement */
	struct ledger_list takes;
	struct ledger_list admits;
	struct ledger_list settles;
	struct db *db; /* NULL: disconnected */
	bool connected;
	bool heard;      /* the connection had something to say unasked */
	bool schema_old; /* nothing is admitted until `slipway migrate` */
	struct pollfd connecting; /* what db_connect_step() waits for */
	int failures;
	int admit_losses;       /* connections lost over the same admissions */
	int settle_losses;      /* and settlements */
	int64_t next_settle_ms; /* while settlements gather */
	int64_t next_connect_ms;
	int64_t next_check_ms;
	int64_t next_reap_ms;
	int64_t next_renew_ms;
	int64_t next_replay_ms; /* INT64_MAX: nothing to replay */
	bool reaped;
	struct live live; /* calls under way: their leases are renewed */
	struct spool *spool;
};

/* Remove the first; NULL when empty. */
struct ledger_op *ledger_list_pop(struct ledger_list *list);

/* Record how the last statement went, for ledger_state(). */
void ledger_note(struct ledger *l, enum err err, const struct errbuf *e);

/* The connection is gone: forget it and try again at once. */
void ledger_disconnected(struct ledger *l);

/* ledger_batch.c; all on the ledger thread */

/* Send the first batch of admissions, of settlements; answer what is done. */
void ledger_run_admits(struct ledger *l);
void ledger_run_settles(struct ledger *l);

/* ledger_take.c: answer all takes; without a database all may go. */
void ledger_run_takes(struct ledger *l);

/*
 * Without a database, or with one that is too old: refuse all admissions with
 * err, spool all settlements.
 */
void ledger_turn_away(struct ledger *l, enum err err, const struct errbuf *why);

/* Send the next entries of the spool. */
void ledger_replay(struct ledger *l);

/* Renew the leases of the calls under way. */
void ledger_renew(struct ledger *l);

/* Settle what dead workers left. */
void ledger_reap(struct ledger *l);

/*
 * Before the thread ends: a worker that serves one request and exits (plain
 * CGI) does here what others do while they wait.
 */
void ledger_last_chores(struct ledger *l);

/*
 * See whether the schema is there and new enough.  Returns ERR_OK, ERR_CONFIG,
 * or ERR_DB, also when the connection is gone: then drop it.
 */
ERR_MUST_USE enum err ledger_check_schema(struct ledger *l, struct errbuf *e);

#endif
