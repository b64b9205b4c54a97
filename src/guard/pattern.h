#ifndef SLIPWAY_GUARD_PATTERN_H
#define SLIPWAY_GUARD_PATTERN_H

#include "base/err.h"
#include "conf/guard.h"
#include "guard/detect.h"

struct arena;
struct guard_regex;       /* compiled; immutable, for all threads */
struct guard_regex_match; /* what a match works in; one thread at a time */

/*
 * Regular expressions on a text whose end has not come: PCRE2 with JIT and
 * hard partial matching, which gives an answer only when nothing that comes
 * can change it.
 *
 * A match may be at most GUARD_REGEX_BYTES long: what could still become one
 * after that many bytes counts as one.  So `secret.*` takes the text away in
 * pieces instead of holding it back for ever.
 */
#define GUARD_REGEX_BYTES      512
#define GUARD_REGEX_LOOKBEHIND 12 /* characters */

/*
 * Compile text.
 *
 * Returns ERR_OK, or ERR_CONFIG with the reason in e: no expression, one that
 * matches nothing at all, or one that looks too far back.
 * Owns: *out lives in a.
 */
ERR_MUST_USE enum err guard_regex_new(struct arena *a, const char *text,
				      const struct guard_regex **out,
				      struct errbuf *e);

/*
 * The same without a translation into machine code, which takes six times as
 * long as the rest: slower to search with, for one request.
 */
ERR_MUST_USE enum err guard_regex_brief(struct arena *a, const char *text,
					const struct guard_regex **out,
					struct errbuf *e);

struct guard_regex_match *guard_regex_match_new(struct arena *a);

/*
 * The first match at or behind `from`.
 *
 * first  the text's first byte is the first of all
 *
 * Returns ERR_OK with *found and *hit, or ERR_INTERNAL when the expression
 * needed more steps or memory than it may: then nothing is known.
 */
ERR_MUST_USE enum err guard_regex_find(const struct guard_regex *r,
				       struct guard_regex_match *m,
				       const struct guard_text *t, bool first,
				       enum guard_found *found,
				       struct guard_hit *hit);

/* Does it match anywhere in a whole text?  Yes when it cannot be said. */
bool guard_regex_matches(const struct guard_regex *r,
			 struct guard_regex_match *m, struct str text);

#endif
