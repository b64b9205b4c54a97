/*
 * Times in pages.
 */
#include "ops/html.h"

#include "base/clock.h"

#include <inttypes.h>
#include <time.h>

#define MONTH_BYTES 16

static struct tm utc(int64_t wall_ms)
{
	const time_t s = (time_t)(wall_ms / 1000);
	struct tm tm = {0};

	(void)gmtime_r(&s, &tm);
	return tm;
}

void html_day(struct buf *out, int64_t wall_ms)
{
	char month[MONTH_BYTES];
	const struct tm tm = utc(wall_ms);

	/* in English: no program of ours sets a locale */
	(void)strftime(month, sizeof(month), "%b", &tm);
	buf_addf(out, "%d %s %d", tm.tm_mday, month, tm.tm_year + 1900);
}

void html_time(struct buf *out, int64_t wall_ms)
{
	const struct tm tm = utc(wall_ms);
	char at[CLOCK_TEXT_BYTES];

	buf_addf(out, "<time datetime=\"%s\">", clock_format(wall_ms, at));
	html_day(out, wall_ms);
	buf_addf(out, ", %02d:%02d UTC</time>", tm.tm_hour, tm.tm_min);
}

void html_duration(struct buf *out, int64_t seconds)
{
	static const struct {
		int64_t seconds;
		const char *name;
	} units[] = {
		{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
	size_t i = 0;

	while (units[i].seconds > 1 && seconds < 2 * units[i].seconds &&
	       seconds != units[i].seconds)
		i++;
	const int64_t n = seconds / units[i].seconds;
	buf_addf(out, "%" PRId64 " %s%s", n, units[i].name, n == 1 ? "" : "s");
}
