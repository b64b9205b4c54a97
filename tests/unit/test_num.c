/*
 * base/num: text becomes exactly the number it says, or an error.
 */
#include "base/num.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define UNTOUCHED INT64_C(-77)
#define REFUSED   INT64_C(-78)

struct row {
	const char *text;
	int64_t want; /* REFUSED: an error */
};

static void check(const struct row *row, enum err err, int64_t got)
{
	if (row->want == REFUSED) {
		if (err != ERR_INVALID_REQUEST || got != UNTOUCHED)
			fail_msg("\"%s\" was taken as %" PRId64, row->text,
				 got);
		return;
	}
	if (err != ERR_OK || got != row->want)
		fail_msg("\"%s\": error %d, %" PRId64, row->text, (int)err,
			 got);
}

static void integers(void **state)
{
	static const struct row rows[] = {
		{"0", 0},
		{"7", 7},
		{"-7", -7},
		{"007", 7},
		{"-0", 0},
		{"9223372036854775807", INT64_MAX},
		{"-9223372036854775808", INT64_MIN},
		{"9223372036854775808", REFUSED},
		{"-9223372036854775809", REFUSED},
		{"99999999999999999999999999", REFUSED},
		{"", REFUSED},
		{"-", REFUSED},
		{"--1", REFUSED},
		{"+1", REFUSED},
		{" 1", REFUSED},
		{"1 ", REFUSED},
		{"1.0", REFUSED},
		{"1e3", REFUSED},
		{"0x10", REFUSED},
		{"\xD9\xA1", REFUSED}, /* an Arabic digit */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t v = UNTOUCHED;
		const enum err err = num_parse_i64(str_from(rows[i].text),
						   INT64_MIN, INT64_MAX, &v);
		check(&rows[i], err, v);
	}
}

static void integers_respect_their_limits(void **state)
{
	int64_t v = UNTOUCHED;

	(void)state;
	assert_int_equal(num_parse_i64(STR("5"), 5, 5, &v), ERR_OK);
	assert_int_equal(v, 5);
	v = UNTOUCHED;
	assert_int_equal(num_parse_i64(STR("4"), 5, 9, &v),
			 ERR_INVALID_REQUEST);
	assert_int_equal(num_parse_i64(STR("10"), 5, 9, &v),
			 ERR_INVALID_REQUEST);
	assert_int_equal(num_parse_i64(STR_NONE, 0, 9, &v),
			 ERR_INVALID_REQUEST);
	assert_int_equal(num_parse_i64(STR("1\0"), 0, 9, &v),
			 ERR_INVALID_REQUEST);
	assert_int_equal(v, UNTOUCHED);
}

static void durations(void **state)
{
	static const struct row rows[] = {
		{"250ms", 250},
		{"15s", 15000},
		{"2m", 120000},
		{"1h", 3600000},
		{"7d", 604800000},
		{"1500", 1500},
		{"0", 0},
		{"0s", 0},
		{"9223372036854775s", INT64_C(9223372036854775000)},
		{"9223372036854776s", REFUSED},
		{"", REFUSED},
		{"s", REFUSED},
		{"ms", REFUSED},
		{"-1s", REFUSED},
		{"1.5s", REFUSED},
		{"1 s", REFUSED},
		{"1S", REFUSED},
		{"1sec", REFUSED},
		{"1s1s", REFUSED},
		{"1w", REFUSED},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t v = UNTOUCHED;
		const enum err err = num_parse_ms(str_from(rows[i].text), &v);
		check(&rows[i], err, v);
	}
}

static void sizes(void **state)
{
	static const struct row rows[] = {
		{"512", 512},
		{"512b", 512},
		{"64k", 65536},
		{"1m", 1048576},
		{"2g", INT64_C(2147483648)},
		{"8589934591g", INT64_C(9223372035781033984)},
		{"8589934592g", REFUSED},
		{"", REFUSED},
		{"k", REFUSED},
		{"64K", REFUSED},
		{"64kb", REFUSED},
		{"-1k", REFUSED},
		{"1.5m", REFUSED},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t v = UNTOUCHED;
		const enum err err =
			num_parse_bytes(str_from(rows[i].text), &v);
		check(&rows[i], err, v);
	}
}

static void dollars_are_exact(void **state)
{
	static const struct row rows[] = {
		{"0", 0},
		{"0.0", 0},
		{"0e5", 0},
		{"0e-30", 0},
		{"1", INT64_C(1000000000000)},
		{"1.", INT64_C(1000000000000)},
		{".5", INT64_C(500000000000)},
		{"0.25", INT64_C(250000000000)},
		{"12", INT64_C(12000000000000)},
		{"1e-06", 1000000},
		{"1.25E-7", 125000},
		{"1.25e+1", INT64_C(12500000000000)},
		{"3e-08", 30000},
		{"0.00000125", 1250000},
		{"1e-12", 1},
		{"0.000000000001", 1},
		{"10e-13", 1},
		{"0.0000000000010", 1},
		{"0.1", INT64_C(100000000000)}, /* no float can say this */
		{"0.3", INT64_C(300000000000)},
		{"9000000", INT64_C(9000000000000000000)},
		{"9e6", INT64_C(9000000000000000000)},
		{"9000000.000000000001", REFUSED},
		{"9000001", REFUSED},
		{"9223372.036854775808", REFUSED},
		{"1e7", REFUSED},
		{"1e30", REFUSED},
		{"1e31", REFUSED},
		{"1e-13", REFUSED},
		{"0.0000000000001", REFUSED},
		{"1.5e-12", REFUSED},
		{"99999999999999999999", REFUSED},
		{"-1", REFUSED},
		{"+1", REFUSED},
		{"", REFUSED},
		{".", REFUSED},
		{"e5", REFUSED},
		{"1e", REFUSED},
		{"1e+", REFUSED},
		{"1e1.5", REFUSED},
		{"1.2.3", REFUSED},
		{"1,5", REFUSED},
		{"$1", REFUSED},
		{"1 ", REFUSED},
		{" 1", REFUSED},
		{"nan", REFUSED},
		{"inf", REFUSED},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t v = UNTOUCHED;
		const enum err err = num_parse_usd(str_from(rows[i].text), &v);
		check(&rows[i], err, v);
	}
}

static void switches(void **state)
{
	static const struct row rows[] = {
		{"yes", 1},        {"no", 0},        {"on", 1},
		{"off", 0},        {"true", 1},      {"false", 0},
		{"1", 1},          {"0", 0},         {"", REFUSED},
		{"On", REFUSED},   {"2", REFUSED},   {"y", REFUSED},
		{"none", REFUSED}, {"no ", REFUSED},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		bool v = false;
		const enum err err = num_parse_bool(str_from(rows[i].text), &v);
		check(&rows[i], err,
		      rows[i].want == REFUSED ? UNTOUCHED : (int64_t)v);
		v = true; /* and from the other side */
		assert_int_equal(num_parse_bool(str_from(rows[i].text), &v),
				 err);
		assert_int_equal(v, rows[i].want != 0);
	}
}

static void usd_text(void **state)
{
	static const struct row rows[] = {
		{"0.00", 0},
		{"0.25", INT64_C(250000000000)},
		{"0.10", INT64_C(100000000000)},
		{"0.00000125", 1250000},
		{"0.000000000001", 1},
		{"1.00", NUM_PICO_PER_USD},
		{"-0.05", INT64_C(-50000000000)},
		{"9223372.036854775807", INT64_MAX},
		{"-9223372.036854775808", INT64_MIN},
	};
	char text[NUM_USD_BYTES];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(num_format_usd(rows[i].want, text),
				    rows[i].text);
}

static void usd_text_reads_back(void **state)
{
	char text[NUM_USD_BYTES];
	int64_t back = 0;

	(void)state;
	for (int64_t v = 1; v < 9 * (NUM_PICO_PER_USD * 1000000 / 10);
	     v = v * 3 + 1) {
		(void)num_format_usd(v, text);
		assert_int_equal(num_parse_usd(str_from(text), &back), ERR_OK);
		assert_int_equal(back, v);
	}
}

static void arithmetic_saturates(void **state)
{
	(void)state;
	assert_int_equal(num_add(2, -3), -1);
	assert_int_equal(num_add(INT64_MAX, 1), INT64_MAX);
	assert_int_equal(num_add(1, INT64_MAX), INT64_MAX);
	assert_int_equal(num_add(INT64_MIN, -1), INT64_MIN);
	assert_int_equal(num_add(INT64_MIN, INT64_MAX), -1);
	assert_int_equal(num_mul(-4, 5), -20);
	assert_int_equal(num_mul(INT64_MAX, 2), INT64_MAX);
	assert_int_equal(num_mul(INT64_MIN, -1), INT64_MAX);
	assert_int_equal(num_mul(INT64_MAX, -2), INT64_MIN);
	assert_int_equal(num_mul(-2, INT64_MAX), INT64_MIN);
	assert_int_equal(num_mul(INT64_MAX, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers),
		cmocka_unit_test(integers_respect_their_limits),
		cmocka_unit_test(durations),
		cmocka_unit_test(sizes),
		cmocka_unit_test(dollars_are_exact),
		cmocka_unit_test(switches),
		cmocka_unit_test(usd_text),
		cmocka_unit_test(usd_text_reads_back),
		cmocka_unit_test(arithmetic_saturates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
