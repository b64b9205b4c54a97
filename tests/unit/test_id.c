/*
 * base/id and base/clock: the forms of ids and times.
 */
#include "base/id.h"

#include "base/clock.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define N 2000

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, ID_REQUEST_BYTES);
}

static void request_ids_have_their_form(void **state)
{
	char id[ID_REQUEST_BYTES];

	(void)state;
	memset(id, '!', sizeof(id));
	id_request(id);
	assert_int_equal(strlen(id), ID_REQUEST_BYTES - 1);
	assert_memory_equal(id, "req_", 4);
	assert_int_equal(strspn(id + 4, "0123456789abcdefghjkmnpqrstvwxyz"),
			 26);
}

static void request_ids_do_not_repeat(void **state)
{
	static char ids[N][ID_REQUEST_BYTES];

	(void)state;
	for (size_t i = 0; i < N; i++)
		id_request(ids[i]);
	qsort(ids, N, sizeof(ids[0]), compare);
	for (size_t i = 1; i < N; i++)
		assert_string_not_equal(ids[i - 1], ids[i]);
}

/* The first ten characters are the time: they never go back. */
static void request_ids_sort_by_time(void **state)
{
	char before[ID_REQUEST_BYTES];
	char after[ID_REQUEST_BYTES];

	(void)state;
	id_request(before);
	for (const int64_t from = clock_wall_ms(); clock_wall_ms() == from;)
		;
	id_request(after);
	assert_true(memcmp(before, after, 14) < 0);
}

static void trace_ids_have_their_form(void **state)
{
	char id[ID_TRACE_BYTES];
	char other[ID_TRACE_BYTES];

	(void)state;
	memset(id, '!', sizeof(id));
	id_trace(id);
	id_trace(other);
	assert_int_equal(strlen(id), 32);
	assert_int_equal(strspn(id, "0123456789abcdef"), 32);
	assert_string_not_equal(id, other);
}

static void hex_is_lower_case(void **state)
{
	char out[9];

	(void)state;
	id_hex("\x00\x9F\xA0\xFF", 4, out);
	assert_string_equal(out, "009fa0ff");
	id_hex("", 0, out);
	assert_string_equal(out, "");
}

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN  "00f067aa0ba902b7"

static void traceparent_table(void **state)
{
	static const struct {
		const char *header;
		bool valid;
	} rows[] = {
		{"00-" TRACE "-" SPAN "-01", true},
		{"00-" TRACE "-" SPAN "-00", true},
		{"01-" TRACE "-" SPAN "-01", true},
		{"01-" TRACE "-" SPAN "-01-more", true},
		{"00-" TRACE "-" SPAN "-01-more", false},
		{"00-" TRACE "-" SPAN "-01-", false},
		{"ff-" TRACE "-" SPAN "-01", false},
		{"0-" TRACE "-" SPAN "-01", false},
		{"000-" TRACE "-" SPAN "-01", false},
		{"00-" TRACE "-" SPAN, false},
		{"00-" TRACE "-" SPAN "-", false},
		{"00-" TRACE "-" SPAN "-1", false},
		{"00-" TRACE "-" SPAN "-0g", false},
		{"00-" TRACE "-" SPAN "-011", false},
		{"00-4BF92F3577B34DA6A3CE929D0E0E4736-" SPAN "-01", false},
		{"00-4bf92f3577b34da6a3ce929d0e0e473-" SPAN "-01", false},
		{"00-" TRACE "f-" SPAN "-01", false},
		{"00-00000000000000000000000000000000-" SPAN "-01", false},
		{"00-" TRACE "-0000000000000000-01", false},
		{"00_" TRACE "_" SPAN "_01", false},
		{" 00-" TRACE "-" SPAN "-01", false},
		{"", false},
		{"-", false},
		{"---", false},
	};
	char out[ID_TRACE_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(out, '!', sizeof(out));
		if (id_trace_parse(str_from(rows[i].header), out) !=
		    rows[i].valid)
			fail_msg("%s", rows[i].header);
		if (rows[i].valid)
			assert_string_equal(out, TRACE);
		else
			assert_int_equal(out[0], '!');
	}
	/* the span goes with it, and none is left from before */
	char span[ID_SPAN_BYTES] = "x";
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(id_span_parse(str_from(rows[i].header), span),
				 rows[i].valid);
		assert_string_equal(span, rows[i].valid ? SPAN : "");
	}
	assert_false(id_trace_parse(STR_NONE, out));
}

static void random_fills_all_of_it(void **state)
{
	unsigned char seen[64] = {0};
	unsigned char noise[64];

	(void)state;
	id_random(noise, 0);
	for (int i = 0; i < 64; i++) {
		id_random(noise, sizeof(noise));
		for (size_t j = 0; j < sizeof(noise); j++)
			seen[j] |= noise[j];
	}
	for (size_t j = 0; j < sizeof(seen); j++)
		assert_int_not_equal(seen[j], 0);
}

static void times_are_rfc_3339(void **state)
{
	char text[CLOCK_TEXT_BYTES];

	(void)state;
	assert_string_equal(clock_format(0, text), "1970-01-01T00:00:00.000Z");
	assert_string_equal(clock_format(INT64_C(1763799071042), text),
			    "2025-11-22T08:11:11.042Z");
	assert_string_equal(clock_format(INT64_C(951782399999), text),
			    "2000-02-28T23:59:59.999Z");
}

static void clocks_go_forward(void **state)
{
	(void)state;
	int64_t last = clock_mono_us();
	for (int i = 0; i < 1000; i++) {
		const int64_t now = clock_mono_us();
		assert_true(now >= last);
		last = now;
	}
	assert_true(clock_mono_ms() >= last / 1000);
	assert_true(clock_wall_ms() > INT64_C(1700000000000));
}

static void hex_and_back(void **state)
{
	unsigned char bytes[3] = {0};

	(void)state;
	assert_true(id_unhex(STR("00aBff"), bytes, 3));
	assert_int_equal(bytes[0], 0);
	assert_int_equal(bytes[1], 0xab);
	assert_int_equal(bytes[2], 0xff);
	assert_false(id_unhex(STR("00abf"), bytes, 3));
	assert_false(id_unhex(STR("00abfff"), bytes, 3));
	assert_false(id_unhex(STR("00abfg"), bytes, 3));
	assert_false(id_unhex(STR("00 bff"), bytes, 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hex_and_back),
		cmocka_unit_test(request_ids_have_their_form),
		cmocka_unit_test(request_ids_do_not_repeat),
		cmocka_unit_test(request_ids_sort_by_time),
		cmocka_unit_test(trace_ids_have_their_form),
		cmocka_unit_test(hex_is_lower_case),
		cmocka_unit_test(traceparent_table),
		cmocka_unit_test(random_fills_all_of_it),
		cmocka_unit_test(times_are_rfc_3339),
		cmocka_unit_test(clocks_go_forward),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
