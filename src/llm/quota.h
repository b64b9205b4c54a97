#ifndef SLIPWAY_LLM_QUOTA_H
#define SLIPWAY_LLM_QUOTA_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What a provider says of our limits there, in the headers of an answer:
 * OpenAI's x-ratelimit-*-requests and -tokens and what imitates them, and
 * Anthropic's anthropic-ratelimit-*.  Absent is -1.
 */
struct upstream_quota {
	int64_t limit_requests;
	int64_t remaining_requests;
	int64_t reset_requests_ms; /* from now */
	int64_t limit_tokens;
	int64_t remaining_tokens;
	int64_t reset_tokens_ms;
};

/* Finds a header of the answer; empty when absent. */
typedef struct str (*quota_header_fn)(const void *arg, const char *name);

/*
 * Read the headers.
 *
 * now_ms  wall clock, for resets that are given as a time (RFC 3339)
 *
 * Returns false when the provider says nothing of the kind.
 */
bool quota_read(quota_header_fn header, const void *arg, int64_t now_ms,
		struct upstream_quota *out);

/*
 * Milliseconds of a duration as OpenAI writes it ("6m0s", "1.5s", "20ms", a
 * bare number is seconds), or until an RFC 3339 time; -1 when it is neither.
 */
int64_t quota_reset_ms(struct str text, int64_t now_ms);

/* Nothing is left, of requests or of tokens: for how long; 0: something is. */
int64_t quota_exhausted_ms(const struct upstream_quota *q);

#endif
