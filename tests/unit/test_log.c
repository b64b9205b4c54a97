/*
 * base/log: whatever goes in, one line of valid JSON comes out.  The lines go
 * to a temporary file and are read back with our own strict reader.
 */
#include "base/log.h"

#include "base/arena.h"
#include "temp.h"
#include "json/json.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char path[TEMP_BYTES];
static int fd = -1;
static struct arena arena;

static int group_setup(void **state)
{
	(void)state;
	fd = mkstemp(temp_name(path, "log"));
	if (fd < 0)
		return -1;
	log_open("test_log", path, LOG_DEBUG);
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	(void)close(fd);
	return unlink(path);
}

static int setup(void **state)
{
	(void)state;
	arena_init(&arena, (size_t)1024 * 1024);
	return ftruncate(fd, 0);
}

static int teardown(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

/* Everything that was written since setup(). */
static struct str written(void)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	const size_t n = (size_t)st.st_size;
	char *const p = arena_alloc(&arena, n + 1);
	assert_int_equal(pread(fd, p, n, 0), n);
	return (struct str){p, n};
}

/* The one line written: ends in a newline, has no other, is an object. */
static struct json the_line(void)
{
	const struct str all = written();
	struct str line;
	struct str rest;
	struct json v;
	struct errbuf e = {0};

	assert_true(str_cut(all, '\n', &line, &rest));
	assert_int_equal(rest.n, 0);
	assert_in_range(all.n, 2, LOG_LINE_BYTES);
	if (json_parse(&arena, line, &v, &e) != ERR_OK)
		fail_msg("%s: " STR_FMT, e.detail, STR_ARG(line));
	assert_int_equal(json_type(v), JSON_OBJECT);
	return v;
}

static void assert_member(struct json line, const char *name, struct str want)
{
	const struct str got = json_str(json_get(line, name));

	if (!str_eq(got, want))
		fail_msg("%s is \"" STR_FMT "\"", name, STR_ARG(got));
}

static void a_line_has_its_frame(void **state)
{
	struct log l;

	(void)state;
	log_begin(&l, LOG_WARN, "call_done");
	log_str(&l, "request_id", STR("req_1"));
	log_c(&l, "feature", "chat");
	log_int(&l, "latency_ms", INT64_MIN);
	log_bool(&l, "stream", true);
	log_bool(&l, "cached", false);
	log_end(&l);
	const struct json v = the_line();
	assert_member(v, "level", STR("warn"));
	assert_member(v, "event", STR("call_done"));
	assert_member(v, "service", STR("test_log"));
	assert_member(v, "request_id", STR("req_1"));
	assert_member(v, "feature", STR("chat"));
	assert_int_equal(json_i64(json_get(v, "pid")), getpid());
	assert_int_equal(json_i64(json_get(v, "latency_ms")), INT64_MIN);
	assert_true(str_eq_c(json_text(json_get(v, "stream")), "true"));
	assert_true(str_eq_c(json_text(json_get(v, "cached")), "false"));
	assert_int_equal(json_str(json_get(v, "ts")).n, 24);
	assert_int_equal(json_type(json_get(v, "cut")), JSON_NULL);
}

static void control_bytes_are_escaped(void **state)
{
	char all[129];
	struct log l;

	(void)state;
	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (char)(i % 128); /* NUL twice, too */
	log_begin(&l, LOG_INFO, "e");
	log_str(&l, "v", (struct str){all, sizeof(all)});
	log_end(&l);
	const struct str raw = written();
	for (size_t i = 0; i + 1 < raw.n; i++)
		assert_in_range((unsigned char)raw.p[i], 0x20, 0x7E);
	assert_member(the_line(), "v", (struct str){all, sizeof(all)});
}

static void a_line_break_cannot_forge_a_line(void **state)
{
	struct log l;

	(void)state;
	log_begin(&l, LOG_INFO, "e");
	log_c(&l, "v", "x\"}\n{\"level\":\"error\"}\r\n");
	log_end(&l);
	assert_member(the_line(), "v", STR("x\"}\n{\"level\":\"error\"}\r\n"));
}

static void what_a_terminal_obeys_is_escaped(void **state)
{
	static const char text[] =
		"\x1B[2J\xC2\x9B"
		"31m\xC2\x80\xC2\xA0\xE2\x80\xA7\xE2\x80\xA8\xE2\x80\xA9"
		"\xE2\x80\xAE\xE2\x80\xAF\xE2\x81\xA5\xE2\x81\xA6\xE2\x81\xA9"
		"\xE2\x81\xAA";
	struct log l;

	(void)state;
	log_begin(&l, LOG_INFO, "e");
	log_c(&l, "v", text);
	log_end(&l);
	assert_member(the_line(), "v", str_from(text));
	struct str raw = written();
	raw.p = str_dup(&arena, raw);
	assert_non_null(strstr(raw.p, "\\u001b[2J\\u009b31m\\u0080\xC2\xA0"));
	assert_non_null(strstr(raw.p, "\xE2\x80\xA7\\u2028\\u2029\\u202e"
				      "\xE2\x80\xAF\xE2\x81\xA5\\u2066\\u2069"
				      "\xE2\x81\xAA"));
}

#define FFFD "\xEF\xBF\xBD"

static void invalid_utf8_becomes_fffd(void **state)
{
	const struct {
		struct str in;
		struct str out;
	} rows[] = {
		{STR("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"),
		 STR("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80")},
		{STR("a\xFF"
		     "b"),
		 STR("a" FFFD "b")},
		{STR("\xE2\x82"), STR(FFFD FFFD)},
		{STR("\xC0\x80"), STR(FFFD FFFD)},
		{STR("\xED\xA0\x80"), STR(FFFD FFFD FFFD)},
		{STR("\xF0\x9F\x98x"), STR(FFFD FFFD FFFD "x")},
		{STR("\x80\""), STR(FFFD "\"")},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct log l;
		assert_int_equal(ftruncate(fd, 0), 0);
		log_begin(&l, LOG_INFO, "e");
		log_str(&l, "v", rows[i].in);
		log_end(&l);
		assert_member(the_line(), "v", rows[i].out);
	}
}

/* Values of every kind of character, at every length around the limit. */
static void an_overlong_line_is_cut_and_says_so(void **state)
{
	static const char *const pieces[] = {
		"x", "\"", "\n", "\xC3\xA9", "\xF0\x9F\x98\x80", "\xFF",
	};

	(void)state;
	for (size_t k = 0; k < sizeof(pieces) / sizeof(pieces[0]); k++) {
		struct buf b;
		struct log l;
		buf_init(&b, &arena, 3 * LOG_LINE_BYTES);
		while (b.n < 2 * LOG_LINE_BYTES)
			buf_add_c(&b, pieces[k]);
		assert_int_equal(ftruncate(fd, 0), 0);
		log_begin(&l, LOG_INFO, "e");
		log_str(&l, "v", buf_str(&b));
		log_c(&l, "later", "does not fit");
		log_int(&l, "number", INT64_MAX);
		log_end(&l);
		const struct json v = the_line();
		assert_true(json_str(json_get(v, "v")).n > 100);
		assert_int_equal(json_type(json_get(v, "cut")), JSON_BOOL);
	}
}

/* The flag must stay when the value that did not fit is the last one. */
static void a_last_value_that_is_cut_says_so(void **state)
{
	static char long_value[2 * LOG_LINE_BYTES];
	struct log l;

	(void)state;
	memset(long_value, 'x', sizeof(long_value));
	log_begin(&l, LOG_INFO, "e");
	log_str(&l, "v", (struct str){long_value, sizeof(long_value)});
	log_end(&l);
	assert_true(str_eq_c(json_text(json_get(the_line(), "cut")), "true"));
}

static void many_fields_fill_a_line_and_no_more(void **state)
{
	struct log l;

	(void)state;
	for (size_t n = 0; n < 40; n++) {
		assert_int_equal(ftruncate(fd, 0), 0);
		log_begin(&l, LOG_INFO, "e");
		log_str(&l, "pad",
			(struct str){"0123456789012345678901234567"
				     "890123456789",
				     n});
		for (int i = 0; i < 1000; i++) {
			log_c(&l, "field", "some text");
			log_int(&l, "n", i);
			log_bool(&l, "b", true);
		}
		log_end(&l);
		assert_int_equal(json_type(json_get(the_line(), "cut")),
				 JSON_BOOL);
	}
}

static void a_level_below_the_minimum_is_silent(void **state)
{
	struct log l;

	(void)state;
	log_open("test_log", NULL, LOG_WARN);
	log_begin(&l, LOG_INFO, "quiet");
	log_c(&l, "v", "x");
	log_end(&l);
	log_msg(LOG_DEBUG, "quiet", "%s", "x");
	assert_int_equal(written().n, 0);
	log_msg(LOG_WARN, "loud", "%d%%", 5);
	log_open("test_log", NULL, LOG_DEBUG);
	assert_member(the_line(), "msg", STR("5%"));
}

static void a_long_message_is_cut(void **state)
{
	char text[5000];

	(void)state;
	memset(text, 'm', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_msg(LOG_ERROR, "e", "%s", text);
	assert_in_range(json_str(json_get(the_line(), "msg")).n, 500, 4000);
}

static void a_file_that_cannot_be_opened_is_said(void **state)
{
	(void)state;
	log_open("test_log", "/nonexistent/folder/log", LOG_DEBUG);
	const struct json v = the_line();
	assert_member(v, "event", STR("log_open"));
	assert_non_null(strstr(json_str(json_get(v, "msg")).p,
			       "/nonexistent/folder/log"));
}

int main(void)
{
#define LINE_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		LINE_TEST(a_line_has_its_frame),
		LINE_TEST(control_bytes_are_escaped),
		LINE_TEST(a_line_break_cannot_forge_a_line),
		LINE_TEST(what_a_terminal_obeys_is_escaped),
		LINE_TEST(invalid_utf8_becomes_fffd),
		LINE_TEST(an_overlong_line_is_cut_and_says_so),
		LINE_TEST(a_last_value_that_is_cut_says_so),
		LINE_TEST(many_fields_fill_a_line_and_no_more),
		LINE_TEST(a_level_below_the_minimum_is_silent),
		LINE_TEST(a_long_message_is_cut),
		LINE_TEST(a_file_that_cannot_be_opened_is_said),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
