#ifndef SLIPWAY_TESTS_UNIT_ANSWERS_H
#define SLIPWAY_TESTS_UNIT_ANSWERS_H

#include "transcript.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* For the tests of the adapters: an answer must not depend on its cuts. */
#define RANDOM_CUTS   50
#define FIXTURE_BYTES ((size_t)1024 * 1024)

/* The bytes of FOLDER NAME SUFFIX, NUL-terminated. */
static inline struct str read_fixture(struct arena *a, const char *folder,
				      const char *name, const char *suffix)
{
	struct buf path;
	struct buf text;

	buf_init(&path, a, 512);
	buf_addf(&path, "%s%s%s", folder, name, suffix);
	FILE *const f = fopen(buf_c(&path), "rb");
	if (f == NULL)
		fail_msg("cannot open %s: run from the top of the tree",
			 buf_c(&path));
	buf_init(&text, a, FIXTURE_BYTES);
	char *const room = buf_room(&text, FIXTURE_BYTES);
	buf_commit(&text, fread(room, 1, FIXTURE_BYTES, f));
	(void)fclose(f);
	return buf_str(&text);
}

struct answer_case {
	const char *in;
	const char *out; /* the transcript */
};

static inline void run_answer(const struct provider_adapter *adapter,
			      struct transcript *t, struct str body,
			      size_t (*piece)(void *), void *arg)
{
	transcript_init(t);
	transcript_feed(t, adapter, body, piece, arg);
	assert_false(t->order_broken);
	assert_int_equal(t->nends, 1);
}

static inline void expect_same(const struct provider_adapter *adapter,
			       const struct transcript *whole, struct str body,
			       size_t (*piece)(void *), void *arg)
{
	struct transcript t;

	run_answer(adapter, &t, body, piece, arg);
	assert_string_equal(buf_c(&t.lines), buf_c(&whole->lines));
	transcript_release(&t);
}

/* The transcript of body fed whole; checked to be the same for any cut. */
static inline void run_all_cuts(const struct provider_adapter *adapter,
				struct transcript *whole, struct str body)
{
	uint32_t seed = 1;

	run_answer(adapter, whole, body, piece_whole, NULL);
	expect_same(adapter, whole, body, piece_byte, NULL);
	for (size_t i = 1; i < body.n; i++) {
		size_t cut = i;
		expect_same(adapter, whole, body, piece_cut, &cut);
	}
	for (int i = 0; i < RANDOM_CUTS; i++)
		expect_same(adapter, whole, body, piece_random, &seed);
}

static inline void check_answers(const struct provider_adapter *adapter,
				 const struct answer_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct transcript t;
		run_all_cuts(adapter, &t, str_from(cases[i].in));
		assert_string_equal(buf_c(&t.lines), cases[i].out);
		transcript_release(&t);
	}
}

#endif
