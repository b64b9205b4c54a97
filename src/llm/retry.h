#ifndef SLIPWAY_LLM_RETRY_H
#define SLIPWAY_LLM_RETRY_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define RETRY_MAX_ATTEMPTS 3
#define RETRY_BASE_MS      250
#define RETRY_MAX_MS       8000
/* A longer Retry-After is not waited for: the next of the route is asked. */
#define RETRY_AFTER_MAX_MS 10000

/*
 * The retry budget of a process: each call adds a fifth of a retry and each
 * retry takes one, so a dead provider sees at most 1.2 times the offered load
 * (plus the few saved in quiet times).  Loop thread only; zeroed is full.
 */
struct retry_budget {
	int64_t taken_fifths;
};

#define RETRY_SAVED_FIFTHS 50 /* ten retries without any call */

/* A first attempt was made. */
void retry_budget_earn(struct retry_budget *b);

/* Take one retry; false when there is none. */
bool retry_budget_take(struct retry_budget *b);

/*
 * May an attempt that failed like this be made again at the same model?  Only
 * failures that cost nothing: no connection, 408/409/429/5xx/529, an error as
 * the first event.
 */
bool retry_is_useful(enum err err);

/*
 * How long to wait before the next attempt: full jitter over an exponential
 * backoff, or what the provider asked for.
 *
 * attempt         1 after the first failure
 * retry_after_ms  of the answer; -1 when it did not say
 * random          any 64 random bits
 *
 * Returns milliseconds, or -1: do not try again.
 */
int64_t retry_delay_ms(int attempt, int64_t retry_after_ms, uint64_t random);

#endif
