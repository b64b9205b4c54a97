/*
 * What a launch will cost: the average call, as often as it is expected.
 */
#include "ops/projection.h"

#include "base/num.h"

static int64_t divide_up(int64_t a, int64_t b)
{
	return a / b + (a % b > 0);
}

struct projection projection_of(int64_t calls, int64_t cost_pico, int64_t days,
				int64_t expected)
{
	const int64_t requests =
		expected > 0 ? expected : divide_up(calls, days);

	return (struct projection){
		.requests = requests,
		.day_pico = num_mul(divide_up(cost_pico, calls), requests),
	};
}
