/*
 * The reader of event streams: the line ends, fields and ceilings of the
 * standard, and the same events however the bytes are cut.
 */
#include "base/arena.h"
#include "llm/sse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ARENA_BYTES ((size_t)32 * 1024 * 1024)
#define COUNT(a)    (sizeof(a) / sizeof((a)[0]))

struct reader {
	struct arena arena;
	struct sse sse;
	struct buf out; /* "(name|data)" for each event */
	size_t nevents;
	enum err err;
};

static void on_event(void *arg, struct str name, struct str data)
{
	struct reader *const r = arg;

	r->nevents++;
	buf_add_char(&r->out, '(');
	buf_add_str(&r->out, name);
	buf_add_char(&r->out, '|');
	buf_add_str(&r->out, data);
	buf_add_char(&r->out, ')');
}

static void reader_init(struct reader *r)
{
	memset(r, 0, sizeof(*r));
	arena_init(&r->arena, ARENA_BYTES);
	buf_init(&r->out, &r->arena, ARENA_BYTES / 4);
	sse_init(&r->sse, &r->arena, on_event, r);
}

/* A copy of its own, so that a sanitizer sees a read beyond it. */
static void feed(struct reader *r, struct str piece)
{
	char *const copy = malloc(piece.n);

	assert_non_null(copy);
	memcpy(copy, piece.p, piece.n);
	const enum err err = sse_feed(&r->sse, (struct str){copy, piece.n});
	if (r->err == ERR_OK)
		r->err = err;
	free(copy);
}

static void feed_cut(struct reader *r, struct str in, size_t cut)
{
	if (cut > 0)
		feed(r, (struct str){in.p, cut});
	if (cut < in.n)
		feed(r, (struct str){in.p + cut, in.n - cut});
	sse_finish(&r->sse);
}

static void expect(struct str in, const char *out)
{
	struct reader r;

	for (size_t cut = 0; cut <= in.n; cut++) {
		reader_init(&r);
		feed_cut(&r, in, cut);
		assert_string_equal(buf_c(&r.out), out);
		assert_int_equal(r.err, ERR_OK);
		arena_release(&r.arena);
	}
	reader_init(&r);
	for (size_t i = 0; i < in.n; i++)
		feed(&r, (struct str){in.p + i, 1});
	sse_finish(&r.sse);
	assert_string_equal(buf_c(&r.out), out);
	arena_release(&r.arena);
}

static void events_are_the_same_for_every_cut(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} cases[] = {
		{"", ""},
		{"data: a\n\n", "(|a)"},
		{"data:a\n\ndata:  b\n\n", "(|a)(| b)"},
		{"data: a\r\n\r\ndata: b\r\rdata: c\n\n", "(|a)(|b)(|c)"},
		{"data: a\r\ndata: b\r\n\r\n", "(|a\nb)"},
		{"data\n\n", "(|)"},
		{"data:\ndata:\n\n", "(|\n)"},
		{"data: a\ndata\ndata: b\n\n", "(|a\n\nb)"},
		{"event: x\ndata: a\n\ndata: b\n\n", "(x|a)(|b)"},
		{"event: x\nevent: y\ndata: a\n\n", "(y|a)"},
		{"event: x\n\ndata: a\n\n", "(|a)"},
		{": comment\n:\ndata: a\n: more\n\n", "(|a)"},
		{"id: 1\nretry: 2\nfoo: 3\nfoo\ndata: a\n\n", "(|a)"},
		{" data: a\nDATA: b\ndata : c\n\n", ""},
		{"\n\n\r\n\r\n\r", ""},
		{"\xEF\xBB\xBF"
		 "data: a\n\n",
		 "(|a)"},
		{"\xEF\xBB"
		 "data: a\n\ndata: b\n\n",
		 "(|b)"},
		{"data: \xEF\xBB\xBF\n\n", "(|\xEF\xBB\xBF)"},
		{"data: {\"a\":\"b:c\"}\n\n", "(|{\"a\":\"b:c\"})"},
		/* providers forget the last blank line */
		{"data: a\n\ndata: b\n", "(|a)(|b)"},
		{"data: a\n\ndata: b", "(|a)(|b)"},
		{"data: a\n\nevent: b\n", "(|a)"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		expect(str_from(cases[i].in), cases[i].out);
	expect(STR("data: a\0b\n\0\n\n"), "(|a");
}

static void one_event_in_one_piece_is_not_copied(void **state)
{
	struct reader r;

	(void)state;
	reader_init(&r);
	for (int i = 0; i < 1000; i++)
		feed(&r, STR("data: {\"choices\":[]}\n\n"));
	assert_int_equal(r.nevents, 1000);
	assert_int_equal(r.sse.line.cap, 0);
	assert_int_equal(r.sse.data.cap, 0);
	arena_release(&r.arena);
}

static void memory_is_reused_from_event_to_event(void **state)
{
	struct reader r;
	size_t cap = 0;

	(void)state;
	reader_init(&r);
	for (int i = 0; i < 1000; i++) {
		feed(&r, STR("data: one line of some length that is c"));
		feed(&r, STR("ut\ndata: another line\n\n"));
		cap = i == 0 ? r.sse.line.cap : cap;
		assert_int_equal(r.sse.line.cap, cap);
	}
	assert_int_equal(r.nevents, 1000);
	arena_release(&r.arena);
}

/* prefix, n times fill, suffix: fed whole or in pieces of 1000 bytes. */
static void expect_ceiling(const char *prefix, size_t n, const char *suffix,
			   size_t events, enum err err)
{
	const size_t before = strlen(prefix);
	const size_t after = strlen(suffix);
	struct reader r;

	for (size_t step = 1000; step < 2 * ARENA_BYTES; step *= 100000) {
		reader_init(&r);
		char *const in = arena_alloc(&r.arena, before + n + after);
		memcpy(in, prefix, before);
		memset(in + before, 'x', n);
		memcpy(in + before + n, suffix, after);
		for (size_t at = 0; at < before + n + after; at += step) {
			const size_t left = before + n + after - at;
			feed(&r,
			     (struct str){in + at, left < step ? left : step});
		}
		sse_finish(&r.sse);
		assert_int_equal(r.err, err);
		assert_int_equal(r.nevents, events);
		arena_release(&r.arena);
	}
}

static void ceilings_hold(void **state)
{
	const size_t room = SSE_MAX_BYTES - strlen("data: ");

	(void)state;
	expect_ceiling("data: a\n\ndata: ", room, "\n\n", 2, ERR_OK);
	expect_ceiling("data: a\n\ndata: ", room + 1, "\n\ndata: b\n\n", 1,
		       ERR_TOO_LARGE);
	expect_ceiling("data: a\n\n:", SSE_MAX_BYTES, "\n\ndata: b\n\n", 1,
		       ERR_TOO_LARGE);
	expect_ceiling("data: a\n\ndata: ", room, "\ndata: many more\n\n", 1,
		       ERR_TOO_LARGE);
	expect_ceiling("data: a\n\nevent: ", SSE_MAX_NAME_BYTES,
		       "\ndata: b\n\n", 2, ERR_OK);
	expect_ceiling("data: a\n\nevent: ", SSE_MAX_NAME_BYTES + 1,
		       "\ndata: b\n\n", 1, ERR_TOO_LARGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_are_the_same_for_every_cut),
		cmocka_unit_test(one_event_in_one_piece_is_not_copied),
		cmocka_unit_test(memory_is_reused_from_event_to_event),
		cmocka_unit_test(ceilings_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
