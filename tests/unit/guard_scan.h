#ifndef SLIPWAY_UNIT_GUARD_SCAN_H
#define SLIPWAY_UNIT_GUARD_SCAN_H

/*
 * What the tests of the guard share: rules from a policy's text, and a text
 * scanned in pieces.
 */
#include "base/arena.h"
#include "guard/scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct arena scan_arena; /* of the group */
static const struct guard_norm *norm;

static inline int scan_setup(void **state)
{
	(void)state;
	arena_init(&scan_arena, (size_t)256 * 1024 * 1024);
	norm = guard_norm_new(&scan_arena);
	return 0;
}

static inline int scan_teardown(void **state)
{
	(void)state;
	arena_release(&scan_arena);
	return 0;
}

static inline struct guard_rules rules_of(const char *policy)
{
	struct guard_rules r = {.norm = norm};
	struct str bad = STR_NONE;

	assert_true(guard_policy_parse(str_from(policy), &r.policy, &bad));
	guard_rules_ready(&r);
	return r;
}

static inline void add_pattern(struct guard_rules *r, const char *text)
{
	struct errbuf e = {0};
	struct guard_rule_pattern *const p = &r->patterns[r->npatterns++];

	assert_int_equal(guard_regex_new(&scan_arena, text, &p->regex, &e),
			 ERR_OK);
	p->action = GUARD_REDACT;
	p->name = text;
}

struct scanned {
	struct arena arena;
	struct guard_scan scan;
	struct buf out;
	enum err err;
};

static inline void scanned_add(void *arg, struct str text)
{
	struct scanned *const x = arg;

	buf_add_str(&x->out, text);
}

static inline void scanned_init(struct scanned *x,
				const struct guard_rules *rules,
				enum scan_mode mode)
{
	memset(x, 0, sizeof(*x));
	arena_init(&x->arena, (size_t)64 * 1024 * 1024);
	buf_init(&x->out, &x->arena, (size_t)16 * 1024 * 1024);
	guard_scan_init(&x->scan, &x->arena, rules, mode, scanned_add, x);
}

/* A copy of its own, so that a sanitizer sees a read beyond it. */
static inline void scanned_feed(struct scanned *x, struct str piece)
{
	char *const copy = malloc(piece.n + 1);

	assert_non_null(copy);
	if (piece.n > 0)
		memcpy(copy, piece.p, piece.n);
	x->err = guard_scan_feed(&x->scan, (struct str){copy, piece.n});
	free(copy);
}

/* In two pieces; cut SIZE_MAX: byte by byte. */
static inline void scan_cut(struct scanned *x, const struct guard_rules *rules,
			    enum scan_mode mode, struct str in, size_t cut)
{
	scanned_init(x, rules, mode);
	if (cut == SIZE_MAX) {
		for (size_t i = 0; i < in.n; i++)
			scanned_feed(x, (struct str){in.p + i, 1});
	} else {
		scanned_feed(x, (struct str){in.p, cut});
		scanned_feed(x, (struct str){in.p + cut, in.n - cut});
	}
	x->err = guard_scan_finish(&x->scan);
}

/* The same text out of every cut. */
static inline void expect_out(const struct guard_rules *rules,
			      enum scan_mode mode, struct str in,
			      const char *out, enum err err)
{
	struct scanned x;

	for (size_t cut = 0; cut <= in.n + 1; cut++) {
		scan_cut(&x, rules, mode, in, cut <= in.n ? cut : SIZE_MAX);
		if (strcmp(buf_c(&x.out), out) != 0)
			print_error("cut at %zu of \"" STR_FMT "\"\n", cut,
				    STR_ARG(in));
		assert_string_equal(buf_c(&x.out), out);
		assert_int_equal(x.err, err);
		arena_release(&x.arena);
	}
}

#endif
