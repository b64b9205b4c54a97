#ifndef SLIPWAY_AUTH_PASSWORD_H
#define SLIPWAY_AUTH_PASSWORD_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>

struct arena;

/*
 * Passwords: Argon2id with libsodium's interactive parameters (64 MiB, two
 * passes), in its own text form.  Each hash takes that memory for its tenth of
 * a second; a worker makes no more at a time than it has intake threads.
 */

#define PASSWORD_MIN_CHARS 10
#define PASSWORD_MAX_BYTES 1024

/*
 * Is this good enough for a new password?  Long enough, not the name of the
 * account, not one character again and again; nothing else is asked.
 *
 * Returns ERR_OK, or ERR_INVALID_REQUEST with what is wrong in e.
 */
ERR_MUST_USE enum err password_accept(struct str password, struct str login,
				      struct errbuf *e);

/*
 * Hash a password.
 *
 * Returns ERR_OK; *out lives in a.  ERR_INTERNAL when there is no memory.
 */
ERR_MUST_USE enum err password_hash(struct arena *a, struct str password,
				    struct str *out, struct errbuf *e);

/*
 * Compare a password with a hash.
 *
 * hash   empty: there is no account; the answer is false and takes as long
 * stale  set when it is right but was hashed with other parameters
 */
bool password_matches(struct str hash, struct str password, bool *stale);

#endif
