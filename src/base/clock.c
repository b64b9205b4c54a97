/*
 * The only file that asks the system for the time.
 */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t read_us(clockid_t id)
{
	struct timespec ts = {0, 0};

	(void)clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t clock_mono_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

int64_t clock_mono_ms(void)
{
	return clock_mono_us() / 1000;
}

int64_t clock_wall_ms(void)
{
	return read_us(CLOCK_REALTIME) / 1000;
}

int64_t clock_age_ms(const struct timespec *t)
{
	return clock_wall_ms() -
	       ((int64_t)t->tv_sec * 1000 + t->tv_nsec / 1000000);
}

const char *clock_format(int64_t wall_ms, char out[static CLOCK_TEXT_BYTES])
{
	const time_t s = (time_t)(wall_ms / 1000);
	struct tm tm;

	out[0] = '\0';
	if (gmtime_r(&s, &tm) == NULL)
		return out;
	const size_t n =
		strftime(out, CLOCK_TEXT_BYTES, "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(out + n, CLOCK_TEXT_BYTES - n, ".%03dZ",
		       (int)(wall_ms % 1000));
	return out;
}

const char *clock_format_mail(int64_t wall_ms,
			      char out[static CLOCK_TEXT_BYTES])
{
	const time_t s = (time_t)(wall_ms / 1000);
	struct tm tm;

	out[0] = '\0';
	/* in English: no program of ours sets a locale */
	if (gmtime_r(&s, &tm) != NULL)
		(void)strftime(out, CLOCK_TEXT_BYTES,
			       "%a, %d %b %Y %H:%M:%S +0000", &tm);
	return out;
}
