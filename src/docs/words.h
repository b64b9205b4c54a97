#ifndef SLIPWAY_DOCS_WORDS_H
#define SLIPWAY_DOCS_WORDS_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;

#define WORDS_MAX_TERMS 24
#define WORDS_MAX_BYTES 64 /* a longer word is cut */

/* The words that a question is about: stemmed, each once. */
struct words {
	struct str terms[WORDS_MAX_TERMS];
	size_t n;
};

/*
 * Take the next word of *rest: letters, digits and bytes above ASCII, so
 * "max_connections" is two words, as for PostgreSQL's parser.  It comes in
 * lower case (ASCII) and without the usual English endings, in buf.
 *
 * Returns its length; 0 at the end.
 */
size_t words_next(struct str *rest, char buf[static WORDS_MAX_BYTES]);

/*
 * The terms of a question without the words by which people ask ("how do I").
 * Only when there is nothing else are those taken.
 */
void words_of(struct arena *a, struct str question, struct words *out);

/* Which terms are in text, as a bit set (bit i: terms[i]). */
unsigned long words_in(const struct words *w, struct str text);

#endif
