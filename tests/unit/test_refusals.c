/*
 * What a process remembers of its last admissions.
 */
#include "auth/refusals.h"

#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ARENA_BYTES ((size_t)4 * 1024 * 1024)
#define NOW         INT64_C(1000000)
#define LIMIT       5

static struct arena arena;
static struct refusals *refusals;
static const struct str home = {"192.0.2.1", 9};
static const struct str other = {"192.0.2.2", 9};

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena, ARENA_BYTES);
	refusals = refusals_new(&arena, LIMIT);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

static struct ledger_admit call_of(unsigned char key, int64_t input_pico)
{
	struct ledger_admit in = {.input_pico = input_pico};

	memset(in.key_hash, key, sizeof(in.key_hash));
	in.key_hash[1] = (unsigned char)(key >> 1);
	return in;
}

static void note(const struct ledger_admit *in, struct str address, int64_t at,
		 enum err verdict, int64_t retry_ms)
{
	const struct ledger_admission a = {.verdict = verdict,
					   .retry_after_ms = retry_ms};

	refusals_note(refusals, in, address, at, &a);
}

static bool refused(const struct ledger_admit *in, struct str address,
		    int64_t at, struct ledger_admission *out)
{
	memset(out, 0, sizeof(*out));
	return refusals_find(refusals, in, address, at, out);
}

static void over_the_rpm_until_the_retry_time(void **state)
{
	const struct ledger_admit in = call_of(1, 0);
	struct ledger_admission out;

	(void)state;
	assert_false(refused(&in, home, NOW, &out));
	note(&in, home, NOW, ERR_RATE_LIMITED, 6000);
	assert_true(refused(&in, home, NOW + 2000, &out));
	assert_int_equal(out.verdict, ERR_RATE_LIMITED);
	assert_int_equal(out.retry_after_ms, 4000);
	assert_false(refused(&in, home, NOW + 6000, &out));
}

static void over_a_cap_only_what_did_not_fit(void **state)
{
	const struct ledger_admit large = call_of(1, 1000);
	const struct ledger_admit small = call_of(1, 999);
	struct ledger_admission out;

	(void)state;
	note(&large, home, NOW, ERR_USER_CAP, 3600000);
	assert_true(refused(&large, home, NOW + 1, &out));
	assert_int_equal(out.verdict, ERR_USER_CAP);
	assert_false(refused(&small, home, NOW + 1, &out));
	assert_false(refused(&large, home, NOW + REFUSALS_CAP_MS, &out));
	note(&large, home, NOW, ERR_SYSTEM_CAP, 1000);
	assert_false(refused(&large, home, NOW + 1000, &out));
}

static void good_keys_and_trouble_are_not_refused(void **state)
{
	const struct ledger_admit in = call_of(1, 0);
	struct ledger_admission out;

	(void)state;
	note(&in, home, NOW, ERR_OK, 0);
	assert_false(refused(&in, home, NOW + 1, &out));
	note(&in, home, NOW, ERR_DB, 0);
	assert_false(refused(&in, home, NOW + 1, &out));
	note(&in, home, NOW, ERR_PAUSED, 0);
	assert_false(refused(&in, home, NOW + 1, &out));
}

static void unknown_keys_and_the_address_they_come_from(void **state)
{
	const struct ledger_admit good = call_of(200, 0);
	struct ledger_admission out;

	(void)state;
	note(&good, home, NOW, ERR_OK, 0);
	note(&good, home, NOW + 1, ERR_USER_CAP, 1);
	for (unsigned char k = 1; k <= LIMIT; k++) {
		const struct ledger_admit in = call_of(k, 0);
		assert_false(refused(&in, home, NOW, &out));
		note(&in, home, NOW, ERR_UNAUTHORIZED, 0);
		assert_true(refused(&in, home, NOW + 1, &out));
		assert_int_equal(out.verdict, ERR_UNAUTHORIZED);
	}
	const struct ledger_admit fresh = call_of(100, 0);
	assert_true(refused(&fresh, home, NOW + 1000, &out));
	assert_int_equal(out.verdict, ERR_RATE_LIMITED);
	assert_int_equal(out.retry_after_ms, REFUSALS_MINUTE_MS - 1000);
	assert_false(refused(&good, home, NOW + 2 + REFUSALS_CAP_MS, &out));
	assert_false(refused(&fresh, other, NOW + 1000, &out));
	assert_false(refused(&fresh, home, NOW + REFUSALS_MINUTE_MS, &out));
	/* who shares the address and asks seldom is let through, too */
	for (unsigned char i = 0; i < LIMIT; i++) {
		const struct ledger_admit guess = call_of(i, 0);
		note(&guess, home, NOW + 3600000, ERR_UNAUTHORIZED, 0);
	}
	assert_true(refused(&fresh, home, NOW + 3600000 + 1, &out));
	assert_false(refused(&good, home, NOW + 3600000 + 1, &out));
}

static void memory_is_bounded(void **state)
{
	struct ledger_admit in = call_of(7, 0);
	struct ledger_admission out;
	size_t remembered = 0;
	const size_t used = arena.used_bytes;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		memcpy(in.key_hash + 4, &i, sizeof(i));
		note(&in, STR_NONE, NOW, ERR_UNAUTHORIZED, 0);
	}
	for (int i = 0; i < 100000; i++) {
		memcpy(in.key_hash + 4, &i, sizeof(i));
		remembered += refused(&in, STR_NONE, NOW + 1, &out) ? 1 : 0;
	}
	assert_in_range(remembered, 1, 4);
	assert_int_equal(arena.used_bytes, used);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			over_the_rpm_until_the_retry_time, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			over_a_cap_only_what_did_not_fit, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			good_keys_and_trouble_are_not_refused, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			unknown_keys_and_the_address_they_come_from, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(memory_is_bounded, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
