#ifndef SLIPWAY_BASE_CLOCK_H
#define SLIPWAY_BASE_CLOCK_H

#include <stdint.h>

struct timespec;

/* Longest text of clock_format(), with its NUL. */
#define CLOCK_TEXT_BYTES 32

/* Monotonic time, for durations and timers. */
int64_t clock_mono_ms(void);
int64_t clock_mono_us(void);

/* Wall clock since 1970-01-01 UTC, for the log and the ledger's rows. */
int64_t clock_wall_ms(void);

/* How long ago the wall clock showed t; negative: that is still to come. */
int64_t clock_age_ms(const struct timespec *t);

/* wall_ms as RFC 3339 in UTC with milliseconds.  Returns out. */
const char *clock_format(int64_t wall_ms, char out[static CLOCK_TEXT_BYTES]);

/*
 * The same as mail and feeds have it (RFC 5322, 3.3), to the second, in UTC:
 * "Thu, 26 Nov 2026 13:50:00 +0000".  Returns out.
 */
const char *clock_format_mail(int64_t wall_ms,
			      char out[static CLOCK_TEXT_BYTES]);

#endif
