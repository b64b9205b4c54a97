/*
 * auth/challenge: what is made can be solved, and nothing else passes: not
 * another's, not an old one, not half of the work.
 */
#include "auth/challenge.h"
#include "base/arena.h"
#include "base/num.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* cmocka needs the above */
#include <cmocka.h>

#define NOW_MS INT64_C(1795701600000) /* 2026-11-26T14:00:00Z */
#define BITS   4

static const struct str secret = {"0123456789abcdef0123456789abcdef", 32};

/* Numbers that solve a challenge, found with the check itself. */
struct work {
	char challenge[CHALLENGE_BYTES];
	long numbers[CHALLENGE_PUZZLES];
	char solution[CHALLENGE_PUZZLES * 21];
};

static void write_solution(struct work *w)
{
	size_t n = 0;

	for (size_t i = 0; i < CHALLENGE_PUZZLES; i++)
		n += (size_t)snprintf(w->solution + n, sizeof(w->solution) - n,
				      "%s%ld", i == 0 ? "" : ",",
				      w->numbers[i]);
}

static enum err check_at(const struct work *w, int64_t now_ms, struct errbuf *e)
{
	err_clear(e);
	return challenge_check(secret, str_from(w->challenge),
			       str_from(w->solution), now_ms, e);
}

/* The number of the first puzzle that is not solved; all: how many there are.
 */
static size_t first_wrong(const struct work *w)
{
	const struct str words = STR("number ");
	struct errbuf e = {0};
	struct str number;
	struct str rest;
	int64_t i = 0;

	if (check_at(w, NOW_MS, &e) == ERR_OK)
		return CHALLENGE_PUZZLES;
	assert_true(str_starts(str_from(e.detail), words));
	(void)str_cut(str_from(e.detail + words.n), ' ', &number, &rest);
	assert_int_equal(num_parse_i64(number, 0, INT64_MAX, &i), ERR_OK);
	return (size_t)i;
}

static void work(struct work *w)
{
	memset(w, 0, sizeof(*w));
	challenge_make(secret, BITS, NOW_MS, w->challenge);
	write_solution(w);
	for (size_t i = first_wrong(w); i < CHALLENGE_PUZZLES;
	     i = first_wrong(w)) {
		w->numbers[i]++;
		assert_true(w->numbers[i] < 10000);
		write_solution(w);
	}
}

static void solved(void **state)
{
	struct errbuf e = {0};
	struct work w;

	(void)state;
	work(&w);
	assert_int_equal(check_at(&w, NOW_MS, &e), ERR_OK);
	assert_int_equal(check_at(&w, NOW_MS + CHALLENGE_TTL_MS - 1, &e),
			 ERR_OK);
	assert_int_equal(check_at(&w, NOW_MS + CHALLENGE_TTL_MS, &e),
			 ERR_FORBIDDEN);
	assert_non_null(strstr(e.detail, "too old"));
}

/* Two challenges of the same moment differ. */
static void each_is_its_own(void **state)
{
	struct errbuf e = {0};
	struct work a;
	struct work b;

	(void)state;
	work(&a);
	work(&b);
	assert_string_not_equal(a.challenge, b.challenge);
	memcpy(b.solution, a.solution, sizeof(b.solution));
	assert_int_equal(check_at(&b, NOW_MS, &e), ERR_FORBIDDEN);
}

/* Every single byte of it is under the signature. */
static void forged(void **state)
{
	struct errbuf e = {0};
	struct work w;

	(void)state;
	work(&w);
	for (size_t i = 0; w.challenge[i] != '\0'; i++) {
		const char was = w.challenge[i];
		w.challenge[i] = was == '1' ? '2' : '1';
		assert_int_equal(check_at(&w, NOW_MS, &e), ERR_FORBIDDEN);
		assert_non_null(strstr(e.detail, "no challenge of this"));
		w.challenge[i] = was;
	}
	assert_int_equal(challenge_check(STR("another secret"),
					 str_from(w.challenge),
					 str_from(w.solution), NOW_MS, &e),
			 ERR_FORBIDDEN);
	assert_int_equal(check_at(&w, NOW_MS, &e), ERR_OK);
}

static void malformed(void **state)
{
	static const char *const challenges[] = {
		"",
		".",
		"...",
		"1795701600000.4.x.y",
		"99999999999999.1..",
		("99999999999999.1.AAAAAAAAAAAAAAAAAAAAAA."
		 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
	};
	char overlong[CHALLENGE_BYTES * 2];
	struct errbuf e = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(challenges) / sizeof(*challenges); i++)
		assert_int_equal(challenge_check(secret,
						 str_from(challenges[i]),
						 STR("0"), NOW_MS, &e),
				 ERR_FORBIDDEN);
	memset(overlong, '1', sizeof(overlong));
	assert_int_equal(
		challenge_check(secret,
				(struct str){overlong, sizeof(overlong)},
				STR("0"), NOW_MS, &e),
		ERR_FORBIDDEN);
	assert_int_equal(
		challenge_check(secret, STR_NONE, STR_NONE, NOW_MS, &e),
		ERR_FORBIDDEN);
}

/* The solution of w with another end behind its last comma. */
static enum err check_end(const struct work *w, const char *end,
			  struct errbuf *e)
{
	const size_t n = (size_t)(strrchr(w->solution, ',') - w->solution);
	char text[sizeof(w->solution) + 32];

	err_clear(e);
	(void)snprintf(text, sizeof(text), "%.*s%s", (int)n, w->solution, end);
	return challenge_check(secret, str_from(w->challenge), str_from(text),
			       NOW_MS, e);
}

/* Fifteen of sixteen are nothing, and a number is written as one. */
static void half_solved(void **state)
{
	static const char *const ends[] = {
		"", ",", ",x", ",-1", ",0x1", ",99999999999999999999"};
	struct errbuf e = {0};
	char end[64];
	struct work w;

	(void)state;
	work(&w);
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		assert_int_equal(check_end(&w, ends[i], &e), ERR_FORBIDDEN);
		assert_non_null(strstr(e.detail, "number 15"));
	}
	/* what comes after the last is not looked at, nor worth anything */
	(void)snprintf(end, sizeof(end), ",%ld,5",
		       w.numbers[CHALLENGE_PUZZLES - 1]);
	assert_int_equal(check_end(&w, end, &e), ERR_OK);
}

/* The more bits, the more work: the solution of an easy one is too little. */
static void harder(void **state)
{
	struct errbuf e = {0};
	struct work w;

	(void)state;
	work(&w);
	challenge_make(secret, 24, NOW_MS, w.challenge);
	assert_int_equal(check_at(&w, NOW_MS, &e), ERR_FORBIDDEN);
	/* more than is taken from anybody: ours, and yet not a challenge */
	challenge_make(secret, 25, NOW_MS, w.challenge);
	assert_int_equal(check_at(&w, NOW_MS, &e), ERR_FORBIDDEN);
	assert_non_null(strstr(e.detail, "no challenge of this"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(solved),
		cmocka_unit_test(each_is_its_own),
		cmocka_unit_test(forged),
		cmocka_unit_test(malformed),
		cmocka_unit_test(half_solved),
		cmocka_unit_test(harder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
