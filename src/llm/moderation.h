#ifndef SLIPWAY_LLM_MODERATION_H
#define SLIPWAY_LLM_MODERATION_H

#include <stdbool.h>
#include <stdint.h>

struct call;

/*
 * The moderation model of [guard] or a feature: a provider's /moderations
 * judges what is new in a question, as the guard left it.  It is asked while
 * passages are retrieved, else before the first attempt; no model sees the
 * question before it was judged.  What is flagged is refused like what the
 * guard itself refuses; what was not judged in time is refused or passes, as
 * moderation_fail says.
 *
 *	intake	prepare(): writes the request
 *	ledger	begin(): has the loop send it
 *	loop	wait() for the verdict, then take() it
 *
 * The request is an attempt of the call like others, with its price in the
 * reservation: free at OpenAI, but never unrecorded.
 */
struct moderation;

/* Intake thread, behind guarded_question(): sets c->moderation, if any. */
void moderation_prepare(struct call *c);

/* What it can cost at most; 0 without. */
int64_t moderation_bound_pico(const struct call *c);

/* The call is admitted and an intake thread goes on with it.  Any thread. */
void moderation_begin(struct call *c);

/*
 * Loop thread: is the verdict still to come?  Then then(c) is called when it is
 * there.
 */
bool moderation_wait(struct call *c, void (*then)(struct call *c));

/* Loop thread: note the verdict; sets c->guard.refused. */
void moderation_take(struct call *c);

/* Loop thread: the call ends; note what was asked, if nobody has. */
void moderation_drop(struct call *c);

#endif
