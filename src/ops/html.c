/*
 * Times in pages.
 */
#include "ops/html.h"

#include "base/clock.h"

#include <time.h>

static struct tm utc(int64_t wall_ms)
{
	const time_t s = (time_t)(wall_ms / 1000);
	struct tm tm = {0};

	(void)gmtime_r(&s, &tm);
	return tm;
}

void html_day(struct buf *out, enum words_lang lang, int64_t wall_ms)
{
	const struct tm tm = utc(wall_ms);
	const char *rest = words_open(out, lang, W_DATE);

	buf_addf(out, "%d", tm.tm_mday);
	rest = words_on(out, rest);
	words_add(out, lang, (enum words_key)(W_JANUARY + tm.tm_mon));
	rest = words_on(out, rest);
	buf_addf(out, "%d%s", tm.tm_year + 1900, rest);
}

void html_time(struct buf *out, enum words_lang lang, int64_t wall_ms)
{
	const struct tm tm = utc(wall_ms);
	char at[CLOCK_TEXT_BYTES];

	buf_addf(out, "<time datetime=\"%s\">", clock_format(wall_ms, at));
	html_day(out, lang, wall_ms);
	buf_addf(out, ", %02d:%02d UTC</time>", tm.tm_hour, tm.tm_min);
}

void html_duration(struct buf *out, enum words_lang lang, int64_t seconds)
{
	static const struct {
		int64_t seconds;
		enum words_key one;
	} units[] = {
		{86400, W_DAY}, {3600, W_HOUR}, {60, W_MINUTE}, {1, W_SECOND}};
	size_t i = 0;

	while (units[i].seconds > 1 && seconds < 2 * units[i].seconds &&
	       seconds != units[i].seconds)
		i++;
	words_count(out, lang, seconds / units[i].seconds, units[i].one);
}
