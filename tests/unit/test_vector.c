/*
 * api/vector: numbers and base64 of little-endian floats, both ways.
 */
#include "api/vector.h"
#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void expect(const char *in, bool base64, const char *wanted)
{
	struct errbuf e = {0};
	struct arena a;
	struct json v;
	struct buf out;

	arena_init(&a, 1 << 20);
	assert_int_equal(json_parse(&a, str_from(in), &v, &e), ERR_OK);
	buf_init(&out, &a, 4096);
	vector_write(&out, v, base64);
	assert_string_equal(buf_c(&out), wanted);
	arena_release(&a);
}

static void as_they_are(void **state)
{
	(void)state;
	expect("[1,0.5]", false, "[1,0.5]");
	expect("\"AACAPw==\"", true, "\"AACAPw==\"");
}

static void to_base64(void **state)
{
	(void)state;
	expect("[]", true, "\"\"");
	expect("[1]", true, "\"AACAPw==\"");
	expect("[1,-2.5]", true, "\"AACAPwAAIMA=\"");
	expect("[0,0,0]", true, "\"AAAAAAAAAAAAAAAA\"");
	expect("[0.1]", true, "\"zczMPQ==\"");
}

static void to_numbers(void **state)
{
	(void)state;
	expect("\"\"", false, "[]");
	expect("\"AACAPw==\"", false, "[1]");
	expect("\"AACAPwAAIMA=\"", false, "[1,-2.5]");
	expect("\"zczMPQ==\"", false, "[0.100000001]");
	/* half a number, no number, no base64 */
	expect("\"AACA\"", false, "[]");
	expect("\"AADAfw==\"", false, "[0]");
	expect("\"AACAPw==!?\"", false, "[1]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_they_are),
		cmocka_unit_test(to_base64),
		cmocka_unit_test(to_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
