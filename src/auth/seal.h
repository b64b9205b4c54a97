#ifndef SLIPWAY_AUTH_SEAL_H
#define SLIPWAY_AUTH_SEAL_H

#include "base/err.h"
#include "base/str.h"

#include <stddef.h>

struct arena;

/*
 * Answers that are kept for the one who asks again, so that nobody else can
 * read them, the operator of the database included: sealed with a key that
 * follows from the request itself, of which we keep hashes only.
 */
#define SEAL_KEY_BYTES 32

/* The key that follows from n parts, each with its length. */
void seal_key(const struct str *parts, size_t n,
	      unsigned char key[static SEAL_KEY_BYTES]);

/* text, sealed, in base64.  Owns: it lives in a. */
struct str seal_text(struct arena *a,
		     const unsigned char key[static SEAL_KEY_BYTES],
		     struct str text);

/*
 * What seal_text() was given.
 *
 * Returns ERR_OK, or ERR_INTERNAL: another key, or it was changed.
 * Owns: *text lives in a.
 */
ERR_MUST_USE enum err seal_open(struct arena *a,
				const unsigned char key[static SEAL_KEY_BYTES],
				struct str sealed, struct str *text);

#endif
