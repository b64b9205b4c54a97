#ifndef SLIPWAY_JSON_SCHEMA_PATTERN_H
#define SLIPWAY_JSON_SCHEMA_PATTERN_H

#include "base/err.h"
#include "base/str.h"

#include <stddef.h>
#include <stdint.h>

/*
 * The regular expressions of a schema ("pattern", the names of
 * "patternProperties"), as JavaScript reads them, searched in answers.  Both
 * come from outside, so all searches of one check share one budget, and an
 * expression that would run for ever ends as an answer that cannot be checked.
 */

#define SCHEMA_MAX_PATTERNS      100
#define SCHEMA_MAX_PATTERN_BYTES 4000

/* Steps of all searches of one check: some 0.05 s. */
#define SCHEMA_PATTERN_STEPS 4000000

/* Those of one schema, compiled when they are first asked for. */
struct schema_patterns {
	struct {
		const char *text; /* the place of its text is its name */
		void *code;
	} known[SCHEMA_MAX_PATTERNS];
	size_t n;
	int64_t steps; /* taken so far */
};

enum schema_search { SCHEMA_FOUND, SCHEMA_NOT_FOUND, SCHEMA_TOO_LONG };

/*
 * Can this be searched for?
 *
 * Returns ERR_OK, or ERR_INVALID_REQUEST with the reason in e.
 */
ERR_MUST_USE enum err schema_pattern_check(struct str pattern,
					   struct errbuf *e);

/*
 * Is pattern, which passed schema_pattern_check() and stays where it is, found
 * anywhere in text?  p is zero before the first, and SCHEMA_TOO_LONG is the
 * answer to all that come after one.
 */
enum schema_search schema_pattern_search(struct schema_patterns *p,
					 struct str pattern, struct str text);

void schema_patterns_release(struct schema_patterns *p);

#endif
