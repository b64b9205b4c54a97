#ifndef SLIPWAY_DB_SPOOL_H
#define SLIPWAY_DB_SPOOL_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Settlements that PostgreSQL could not take, on disk until it can.
 *
 *	STATE_DIR/spool/settle-PID-RANDOM.jsonl	one entry a line
 *	STATE_DIR/spool/rejected.jsonl		entries the database refuses
 *
 * Each process appends to a file of its own and holds flock(2) on it for as
 * long as it lives; so whoever gets the lock of a file owns what a dead process
 * left, and no file is replayed by two at once.  Replaying twice is harmless
 * anyway, since settling is idempotent.  One thread only.
 */
struct spool;

/* Most entries handed to a spool_send_fn at once. */
#define SPOOL_BATCH 64

/*
 * Take n entries, each a JSON object without its line end.  ERR_OK: all of
 * them are dealt with and need not be kept.
 */
typedef enum err spool_send_fn(void *arg, const struct str *entries, size_t n);

/*
 * Prepare; touches no file yet.
 *
 * state_dir  [server] state_dir; borrowed.  The folder itself must exist.
 *
 * Owns: spool_free(), which leaves the files for the next process.
 */
struct spool *spool_new(const char *state_dir);
void spool_free(struct spool *s);

/*
 * Could settlements be kept below state_dir, should PostgreSQL go away now?
 *
 * Returns ERR_OK, or ERR_IO with the reason.  Writes nothing.
 */
ERR_MUST_USE enum err spool_check(const char *state_dir, struct errbuf *e);

/*
 * Write entries so that they survive a crash of the machine: one write and one
 * fsync for all of them.
 *
 * entries  without line feeds
 *
 * Returns ERR_OK (durable) or ERR_IO (e names the file); then nothing of it
 * is kept.  Blocks: on the disk.
 */
ERR_MUST_USE enum err spool_append(struct spool *s, const struct str *entries,
				   size_t n, struct errbuf *e);

/*
 * Hand the next entries of our own file, or of one that a dead process left, to
 * send; a file that is through is deleted.
 *
 * more  set to true when there is something left for the next call
 *
 * Returns ERR_OK, what send returned (the same entries come again), or
 * ERR_IO.
 */
ERR_MUST_USE enum err spool_replay(struct spool *s, spool_send_fn *send,
				   void *arg, bool *more, struct errbuf *e);

/* Put an entry that the database refuses where a person can look at it. */
ERR_MUST_USE enum err spool_reject(struct spool *s, struct str entry,
				   struct errbuf *e);

#endif
