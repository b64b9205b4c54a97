#ifndef SLIPWAY_LLM_CONTENT_H
#define SLIPWAY_LLM_CONTENT_H

#include "base/str.h"

struct call;
struct llm_event;

/*
 * What is kept of a question and its answer, when [feature] content says so:
 * collected on the way, given to the settlement, written by the statement that
 * charges.  By default none of this does anything.
 *
 *	intake	asked() before the guard changes the question, cleaned() after
 *	loop	said(), called(), again() as the answer goes out, finish()
 */

/* The question as it came; allocates, when something is to be kept. */
void content_asked(struct call *c);

/* What the guard left of the question; of a refused one, nothing. */
void content_cleaned(struct call *c);

/* Text, or a piece of a tool call, that the client gets. */
void content_said(struct call *c, struct str text);
void content_called(struct call *c, const struct llm_event *ev);

/* The answer begins anew. */
void content_again(struct call *c);

/* The call ends: put what is to be kept into c->settle. */
void content_finish(struct call *c);

#endif
