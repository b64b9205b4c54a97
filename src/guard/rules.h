#ifndef SLIPWAY_GUARD_RULES_H
#define SLIPWAY_GUARD_RULES_H

#include "base/err.h"
#include "conf/guard.h"
#include "guard/norm.h"
#include "guard/pattern.h"

#include <stddef.h>

struct arena;

#define GUARD_HASH_KEY_BYTES 32

/* Why the scanner looks closer at a byte. */
enum {
	GUARD_AT_DIGIT = 1,
	GUARD_AT_SIGN = 2, /* '@' */
	GUARD_AT_COLON = 4,
	GUARD_AT_DASH = 8,
	GUARD_AT_KEY = 16,
	GUARD_AT_JWT = 32,
	GUARD_AT_PHONE = 64, /* '+' and '(' */
	GUARD_AT_NAME = 128  /* '[' of a vault's name */
};

/* An operator's pattern as the scanner uses it. */
struct guard_rule_pattern {
	const char *name;
	const struct guard_regex *regex;
	enum guard_action action;
};

/* What to look for in one direction of one feature; immutable. */
struct guard_rules {
	const struct guard_norm *norm;
	struct guard_policy policy;
	unsigned char at[256]; /* GUARD_AT_… */
	struct guard_rule_pattern patterns[GUARD_MAX_PATTERNS];
	size_t npatterns;
	unsigned char hash_key[GUARD_HASH_KEY_BYTES];
};

/* Fill in what follows from r->policy. */
void guard_rules_ready(struct guard_rules *r);

#endif
