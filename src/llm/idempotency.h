#ifndef SLIPWAY_LLM_IDEMPOTENCY_H
#define SLIPWAY_LLM_IDEMPOTENCY_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>

struct call;

/*
 * Idempotency-Key: a POST that spends and comes again with the same key and
 * body gets the answer that it has, byte by byte, for 24 h.  It is kept sealed
 * with a key that follows from those two, of which we keep hashes only.
 *
 *	intake	begin(): new, or what became of the first one
 *	loop	record() what the client is sent, finish() before settlement
 *	ledger	settle() keeps the answer in the transaction that charges it
 *
 * c->idem is set for a request with a key; the rest does nothing without.
 */

/*
 * Look at the header of c's request and take the key for it.
 *
 * Returns ERR_OK: go on, or answer with idempotency_replay() when *replay;
 * ERR_CONFLICT, ERR_IDEM_MISMATCH, ERR_IDEM_LOST, ERR_RATE_LIMITED,
 * ERR_INVALID_REQUEST (no such key can be) or ERR_DB.
 * Blocks: one query, only with the header.  Intake thread.
 */
ERR_MUST_USE enum err idempotency_begin(struct call *c, bool *replay);

/* It was not admitted: the key is free again.  Blocks; intake thread. */
void idempotency_drop(struct call *c);

/* Is there an answer to send again? */
bool idempotency_has_reply(const struct call *c);

/* Send it.  Loop thread; the client is open. */
void idempotency_replay(struct call *c);

/* Bytes of the body that the client is sent, heartbeats left out. */
void idempotency_record(struct call *c, struct str bytes);

/*
 * The call ends: put the whole answer into c->settle, when it was charged for
 * or done and is not too long.  After call_charge(), before settlement.
 *
 * ok  it ends as an answer, not as an error
 */
void idempotency_finish(struct call *c, bool ok, enum err err);

/*
 * The end of a stream that idempotency_finish() has written, to be sent as it
 * is: encoders count as they write, so none is asked for its end twice.
 * Empty: it is still to be written.
 */
struct str idempotency_end(const struct call *c);

/* The whole answer as it is kept, for it must not be written twice. */
struct str idempotency_kept(const struct call *c);

#endif
