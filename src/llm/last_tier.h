#ifndef SLIPWAY_LLM_LAST_TIER_H
#define SLIPWAY_LLM_LAST_TIER_H

#include "base/err.h"

#include <stdbool.h>

struct call;

/*
 * The last place of every route for people: when no model answers, they get
 * passages of the documents, or a canned sentence with the incident id.  It
 * needs no provider and costs nothing.  Programs (the compatible APIs) get the
 * error instead, as they cannot tell such an answer from a real one.
 */

/* Add it to the route of c, when its feature and its dialect have one. */
void last_tier_add(struct call *c);

/* Is the step at index of c's route the last tier? */
bool last_tier_is(const struct call *c, size_t step);

/* May a call that failed like this end in the last tier? */
bool last_tier_helps(enum err err);

/* Answer from the built-in provider of the current step. */
void last_tier_start(struct call *c);

/* Split the passages of c for the provider `extract`.  From any thread. */
void last_tier_split(struct call *c);

#endif
