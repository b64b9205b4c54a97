/*
 * When a failed attempt is made again, and after how long.
 */
#include "llm/retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void only_failures_that_cost_nothing_are_tried_again(void **state)
{
	(void)state;
	for (int e = 0; e < ERR_MAX; e++)
		assert_int_equal(retry_is_useful((enum err)e),
				 e == ERR_UPSTREAM || e == ERR_UPSTREAM_RATE);
}

static void the_wait_grows_and_is_spread(void **state)
{
	(void)state;
	assert_int_equal(retry_delay_ms(1, -1, 0), 0);
	assert_int_equal(retry_delay_ms(1, -1, RETRY_BASE_MS), RETRY_BASE_MS);
	assert_int_equal(retry_delay_ms(2, -1, 2 * RETRY_BASE_MS),
			 2 * RETRY_BASE_MS);
	for (uint64_t r = 0; r < 100000; r += 77)
		assert_in_range(retry_delay_ms(2, -1, r), 0, 2 * RETRY_BASE_MS);
}

static void the_provider_is_obeyed_within_bounds(void **state)
{
	(void)state;
	assert_int_equal(retry_delay_ms(1, 0, 5), 0);
	assert_int_equal(retry_delay_ms(1, 1500, 5), 1500);
	assert_int_equal(retry_delay_ms(2, RETRY_AFTER_MAX_MS, 5),
			 RETRY_AFTER_MAX_MS);
	assert_int_equal(retry_delay_ms(1, RETRY_AFTER_MAX_MS + 1, 5), -1);
	assert_int_equal(retry_delay_ms(1, INT64_MAX, 5), -1);
}

static void three_attempts_are_all(void **state)
{
	(void)state;
	assert_int_equal(retry_delay_ms(RETRY_MAX_ATTEMPTS, -1, 0), -1);
	assert_int_equal(retry_delay_ms(RETRY_MAX_ATTEMPTS, 0, 0), -1);
}

/* Every call to a dead provider wants two retries: how many does it get? */
static void a_dead_provider_sees_a_fifth_more(void **state)
{
	struct retry_budget b = {0};
	const int calls = 10000;
	int retries = 0;

	(void)state;
	for (int i = 0; i < calls; i++) {
		retry_budget_earn(&b);
		for (int attempt = 1; attempt < RETRY_MAX_ATTEMPTS; attempt++)
			retries += retry_budget_take(&b) ? 1 : 0;
	}
	assert_in_range(retries, 1, calls / 5 + RETRY_SAVED_FIFTHS / 5);
	assert_true(retries >= calls / 5 - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			only_failures_that_cost_nothing_are_tried_again),
		cmocka_unit_test(the_wait_grows_and_is_spread),
		cmocka_unit_test(the_provider_is_obeyed_within_bounds),
		cmocka_unit_test(three_attempts_are_all),
		cmocka_unit_test(a_dead_provider_sees_a_fifth_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
