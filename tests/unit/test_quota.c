/*
 * What providers say of our limits in their headers.
 */
#include "llm/quota.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka needs the above */
#include <cmocka.h>

#define NOW_MS INT64_C(1795701600000) /* 2026-11-26T14:00:00Z */

struct header {
	const char *name;
	const char *value;
};

static struct str find(const void *arg, const char *name)
{
	for (const struct header *h = arg; h->name != NULL; h++)
		if (strcmp(h->name, name) == 0)
			return str_from(h->value);
	return STR_NONE;
}

static void resets(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} cases[] = {
		{"1s", 1000},
		{"6m0s", 360000},
		{"20ms", 20},
		{"1.5s", 1500},
		{"1h2m3.25s", 3723250},
		{"30", 30000},
		{"2026-11-26T14:00:05Z", 5000},
		{"2026-11-26T14:00:05.75Z", 5000},
		{"2026-11-26T13:00:00Z", 0},
		{"2099-01-01T00:00:00Z", 86400000},
		{"999999h", 86400000},
		{"", -1},
		{"soon", -1},
		{"5 parsecs", -1},
		{"s", -1},
		{"-1s", -1},
		{"2026-11-26", -1},
		{"2026-xx-26T14:00:05Z", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
			quota_reset_ms(str_from(cases[i].text), NOW_MS),
			cases[i].ms);
}

static void openai(void **state)
{
	static const struct header headers[] = {
		{"x-ratelimit-limit-requests", "500"},
		{"x-ratelimit-remaining-requests", "499"},
		{"x-ratelimit-reset-requests", "120ms"},
		{"x-ratelimit-limit-tokens", "30000"},
		{"x-ratelimit-remaining-tokens", "0"},
		{"x-ratelimit-reset-tokens", "6s"},
		{NULL, NULL},
	};
	struct upstream_quota q;

	(void)state;
	assert_true(quota_read(find, headers, NOW_MS, &q));
	assert_int_equal(q.limit_requests, 500);
	assert_int_equal(q.remaining_requests, 499);
	assert_int_equal(q.limit_tokens, 30000);
	assert_int_equal(quota_exhausted_ms(&q), 6000);
}

static void anthropic(void **state)
{
	static const struct header headers[] = {
		{"anthropic-ratelimit-requests-limit", "50"},
		{"anthropic-ratelimit-requests-remaining", "0"},
		{"anthropic-ratelimit-requests-reset", "2026-11-26T14:00:30Z"},
		{NULL, NULL},
	};
	struct upstream_quota q;

	(void)state;
	assert_true(quota_read(find, headers, NOW_MS, &q));
	assert_int_equal(q.limit_tokens, -1);
	assert_int_equal(quota_exhausted_ms(&q), 30000);
}

static void nothing_and_nonsense(void **state)
{
	static const struct header headers[] = {
		{"x-ratelimit-remaining-requests", "many"},
		{"x-ratelimit-reset-requests", "6s"},
		{NULL, NULL},
	};
	struct upstream_quota q;

	(void)state;
	assert_false(quota_read(find, headers, NOW_MS, &q));
	assert_false(quota_read(find, &headers[2], NOW_MS, &q));
	assert_int_equal(quota_exhausted_ms(&q), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resets),
		cmocka_unit_test(openai),
		cmocka_unit_test(anthropic),
		cmocka_unit_test(nothing_and_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
