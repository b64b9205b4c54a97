/*
 * When to try again, and how long to wait: pure arithmetic, used by the loop's
 * part of a call.
 */
#include "llm/retry.h"

#define FIFTHS_PER_RETRY 5

void retry_budget_earn(struct retry_budget *b)
{
	if (b->taken_fifths > 0)
		b->taken_fifths--;
}

bool retry_budget_take(struct retry_budget *b)
{
	if (b->taken_fifths + FIFTHS_PER_RETRY > RETRY_SAVED_FIFTHS)
		return false;
	b->taken_fifths += FIFTHS_PER_RETRY;
	return true;
}

bool retry_is_useful(enum err err)
{
	return err == ERR_UPSTREAM || err == ERR_UPSTREAM_RATE;
}

int64_t retry_delay_ms(int attempt, int64_t retry_after_ms, uint64_t random)
{
	int64_t window = RETRY_BASE_MS;

	if (attempt >= RETRY_MAX_ATTEMPTS ||
	    retry_after_ms > RETRY_AFTER_MAX_MS)
		return -1;
	if (retry_after_ms >= 0)
		return retry_after_ms;
	for (int i = 1; i < attempt && window < RETRY_MAX_MS; i++)
		window *= 2;
	if (window > RETRY_MAX_MS)
		window = RETRY_MAX_MS;
	return (int64_t)(random % (uint64_t)(window + 1));
}
