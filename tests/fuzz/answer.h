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

#endif
