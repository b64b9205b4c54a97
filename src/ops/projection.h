#ifndef SLIPWAY_OPS_PROJECTION_H
#define SLIPWAY_OPS_PROJECTION_H

#include <stdint.h>

/* What a day will cost, by what calls have cost so far. */
struct projection {
	int64_t requests;
	int64_t day_pico;
};

/*
 * Project calls that cost cost_pico together and came in so many days.  It is
 * rounded up.
 *
 * calls, days  not 0
 * expected     requests a day; 0: as many as there were
 */
struct projection projection_of(int64_t calls, int64_t cost_pico, int64_t days,
				int64_t expected);

#endif
