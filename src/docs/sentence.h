#ifndef SLIPWAY_DOCS_SENTENCE_H
#define SLIPWAY_DOCS_SENTENCE_H

#include "base/str.h"

#include <stdbool.h>

/* One unit of a passage's text that can be quoted. */
struct sentence {
	struct str text; /* as it stands, without bullet and blanks around */
	struct str code; /* the indented lines that follow "…:", or empty */
	struct str head; /* the term or label above its paragraph, or empty */
};

/* Reads a passage; begin with {.rest = text}. */
struct sentence_reader {
	struct str rest; /* lines not read yet */
	struct str line; /* of the current line, what is not read yet */
	struct str head;
};

/*
 * The next sentence.  Left out are code that no sentence introduces, the tail
 * of a sentence that an overlap cut, and labels, which become the head of what
 * follows.
 *
 * Returns false at the end.
 */
bool sentence_next(struct sentence_reader *r, struct sentence *out);

/*
 * The mark that s ends with, one of ".!?:;", whatever closing quotes and
 * brackets stand behind it; '\0' when it ends with none.
 */
char sentence_stop(struct str s);

#endif
