#ifndef SLIPWAY_DOCS_CHUNK_H
#define SLIPWAY_DOCS_CHUNK_H

#include "base/str.h"

#include <stddef.h>

struct arena;
struct docs_text;

#define DOCS_CHUNK_TARGET_BYTES  1200
#define DOCS_CHUNK_OVERLAP_BYTES 150

/* What stands before the part of a sentence that an overlap begins with. */
#define DOCS_CUT_MARK "\xe2\x80\xa6 " /* "… " */

/* One unit of search.  Strings live in the arena. */
struct docs_chunk {
	struct str section; /* path, may be empty */
	struct str anchor;  /* may be empty */
	struct str body;    /* 1 to DOCS_MAX_CHUNK_BYTES bytes of UTF-8 */
};

/*
 * Cut t into chunks of about DOCS_CHUNK_TARGET_BYTES, in document order.  A
 * chunk belongs to one section (a short lead-in joins the section below it)
 * and ends between blocks where it can, else between sentences, words or, at
 * last, characters.  One that goes on where another stopped repeats the last
 * DOCS_CHUNK_OVERLAP_BYTES of prose; a table row or a line of code is never
 * repeated.
 *
 * Every block's text is in some chunk.
 */
void docs_chunk(struct arena *a, const struct docs_text *t,
		struct docs_chunk **out, size_t *n);

#endif
