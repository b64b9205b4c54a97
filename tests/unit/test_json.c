/*
 * json: reading typed members, and that what the writer writes is inert and
 * reads back as it was.
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

#define ALL_TYPES                                                              \
	"{\"n\":null,\"b\":true,\"i\":7,\"r\":1.5,\"s\":\"x\",\"a\":[1,\"y\"]" \
	",\"o\":{\"k\":1},\"u\":9223372036854775808}"

static void types_and_navigation(void **state)
{
	const struct json v = parse(ALL_TYPES);

	(void)state;
	assert_int_equal(json_type(v), JSON_OBJECT);
	assert_int_equal(json_type(json_get(v, "n")), JSON_NULL);
	assert_int_equal(json_type(json_get(v, "nosuch")), JSON_NULL);
	assert_int_equal(json_type(json_get(v, "b")), JSON_BOOL);
	assert_int_equal(json_type(json_get(v, "i")), JSON_INT);
	assert_int_equal(json_type(json_get(v, "u")), JSON_INT);
	assert_int_equal(json_type(json_get(v, "r")), JSON_REAL);
	assert_int_equal(json_type(json_get(v, "s")), JSON_STRING);
	assert_int_equal(json_type(json_get(v, "a")), JSON_ARRAY);
	assert_int_equal(json_type(json_get(v, "o")), JSON_OBJECT);
	assert_int_equal(json_count(v), 8);
	assert_int_equal(json_count(json_get(v, "a")), 2);
	assert_int_equal(json_count(json_get(v, "s")), 0);
	assert_int_equal(json_count(json_get(v, "n")), 0);
	assert_true(str_eq_c(json_str(json_at(json_get(v, "a"), 1)), "y"));
	assert_null(json_at(json_get(v, "a"), 2).node);
	assert_null(json_at(json_get(v, "a"), SIZE_MAX).node);
	assert_null(json_at(v, 0).node);
	assert_null(json_get(json_get(v, "a"), "k").node);
	assert_null(json_get(json_get(v, "n"), "k").node);
	/* absent all the way down */
	assert_null(json_get(json_at(json_get(v, "x"), 3), "y").node);
}

static void plain_values_of_another_type_are_empty(void **state)
{
	const struct json v = parse(ALL_TYPES);

	(void)state;
	assert_int_equal(json_str(json_get(v, "i")).n, 0);
	assert_int_equal(json_str(json_get(v, "o")).n, 0);
	assert_int_equal(json_str(json_get(v, "n")).n, 0);
	assert_int_equal(json_i64(json_get(v, "i")), 7);
	assert_int_equal(json_i64(json_get(v, "u")), INT64_MAX);
	assert_int_equal(json_i64(json_get(v, "r")), 0);
	assert_int_equal(json_i64(json_get(v, "s")), 0);
	assert_int_equal(json_i64(json_get(v, "b")), 0);
	assert_int_equal(json_i64(json_get(v, "n")), 0);
	assert_true(str_eq_c(json_text(json_get(v, "n")), "null"));
}

static void absent_members_keep_the_default(void **state)
{
	const struct json v = parse("{\"a\":null}");
	const char *const names[] = {"a", "nosuch"};
	struct errbuf e = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		struct str s = STR("default");
		bool b = true;
		int64_t n = 42;
		assert_int_equal(json_get_str(v, names[i], &s, &e), ERR_OK);
		assert_int_equal(json_get_bool(v, names[i], &b, &e), ERR_OK);
		assert_int_equal(json_get_i64(v, names[i], 0, 9, &n, &e),
				 ERR_OK);
		assert_true(str_eq_c(s, "default"));
		assert_true(b);
		assert_int_equal(n, 42);
	}
	assert_int_equal(e.code, ERR_OK);
}

static void members_of_another_type_are_named(void **state)
{
	const struct json v = parse(ALL_TYPES);
	static const char *const names[] = {"b", "i", "r", "s", "a", "o"};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		const char *const name = names[i];
		struct str s = STR("default");
		bool b = false;
		int64_t n = -1;
		struct errbuf e = {0};
		const enum err es = json_get_str(v, name, &s, &e);
		assert_int_equal(es,
				 *name == 's' ? ERR_OK : ERR_INVALID_REQUEST);
		if (es != ERR_OK) {
			assert_true(str_eq_c(s, "default"));
			assert_non_null(strstr(e.detail, "must be a string"));
			assert_int_equal(e.detail[1], *name);
		}
		err_clear(&e);
		const enum err eb = json_get_bool(v, name, &b, &e);
		assert_int_equal(eb,
				 *name == 'b' ? ERR_OK : ERR_INVALID_REQUEST);
		assert_int_equal(b, *name == 'b');
		err_clear(&e);
		const enum err ei = json_get_i64(v, name, 0, 9, &n, &e);
		assert_int_equal(ei,
				 *name == 'i' ? ERR_OK : ERR_INVALID_REQUEST);
		assert_int_equal(n, *name == 'i' ? 7 : -1);
	}
}

static void integers_respect_their_limits(void **state)
{
	const struct json v = parse(
		"{\"i\":7,\"r\":7.0,\"u\":9223372036854775808,"
		"\"max\":9223372036854775807,\"min\":-9223372036854775808}");
	int64_t n = -1;
	struct errbuf e = {0};

	(void)state;
	assert_int_equal(json_get_i64(v, "i", 7, 7, &n, &e), ERR_OK);
	assert_int_equal(n, 7);
	assert_int_equal(json_get_i64(v, "i", 8, 9, &n, &e),
			 ERR_INVALID_REQUEST);
	assert_string_equal(e.detail, "\"i\" must be an integer from 8 to 9");
	assert_int_equal(json_get_i64(v, "i", 1, 6, &n, NULL),
			 ERR_INVALID_REQUEST);
	assert_int_equal(json_get_i64(v, "r", 0, 9, &n, NULL),
			 ERR_INVALID_REQUEST);
	assert_int_equal(json_get_i64(v, "u", 0, INT64_MAX, &n, NULL),
			 ERR_INVALID_REQUEST);
	assert_int_equal(n, 7);
	assert_int_equal(json_get_i64(v, "max", 0, INT64_MAX, &n, NULL),
			 ERR_OK);
	assert_int_equal(n, INT64_MAX);
	assert_int_equal(json_get_i64(v, "min", INT64_MIN, 0, &n, NULL),
			 ERR_OK);
	assert_int_equal(n, INT64_MIN);
}

struct walk {
	char names[16];
	int64_t sum;
	int64_t stop_at;
};

static enum err visit(void *arg, struct str name, struct json value)
{
	struct walk *const w = arg;

	if (json_i64(value) == w->stop_at)
		return ERR_BLOCKED;
	memcpy(w->names + strlen(w->names), name.p, name.n);
	w->sum += json_i64(value);
	return ERR_OK;
}

static void each_member_in_order(void **state)
{
	const struct json v = parse("{\"z\":1,\"a\":2,\"m\":3}");
	struct walk all = {.stop_at = -1};
	struct walk some = {.stop_at = 2};
	struct walk none = {.stop_at = -1};

	(void)state;
	assert_int_equal(json_each(v, visit, &all), ERR_OK);
	assert_string_equal(all.names, "zam");
	assert_int_equal(all.sum, 6);
	assert_int_equal(json_each(v, visit, &some), ERR_BLOCKED);
	assert_string_equal(some.names, "z");
	assert_int_equal(json_each(parse("[1]"), visit, &none), ERR_OK);
	assert_int_equal(json_each(parse("{}"), visit, &none), ERR_OK);
	assert_string_equal(none.names, "");
}

static void quote_escapes(void **state)
{
	const struct {
		struct str in;
		const char *want;
	} rows[] = {
		{STR_NONE, "\"\""},
		{STR("plain text"), "\"plain text\""},
		{STR("\"\\"), "\"\\\"\\\\\""},
		{STR("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\""},
		{STR("\0\x01\x1F"), "\"\\u0000\\u0001\\u001f\""},
		{STR("\x7F/"), "\"\x7F/\""},
		{STR("<b>&"), "\"\\u003cb\\u003e\\u0026\""},
		{STR("\xE2\x80\xA8\xE2\x80\xA9"), "\"\\u2028\\u2029\""},
		{STR("\xE2\x80\xA7\xE2\x80\xAA"),
		 "\"\xE2\x80\xA7\xE2\x80\xAA\""},
		{STR("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"),
		 "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\""},
		{STR("a\xFFz"), "\"a" FFFD "z\""},
		{STR("\xE2\x80"), "\"" FFFD FFFD "\""},
		{STR("\xC3\n"), "\"" FFFD "\\n\""},
		{STR("\xED\xA0\x80"), "\"" FFFD FFFD FFFD "\""},
		{STR("a<b<c"), "\"a\\u003cb\\u003cc\""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf b;
		buf_init(&b, &arena, 1000);
		json_quote(&b, rows[i].in);
		assert_string_equal(buf_c(&b), rows[i].want);
	}
}

/* Each byte at each place of a short text: valid, and read back the same. */
static void quote_of_any_byte_reads_back(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++)
		for (size_t at = 0; at < 4; at++) {
			char text[4] = {'a', 'b', 'c', 'd'};
			struct buf b;
			struct json v;
			text[at] = (char)c;
			buf_init(&b, &arena, 100);
			json_quote(&b, (struct str){text, sizeof(text)});
			assert_int_equal(
				json_parse(&arena, buf_str(&b), &v, NULL),
				ERR_OK);
			if (c < 0x80)
				assert_memory_equal(json_str(v).p, text,
						    sizeof(text));
			else
				assert_int_equal(json_str(v).n, 6);
			for (size_t i = 0; i < b.n; i++)
				assert_null(strchr("<>&\n", b.p[i]));
		}
}

static void writer_puts_commas_and_closers(void **state)
{
	struct buf b;
	struct jw w;

	(void)state;
	buf_init(&b, &arena, 1000);
	jw_init(&w, &b);
	jw_open_object(&w, NULL);
	jw_str(&w, "answer", STR("a\"b"));
	jw_c(&w, "c", "x");
	jw_int(&w, "min", INT64_MIN);
	jw_bool(&w, "t", true);
	jw_bool(&w, "f", false);
	jw_null(&w, "n");
	jw_open_array(&w, "list");
	jw_int(&w, NULL, 1);
	jw_open_object(&w, NULL);
	jw_close(&w);
	jw_open_array(&w, NULL);
	jw_close(&w);
	jw_str(&w, NULL, STR("s"));
	jw_close(&w);
	jw_raw(&w, "raw", STR("[1.50,{}]"));
	jw_c(&w, "q\"", "last");
	jw_close(&w);
	assert_string_equal(
		buf_c(&b),
		"{\"answer\":\"a\\\"b\",\"c\":\"x\","
		"\"min\":-9223372036854775808,\"t\":true,\"f\":false,"
		"\"n\":null,\"list\":[1,{},[],\"s\"],\"raw\":[1.50,{}],"
		"\"q\\\"\":\"last\"}");
	assert_int_equal(w.depth, 0);
	assert_true(str_eq(json_text(parse(buf_c(&b))), buf_str(&b)));
}

static void writer_at_the_top_writes_one_value(void **state)
{
	struct buf b;
	struct jw w;

	(void)state;
	buf_init(&b, &arena, 100);
	jw_init(&w, &b);
	jw_int(&w, NULL, 5);
	assert_string_equal(buf_c(&b), "5");
}

static void writer_reaches_its_depth(void **state)
{
	struct buf b;
	struct jw w;

	(void)state;
	buf_init(&b, &arena, 1000);
	jw_init(&w, &b);
	for (int i = 0; i < JW_MAX_DEPTH; i++)
		jw_open_array(&w, NULL);
	for (int i = 0; i < JW_MAX_DEPTH; i++)
		jw_close(&w);
	assert_string_equal(buf_c(&b), "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]");
}

static void write_something(struct buf *b, size_t max)
{
	struct jw w;

	buf_init(b, &arena, max);
	jw_init(&w, b);
	jw_open_object(&w, NULL);
	jw_str(&w, "a", STR("0123456789<>\n"));
	jw_int(&w, "b", 12345);
	jw_close(&w);
}

/* Text that does not fit leaves nothing behind its ceiling. */
static void writer_stops_at_the_ceiling_of_the_buf(void **state)
{
	struct buf all;
	struct buf b;

	(void)state;
	write_something(&all, 1000);
	for (size_t max = 1; max < all.n; max++) {
		write_something(&b, max);
		assert_int_equal(buf_err(&b), ERR_TOO_LARGE);
		assert_memory_equal(buf_c(&b), all.p, b.n);
	}
	write_something(&b, all.n);
	assert_int_equal(buf_err(&b), ERR_OK);
	assert_true(str_eq(buf_str(&b), buf_str(&all)));
}

int main(void)
{
#define JSON_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		JSON_TEST(types_and_navigation),
		JSON_TEST(plain_values_of_another_type_are_empty),
		JSON_TEST(absent_members_keep_the_default),
		JSON_TEST(members_of_another_type_are_named),
		JSON_TEST(integers_respect_their_limits),
		JSON_TEST(each_member_in_order),
		JSON_TEST(quote_escapes),
		JSON_TEST(quote_of_any_byte_reads_back),
		JSON_TEST(writer_puts_commas_and_closers),
		JSON_TEST(writer_at_the_top_writes_one_value),
		JSON_TEST(writer_reaches_its_depth),
		JSON_TEST(writer_stops_at_the_ceiling_of_the_buf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
