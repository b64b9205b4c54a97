#ifndef SLIPWAY_TESTS_FUZZ_ANSWER_H
#define SLIPWAY_TESTS_FUZZ_ANSWER_H

#include "../unit/transcript.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

static inline void must(bool holds)
{
	if (!holds)
		abort();
}

static inline void run(const struct provider_adapter *adapter,
		       struct transcript *t, struct str body,
		       size_t (*piece)(void *), void *arg)
{
	const struct ledger_usage *const u = &t->usage;

	transcript_init(t);
	transcript_feed(t, adapter, body, piece, arg);
	must(!t->order_broken);
	must(t->nends == 1);
	must(str_is_utf8(buf_str(&t->text)));
	must(u->input_tokens >= 0 && u->cache_read_tokens >= 0 &&
	     u->cache_write_tokens >= 0 && u->cache_write_1h_tokens >= 0);
	must(u->reasoning_tokens >= 0 &&
	     u->reasoning_tokens <= u->output_tokens);
}

static inline void expect_same(const struct provider_adapter *adapter,
			       const struct transcript *whole, struct str body,
			       size_t (*piece)(void *), void *arg)
{
	struct transcript t;

	run(adapter, &t, body, piece, arg);
	must(str_eq(buf_str(&t.lines), buf_str(&whole->lines)));
	transcript_release(&t);
}

/* All that must hold for a stream, whatever its bytes. */
static inline void check_stream(const struct provider_adapter *adapter,
				struct str body)
{
	struct transcript whole;
	uint32_t seed = (uint32_t)body.n;
	size_t cut = body.n / 2;

	run(adapter, &whole, body, piece_whole, NULL);
	expect_same(adapter, &whole, body, piece_byte, NULL);
	expect_same(adapter, &whole, body, piece_random, &seed);
	expect_same(adapter, &whole, body, piece_cut, &cut);
	transcript_release(&whole);
}

static inline bool is_blank_line(struct str line)
{
	return str_eq_c(line, "\n") || str_eq_c(line, "\r\n");
}

/* Another member makes an event unusual, and says nothing. */
static inline void make_unusual(struct str body, struct buf *out)
{
	const struct str begin = STR("data: {\"");
	bool begun = false; /* the event has data, or who knows */

	while (body.n > 0) {
		const char *const lf = memchr(body.p, '\n', body.n);
		const size_t n =
			lf != NULL ? (size_t)(lf - body.p) + 1 : body.n;
		struct str line = {body.p, n};
		body = (struct str){body.p + n, body.n - n};
		if (!begun && str_starts(line, begin)) {
			buf_add_c(out, "data: {\"unusual\":null,");
			line.p += begin.n - 1;
			line.n -= begin.n - 1;
			begun = true;
		}
		buf_add_str(out, line);
		if (is_blank_line(line))
			begun = false;
		else if (str_starts(line, STR("data")) ||
			 memchr(line.p, '\r', line.n) != NULL)
			begun = true;
	}
}

/* What is read without a parse is what a parse finds. */
static inline void check_unusual(const struct provider_adapter *adapter,
				 struct str body)
{
	struct transcript usual;
	struct transcript parsed;
	struct buf other;

	run(adapter, &usual, body, piece_whole, NULL);
	buf_init(&other, &usual.arena, TRANSCRIPT_BYTES / 8);
	make_unusual(body, &other);
	run(adapter, &parsed, buf_str(&other), piece_whole, NULL);
	must(str_eq(buf_str(&usual.lines), buf_str(&parsed.lines)));
	transcript_release(&parsed);
	transcript_release(&usual);
}

#endif
