/*
 * base/err: every enum err has a complete row, and its public code finds it
 * again.
 */
#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void every_error_has_a_row(void **state)
{
	(void)state;
	for (int i = ERR_OK; i < ERR_MAX; i++) {
		const struct err_entry *const row = err_entry((enum err)i);
		assert_non_null(row->code);
		assert_non_null(row->message);
		assert_true(strlen(row->code) > 0);
		assert_int_equal(
			strspn(row->code, "abcdefghijklmnopqrstuvwxyz_"),
			strlen(row->code));
		/* a sentence */
		assert_int_equal(row->message[strlen(row->message) - 1], '.');
		assert_in_range(row->message[0], 'A', 'Z');
		if (i == ERR_OK)
			assert_int_equal(row->status, 200);
		else
			assert_in_range(row->status, 400, 599);
	}
}

static void codes_are_unique_and_round_trip(void **state)
{
	(void)state;
	for (int i = ERR_OK; i < ERR_MAX; i++)
		assert_int_equal(err_from_code(err_entry((enum err)i)->code),
				 i);
}

static void unknown_codes_are_our_bug(void **state)
{
	(void)state;
	assert_int_equal(err_from_code("no_such_code"), ERR_INTERNAL);
	assert_int_equal(err_from_code(""), ERR_INTERNAL);
	assert_int_equal(err_from_code("OK"), ERR_INTERNAL);
	assert_int_equal(err_from_code("user_ca"), ERR_INTERNAL);
	assert_int_equal(err_from_code("user_caps"), ERR_INTERNAL);
}

/* What clients do with an error must not change by accident. */
static void contract_of_the_refusals(void **state)
{
	(void)state;
	assert_int_equal(err_entry(ERR_INVALID_JSON)->status, 400);
	assert_string_equal(err_entry(ERR_INVALID_JSON)->code, "invalid_json");
	assert_int_equal(err_entry(ERR_INVALID_REQUEST)->status, 400);
	assert_string_equal(err_entry(ERR_INVALID_REQUEST)->code,
			    "invalid_request");
	assert_int_equal(err_entry(ERR_UNAUTHORIZED)->status, 401);
	assert_int_equal(err_entry(ERR_CONFLICT)->status, 409);
	assert_true(err_entry(ERR_CONFLICT)->retryable);
	assert_int_equal(err_entry(ERR_IDEM_MISMATCH)->status, 422);
	assert_int_equal(err_entry(ERR_IDEM_LOST)->status, 409);
	assert_false(err_entry(ERR_IDEM_LOST)->retryable);
	assert_int_equal(err_entry(ERR_RATE_LIMITED)->status, 429);
	assert_true(err_entry(ERR_RATE_LIMITED)->retryable);
	assert_int_equal(err_entry(ERR_KEY_CAP)->status, 429);
	assert_false(err_entry(ERR_KEY_CAP)->retryable);
	assert_int_equal(err_entry(ERR_USER_CAP)->status, 429);
	assert_false(err_entry(ERR_USER_CAP)->retryable);
	assert_int_equal(err_entry(ERR_TENANT_CAP)->status, 429);
	assert_false(err_entry(ERR_TENANT_CAP)->retryable);
	assert_int_equal(err_entry(ERR_SYSTEM_CAP)->status, 503);
	assert_false(err_entry(ERR_SYSTEM_CAP)->retryable);
	assert_int_equal(err_entry(ERR_DB)->status, 503);
	assert_int_equal(err_entry(ERR_BUSY)->status, 503);
	assert_true(err_entry(ERR_BUSY)->retryable);
}

static void set_records_and_returns(void **state)
{
	struct errbuf e = {0};

	(void)state;
	assert_int_equal(
		err_set(&e, ERR_DB, "no %s after %d tries", "answer", 3),
		ERR_DB);
	assert_int_equal(e.code, ERR_DB);
	assert_string_equal(e.detail, "no answer after 3 tries");
}

static void set_keeps_the_first_cause(void **state)
{
	struct errbuf e = {0};

	(void)state;
	(void)err_set(&e, ERR_DB, "cause");
	assert_int_equal(err_set(&e, ERR_INTERNAL, "consequence"),
			 ERR_INTERNAL);
	assert_int_equal(e.code, ERR_DB);
	assert_string_equal(e.detail, "cause");
	err_clear(&e);
	assert_int_equal(e.code, ERR_OK);
	assert_string_equal(e.detail, "");
	(void)err_set(&e, ERR_IO, "next");
	assert_string_equal(e.detail, "next");
}

static void set_cuts_what_does_not_fit(void **state)
{
	char guard[ERR_DETAIL_BYTES * 2];
	struct errbuf e = {0};

	(void)state;
	memset(guard, 'x', sizeof(guard) - 1);
	guard[sizeof(guard) - 1] = '\0';
	(void)err_set(&e, ERR_IO, "%s", guard);
	assert_int_equal(strlen(e.detail), ERR_DETAIL_BYTES - 1);
}

static void set_without_a_place_only_returns(void **state)
{
	(void)state;
	assert_int_equal(err_set(NULL, ERR_IO, "nobody reads %s", "this"),
			 ERR_IO);
}

static enum err run_try(enum err err, int *reached)
{
	ERR_TRY(err);
	*reached = 1;
	return ERR_OK;
}

static void try_returns_on_failure_only(void **state)
{
	int reached = 0;

	(void)state;
	assert_int_equal(run_try(ERR_IO, &reached), ERR_IO);
	assert_int_equal(reached, 0);
	assert_int_equal(run_try(ERR_OK, &reached), ERR_OK);
	assert_int_equal(reached, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_error_has_a_row),
		cmocka_unit_test(codes_are_unique_and_round_trip),
		cmocka_unit_test(unknown_codes_are_our_bug),
		cmocka_unit_test(contract_of_the_refusals),
		cmocka_unit_test(set_records_and_returns),
		cmocka_unit_test(set_keeps_the_first_cause),
		cmocka_unit_test(set_cuts_what_does_not_fit),
		cmocka_unit_test(set_without_a_place_only_returns),
		cmocka_unit_test(try_returns_on_failure_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
