#ifndef SLIPWAY_GUARD_NORM_H
#define SLIPWAY_GUARD_NORM_H

#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/*
 * The normal form in which text is searched, so that nothing hides behind
 * another spelling: compatibility forms become what they stand for (NFKC), the
 * digits of every script and the look-alikes of mathematics become 0 to 9,
 * dashes and blanks become '-' and ' ', and what cannot be seen is dropped:
 * zero-width and bidirectional controls, soft hyphens, combining marks.
 * Letters keep their accents and their case.
 *
 * A character never gets longer, and what it becomes depends on nothing around
 * it, but for one thing: of a run of invisible characters only the first three
 * are dropped, and each further one is a separator.  So a search that sees n
 * bytes of normal form has seen at most 16 n bytes of text.
 */
#define GUARD_NORM_DROPPED   3
#define GUARD_NORM_SEPARATOR '\x1F'

struct guard_norm;

/* Build the table, once a process. */
const struct guard_norm *guard_norm_new(struct arena *a);

/* One without a table, which works out each character: for one request. */
const struct guard_norm *guard_norm_brief(struct arena *a);

/*
 * The normal form of one character of n bytes that are not all ASCII, or of an
 * escape of that many bytes.
 *
 * n  room in out, bytes; at most 4 are used
 *
 * Returns the bytes written; 0: it is invisible.
 */
size_t guard_norm_char(const struct guard_norm *norm, uint32_t c, size_t n,
		       char out[static 4]);

/* The character that valid UTF-8 of n bytes at p says. */
uint32_t guard_norm_decode(const char *p, size_t n);

/*
 * Append the normal form of text, without case, each run of white space as one
 * blank: how phrases and terms are compared.
 */
void guard_norm_fold(const struct guard_norm *norm, struct str text,
		     struct buf *out);

#endif
