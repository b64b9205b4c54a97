#ifndef SLIPWAY_GUARD_KEYS_H
#define SLIPWAY_GUARD_KEYS_H

#include "base/str.h"
#include "conf/guard.h"

#include <stddef.h>
#include <stdint.h>

#define GUARD_KEYS_BYTES ((size_t)64 * 1024)

/* A key in a text, where it stands. */
struct guard_key {
	enum guard_kind kind; /* GUARD_KEY, GUARD_PRIVATE_KEY or GUARD_JWT */
	int64_t line;
	struct str text; /* of it, as much as makes it one; borrowed */
};

/*
 * Looks for keys in files, of any length and in pieces cut anywhere.
 *
 *	0    context    done        n
 *	|--------|-------|----------|   done: what stands before is decided
 *
 * The same detectors as the guard's, on the bytes as they are.
 */
struct guard_keys {
	void (*found)(void *arg, const struct guard_key *key);
	void *arg;
	int64_t line; /* of the byte at 0 */
	size_t done;
	size_t n;
	char text[GUARD_KEYS_BYTES];
};

/* line: the number of the first line */
void guard_keys_init(struct guard_keys *k, int64_t line,
		     void (*found)(void *arg, const struct guard_key *key),
		     void *arg);

void guard_keys_feed(struct guard_keys *k, struct str piece);

/* The text has ended: look at its last bytes. */
void guard_keys_finish(struct guard_keys *k);

/*
 * What may be shown of a key: its first characters, never more than a quarter
 * of it.
 */
#define GUARD_KEY_MASK_BYTES 16
const char *guard_key_mask(struct str key,
			   char out[static GUARD_KEY_MASK_BYTES]);

#endif
