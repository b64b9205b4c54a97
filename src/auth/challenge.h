#ifndef SLIPWAY_AUTH_CHALLENGE_H
#define SLIPWAY_AUTH_CHALLENGE_H

#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

/*
 * A proof of work that keeps programs from asking by the thousand, and that a
 * browser solves in a second.  Nothing is stored: a challenge is signed.
 *
 *	challenge = EXPIRES "." BITS "." NONCE "." MAC
 *	MAC       = HMAC-SHA256 under our key of all before its dot
 *	solution  = 16 numbers with commas: number i is such that the SHA-256 of
 *	            challenge ":" i ":" number begins with BITS zero bits
 *
 * Many small puzzles take about the same time on every try; one large one
 * takes a time that nobody can foresee.
 */

#define CHALLENGE_PUZZLES 16
#define CHALLENGE_BYTES   160
#define CHALLENGE_TTL_MS  INT64_C(600000)

/* Make a challenge; secret is ours. */
void challenge_make(struct str secret, int64_t bits, int64_t now_ms,
		    char out[static CHALLENGE_BYTES]);

/*
 * Is this a challenge of ours that has not expired, and its solution?
 *
 * Returns ERR_OK, or ERR_FORBIDDEN with the reason in e.
 */
ERR_MUST_USE enum err challenge_check(struct str secret, struct str challenge,
				      struct str solution, int64_t now_ms,
				      struct errbuf *e);

#endif
