/*
 * Headers about the limits that a provider has for us.  What is not understood
 * counts as not said.
 */
#include "llm/quota.h"

#include "base/num.h"

#include <string.h>
#include <time.h>

#define MAX_COUNT    INT64_C(1000000000000)
#define MAX_RESET_MS INT64_C(86400000)
#define TIME_BYTES   20 /* "2026-11-26T14:00:00Z" */

static int64_t count(struct str text)
{
	int64_t n = -1;

	if (num_parse_i64(str_trim(text), 0, MAX_COUNT, &n) != ERR_OK)
		return -1;
	return n;
}

/* Two or four digits at from as an int. */
static bool field(struct str text, size_t from, size_t digits, int *out)
{
	int64_t n = 0;

	if (num_parse_i64((struct str){text.p + from, digits}, 0, 9999, &n) !=
	    ERR_OK)
		return false;
	*out = (int)n;
	return true;
}

/* "2026-11-26T14:00:00Z", with or without a fraction. */
static bool read_time(struct str text, int64_t *ms)
{
	struct tm tm;

	memset(&tm, 0, sizeof(tm));
	if (text.n < TIME_BYTES || text.p[10] != 'T' ||
	    text.p[text.n - 1] != 'Z' || !field(text, 0, 4, &tm.tm_year) ||
	    !field(text, 5, 2, &tm.tm_mon) || !field(text, 8, 2, &tm.tm_mday) ||
	    !field(text, 11, 2, &tm.tm_hour) ||
	    !field(text, 14, 2, &tm.tm_min) || !field(text, 17, 2, &tm.tm_sec))
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	*ms = (int64_t)timegm(&tm) * 1000;
	return true;
}

/* The digits at the front of *text as milliseconds of units of unit_ms. */
static int64_t take_unit(struct str *text, size_t digits, int64_t unit_ms)
{
	struct str whole = {text->p, digits};
	struct str fraction = STR_NONE;
	int64_t n = 0;
	int64_t thousandths = 0;

	(void)str_cut(whole, '.', &whole, &fraction);
	if (num_parse_i64(whole, 0, MAX_RESET_MS, &n) != ERR_OK)
		return -1;
	for (size_t i = 0, place = 100; i < fraction.n && place > 0;
	     i++, place /= 10)
		thousandths += (int64_t)place * (fraction.p[i] - '0');
	return num_add(num_mul(n, unit_ms), thousandths * unit_ms / 1000);
}

static size_t digits_of(struct str text)
{
	size_t n = 0;

	while (n < text.n &&
	       ((text.p[n] >= '0' && text.p[n] <= '9') || text.p[n] == '.'))
		n++;
	return n;
}

/* The unit that text begins with; *n its length. */
static int64_t unit_of(struct str text, size_t *n)
{
	static const struct {
		const char *name;
		int64_t ms;
	} units[] = {
		{"ms", 1},      {"s", 1000},     {"m", 60000},
		{"h", 3600000}, {"d", 86400000},
	};

	*n = 0;
	if (text.n == 0)
		return 1000;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (str_starts(text, str_from(units[i].name))) {
			*n = strlen(units[i].name);
			return units[i].ms;
		}
	return -1;
}

int64_t quota_reset_ms(struct str text, int64_t now_ms)
{
	int64_t total = 0;
	int64_t when_ms = 0;

	text = str_trim(text);
	if (text.n == 0)
		return -1;
	if (read_time(text, &when_ms))
		return num_min(num_max(when_ms - now_ms, 0), MAX_RESET_MS);
	while (text.n > 0) {
		const size_t digits = digits_of(text);
		struct str rest = {text.p + digits, text.n - digits};
		size_t unit_n = 0;
		const int64_t unit_ms = unit_of(rest, &unit_n);
		if (digits == 0 || unit_ms < 0)
			return -1;
		const int64_t ms = take_unit(&text, digits, unit_ms);
		if (ms < 0)
			return -1;
		total = num_add(total, ms);
		text = (struct str){rest.p + unit_n, rest.n - unit_n};
	}
	return num_min(total, MAX_RESET_MS);
}

/* The names of one dialect, in the order of struct upstream_quota. */
static const char *const names[][6] = {
	{"x-ratelimit-limit-requests", "x-ratelimit-remaining-requests",
	 "x-ratelimit-reset-requests", "x-ratelimit-limit-tokens",
	 "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"},
	{"anthropic-ratelimit-requests-limit",
	 "anthropic-ratelimit-requests-remaining",
	 "anthropic-ratelimit-requests-reset",
	 "anthropic-ratelimit-tokens-limit",
	 "anthropic-ratelimit-tokens-remaining",
	 "anthropic-ratelimit-tokens-reset"},
};

bool quota_read(quota_header_fn header, const void *arg, int64_t now_ms,
		struct upstream_quota *out)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *const *const n = names[i];
		*out = (struct upstream_quota){
			.limit_requests = count(header(arg, n[0])),
			.remaining_requests = count(header(arg, n[1])),
			.reset_requests_ms =
				quota_reset_ms(header(arg, n[2]), now_ms),
			.limit_tokens = count(header(arg, n[3])),
			.remaining_tokens = count(header(arg, n[4])),
			.reset_tokens_ms =
				quota_reset_ms(header(arg, n[5]), now_ms),
		};
		if (out->remaining_requests >= 0 || out->remaining_tokens >= 0)
			return true;
	}
	return false;
}

int64_t quota_exhausted_ms(const struct upstream_quota *q)
{
	int64_t ms = 0;

	if (q->remaining_requests == 0)
		ms = num_max(ms, q->reset_requests_ms);
	if (q->remaining_tokens == 0)
		ms = num_max(ms, q->reset_tokens_ms);
	return ms;
}
