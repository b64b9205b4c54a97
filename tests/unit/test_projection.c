/*
 * What a day will cost: never too low, never negative.
 */
#include "ops/projection.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
/* cmocka needs the above */
#include <cmocka.h>

static void projects(void **state)
{
	(void)state;
	struct projection g = projection_of(3, 10, 2, 0);
	assert_int_equal(g.requests, 2); /* 1.5 a day */
	assert_int_equal(g.day_pico, 8); /* 3.33 each */
	g = projection_of(3, 10, 2, 1000);
	assert_int_equal(g.requests, 1000);
	assert_int_equal(g.day_pico, 4000);
	g = projection_of(7, 7, 7, 0);
	assert_int_equal(g.requests, 1);
	assert_int_equal(g.day_pico, 1);
	g = projection_of(1, 0, 1, 5);
	assert_int_equal(g.day_pico, 0);
}

static void saturates(void **state)
{
	(void)state;
	const struct projection g = projection_of(1, INT64_MAX, 1, 1000000000);
	assert_true(g.day_pico == INT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(projects),
		cmocka_unit_test(saturates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
