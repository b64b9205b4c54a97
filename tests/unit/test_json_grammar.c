/*
 * json: the grammar: which texts the reader takes, what comes back, and which
 * it refuses and why.
 */
#include "json/json.h"

#include "base/arena.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define FFFD     "\xEF\xBF\xBD"

static struct arena arena;

static int setup(void **state)
{
	(void)state;
	arena_init(&arena, (size_t)32 * 1024 * 1024);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

static struct json parse(const char *text)
{
	struct json v;
	struct errbuf e = {0};

	if (json_parse(&arena, str_from(text), &v, &e) != ERR_OK)
		fail_msg("%s: %s", text, e.detail);
	return v;
}

/* text must be refused with err, and the reason must contain why. */
static void refuse(struct str text, enum err want, const char *why)
{
	struct json v = {&arena};
	struct errbuf e = {0};
	const enum err err = json_parse(&arena, text, &v, &e);

	if (err != want)
		fail_msg("error %d, wanted %d: " STR_FMT, (int)err, (int)want,
			 STR_ARG(text));
	assert_int_equal(e.code, want);
	assert_null(v.node);
	if (strstr(e.detail, why) == NULL)
		fail_msg(STR_FMT ": \"%s\", wanted \"%s\"", STR_ARG(text),
			 e.detail, why);
}

/* Text that is taken, and the compact text that comes back. */
static void values_come_back_as_written(void **state)
{
	static const struct {
		const char *text;
		const char *want; /* NULL: the same */
	} rows[] = {
		{"null", NULL},
		{"true", NULL},
		{"false", NULL},
		{"0", NULL},
		{"-1", NULL},
		{"9223372036854775807", NULL},
		{"-9223372036854775808", NULL},
		{"9223372036854775808", NULL},
		{"18446744073709551615", NULL},
		{"0.1", NULL},
		{"1.50", NULL},
		{"-0.0", NULL},
		{"1e5", NULL},
		{"1E+5", NULL},
		{"1e-06", NULL},
		{"1e999", NULL},
		{"123456789012345678901234567890.0", NULL},
		{"0.1000000000000000055511151231257827", NULL},
		{"-0", "0"},
		{"\"\"", NULL},
		{"\"a/b\"", NULL},
		{"\"\\/\"", "\"/\""},
		{"\"\\u00e9\"", "\"\xC3\xA9\""},
		{"\"\\ud83d\\ude00\"", "\"\xF0\x9F\x98\x80\""},
		{"\"\\b\\f\\n\\r\\t\\\"\\\\\"", NULL},
		{"\"\\u0000\\u001f\"", NULL},
		{"\"\x7F\"", NULL},
		{"[]", NULL},
		{"{}", NULL},
		{" [ 1 , [ ] , { } ]\r\n\t", "[1,[],{}]"},
		{"{\"b\":1,\"a\":{\"c\":null}}", NULL},
		{"{\"\":1}", NULL},
		/* the last of several members counts */
		{"{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}"},
		{"{\"a\":1,\"\\u0061\":2}", "{\"a\":2}"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct str got = json_text(parse(rows[i].text));
		const char *const want =
			rows[i].want != NULL ? rows[i].want : rows[i].text;
		if (!str_eq_c(got, want))
			fail_msg("%s came back as " STR_FMT, rows[i].text,
				 STR_ARG(got));
	}
}

static const struct {
	const char *text;
	const char *why;
} refused[] = {
	{"", "byte 0: it ends too early"},
	{" \n", "byte 2: it ends too early"},
	{"nul", "a value was expected"},
	{"NULL", "a value was expected"},
	{"True", "a value was expected"},
	{"nulll", "byte 4: text after"},
	{"truefalse", "text after"},
	{"NaN", "a value was expected"},
	{"Infinity", "a value was expected"},
	{"-Infinity", "not a number"},
	{"undefined", "a value was expected"},
	{"1 2", "text after"},
	{"{}{}", "byte 2: text after"},
	{"{} x", "text after"},
	{"[", "it ends too early"},
	{"[1", "it ends too early"},
	{"[1,", "it ends too early"},
	{"[1,]", "byte 3: a value was expected"},
	{"[,1]", "a value was expected"},
	{"[1,,2]", "a value was expected"},
	{"[1 2]", "',' or ']' was expected"},
	{"[1}", "',' or ']' was expected"},
	{"]", "a value was expected"},
	{"{", "it ends too early"},
	{"{\"a\"", "':' was expected"},
	{"{\"a\":", "it ends too early"},
	{"{\"a\":1", "it ends too early"},
	{"{\"a\":1,}", "a member name was expected"},
	{"{,}", "a member name was expected"},
	{"{\"a\" 1}", "':' was expected"},
	{"{\"a\":1]", "',' or '}' was expected"},
	{"{\"a\":1 \"b\":2}", "',' or '}' was expected"},
	{"{a:1}", "a member name was expected"},
	{"{'a':1}", "a member name was expected"},
	{"{1:1}", "a member name was expected"},
	{"'a'", "a value was expected"},
	{"/* c */ 1", "a value was expected"},
	{"1 // c", "text after"},
	{"# c", "a value was expected"},
	{"01", "not a number"},
	{"-01", "not a number"},
	{"+1", "a value was expected"},
	{"-", "not a number"},
	{"--1", "not a number"},
	{".5", "a value was expected"},
	{"1.", "no digit after the point"},
	{"1.e5", "no digit after the point"},
	{"1e", "no digit in the exponent"},
	{"1e+", "no digit in the exponent"},
	{"1.5.5", "text after"},
	{"0x10", "text after"},
	{"1_000", "text after"},
	{"\"", "string without an end"},
	{"\"a", "string without an end"},
	{"\"\\", "unknown escape"},
	{"\"\\\"", "string without an end"},
	{"\"\\x41\"", "unknown escape"},
	{"\"\\'\"", "unknown escape"},
	{"\"\\U0041\"", "unknown escape"},
	{"\"\\u12\"", "four hex digits"},
	{"\"\\u12g4\"", "four hex digits"},
	{"\"\\u", "four hex digits"},
	{"\"a\nb\"", "control byte"},
	{"\"a\tb\"", "control byte"},
	{"\"\x01\"", "control byte"},
	{"{\"a\nb\":1}", "control byte"},
	{"\xEF\xBB\xBF{}", "a value was expected"},
	{"\x0B{}", "a value was expected"},
	{"\xC2\xA0{}", "a value was expected"},
};

static void grammar_is_strict(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++)
		refuse(str_from(refused[i].text), ERR_INVALID_JSON,
		       refused[i].why);
	refuse(STR_NONE, ERR_INVALID_JSON, "it ends too early");
	refuse(STR("1\0"), ERR_INVALID_JSON, "text after");
	refuse(STR("\"a\0b\""), ERR_INVALID_JSON, "control byte");
	refuse(STR("\"\\\0\""), ERR_INVALID_JSON, "unknown escape");
}

static void invalid_utf8_is_refused(void **state)
{
	(void)state;
	refuse(STR("\"\xFF\""), ERR_INVALID_JSON, "not valid UTF-8");
	refuse(STR("\"\xC0\xAF\""), ERR_INVALID_JSON, "not valid UTF-8");
	refuse(STR("\"\xED\xA0\x80\""), ERR_INVALID_JSON, "not valid UTF-8");
	refuse(STR("\"\xE2\x82\""), ERR_INVALID_JSON, "not valid UTF-8");
	refuse(STR("{\"\x80\":1}"), ERR_INVALID_JSON, "not valid UTF-8");
	refuse(STR("1\xFF"), ERR_INVALID_JSON, "not valid UTF-8");
}

static void every_prefix_of_a_text_is_refused(void **state)
{
	const struct str text = STR("{\"a\":[1.5e3,true,null,\"x\\u00e9\xE2"
				    "\x82\xAC\"],\"b\":{\"c\":-12}}");
	struct json v;

	(void)state;
	assert_int_equal(json_parse(&arena, text, &v, NULL), ERR_OK);
	for (size_t n = 0; n < text.n; n++)
		assert_int_equal(
			json_parse(&arena, (struct str){text.p, n}, &v, NULL),
			ERR_INVALID_JSON);
}

/* d arrays or objects around inner. */
static struct str nested(size_t d, bool objects, const char *inner)
{
	struct buf b;

	buf_init(&b, &arena, 4096);
	for (size_t i = 0; i < d; i++)
		buf_add_c(&b, objects ? "{\"a\":" : "[");
	buf_add_c(&b, inner);
	for (size_t i = 0; i < d; i++)
		buf_add_char(&b, objects ? '}' : ']');
	return buf_str(&b);
}

static void depth_32_is_the_deepest(void **state)
{
	static const char *const inner[] = {"1", "\"x\"", "null", "-1.5"};
	struct json v;

	(void)state;
	assert_int_equal(JSON_MAX_DEPTH, 32);
	for (int objects = 0; objects < 2; objects++)
		for (size_t i = 0; i < COUNT(inner); i++) {
			const struct str text =
				nested(32, objects == 1, inner[i]);
			struct errbuf e = {0};
			if (json_parse(&arena, text, &v, &e) != ERR_OK)
				fail_msg("%s", e.detail);
			assert_true(str_eq(json_text(v), text));
			refuse(nested(33, objects == 1, inner[i]),
			       ERR_INVALID_JSON, "nested too deeply");
		}
	refuse(nested(31, false, "[[]]"), ERR_INVALID_JSON,
	       "nested too deeply");
	refuse(nested(800, true, "1"), ERR_INVALID_JSON, "nested too deeply");
}

static void huge_numbers(void **state)
{
	char digits[JSON_MAX_NUMBER_BYTES + 3] = "0.";

	(void)state;
	refuse(STR("18446744073709551616"), ERR_INVALID_JSON,
	       "integer too large");
	refuse(STR("-9223372036854775809"), ERR_INVALID_JSON,
	       "integer too large");
	refuse(STR("123456789012345678901234567890"), ERR_INVALID_JSON,
	       "integer too large");
	memset(digits + 2, '1', JSON_MAX_NUMBER_BYTES - 2);
	assert_true(str_eq_c(json_text(parse(digits)), digits));
	digits[JSON_MAX_NUMBER_BYTES] = '1';
	refuse(str_from(digits), ERR_INVALID_JSON, "number too long");
}

/* n times piece, with commas, in brackets */
static struct str repeated(const char *piece, size_t n)
{
	struct buf b;

	buf_init(&b, &arena, (size_t)8 * 1024 * 1024);
	buf_add_char(&b, '[');
	for (size_t i = 0; i < n; i++) {
		buf_add_c(&b, i > 0 ? "," : "");
		buf_add_c(&b, piece);
	}
	buf_add_char(&b, ']');
	assert_int_equal(buf_err(&b), ERR_OK);
	return buf_str(&b);
}

static void a_short_text_cannot_ask_for_much_memory(void **state)
{
	struct json v;

	(void)state;
	assert_int_equal(json_parse(&arena,
				    repeated("[]", JSON_MAX_CONTAINERS - 1), &v,
				    NULL),
			 ERR_OK);
	assert_int_equal(json_count(v), JSON_MAX_CONTAINERS - 1);
	refuse(repeated("{}", JSON_MAX_CONTAINERS), ERR_TOO_LARGE, "more than");
	assert_int_equal(json_parse(&arena, repeated("1", JSON_MAX_VALUES - 1),
				    &v, NULL),
			 ERR_OK);
	refuse(repeated("1", JSON_MAX_VALUES), ERR_TOO_LARGE, "more than");
}

static void nul_in_a_string_is_kept(void **state)
{
	const struct json v = parse("{\"s\":\"a\\u0000b\",\"t\":\"\\u0000\"}");
	struct str s = STR_NONE;

	(void)state;
	assert_int_equal(json_get_str(v, "s", &s, NULL), ERR_OK);
	assert_true(str_eq(s, STR("a\0b")));
	assert_int_equal(json_str(json_get(v, "t")).n, 1);
}

static void nul_in_a_name_is_refused(void **state)
{
	(void)state;
	/* json-c would read both of these as the member "message" */
	refuse(STR("{\"message\\u0000\":1}"), ERR_INVALID_JSON,
	       "\\u0000 in a member name");
	refuse(STR("{\"message\\u0000x\":1}"), ERR_INVALID_JSON,
	       "\\u0000 in a member name");
}

static void lone_surrogate_escapes_become_fffd(void **state)
{
	static const struct {
		const char *text;
		const char *want;
	} rows[] = {
		{"\"\\ud800\"", FFFD},
		{"\"\\udc00\"", FFFD},
		{"\"a\\ud800b\"", "a" FFFD "b"},
		{"\"\\ud800\\u0041\"", FFFD "A"},
		{"\"\\ude00\\ud83d\"", FFFD FFFD},
		{"\"\\ud83d\\n\"", FFFD "\n"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct str got = json_str(parse(rows[i].text));
		assert_true(str_is_utf8(got));
		if (!str_eq_c(got, rows[i].want))
			fail_msg("%s: " STR_FMT, rows[i].text, STR_ARG(got));
	}
}

int main(void)
{
#define JSON_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		JSON_TEST(values_come_back_as_written),
		JSON_TEST(grammar_is_strict),
		JSON_TEST(invalid_utf8_is_refused),
		JSON_TEST(every_prefix_of_a_text_is_refused),
		JSON_TEST(depth_32_is_the_deepest),
		JSON_TEST(huge_numbers),
		JSON_TEST(a_short_text_cannot_ask_for_much_memory),
		JSON_TEST(nul_in_a_string_is_kept),
		JSON_TEST(nul_in_a_name_is_refused),
		JSON_TEST(lone_surrogate_escapes_become_fffd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
