#ifndef SLIPWAY_AUTH_JWT_H
#define SLIPWAY_AUTH_JWT_H

#include "base/err.h"
#include "base/str.h"

struct arena;

/*
 * The signature of an ID token (RFC 7515).  The only code that uses libcjose,
 * apart from everything else because the names of jansson, which it needs, are
 * also json-c's.
 */

#define JWT_MAX_BYTES ((size_t)16 * 1024)

/*
 * Decode the header of a compact JWS: the JSON text before the first dot, in
 * a.  It is not to be trusted: it says which key to look for, nothing more.
 *
 * Returns ERR_OK or ERR_OIDC.
 */
ERR_MUST_USE enum err jwt_header(struct arena *a, struct str token,
				 struct str *out, struct errbuf *e);

/*
 * Check the signature with one public key: RS256 with an RSA key of 2048 bits
 * or more, or ES256 with a key on P-256.  Nothing else is taken, whatever the
 * token says: no "none", and no HMAC that would take the public key for a
 * secret.
 *
 * jwk  the key as JSON (RFC 7517)
 * out  the payload, in a
 *
 * Returns ERR_OK or ERR_OIDC.
 */
ERR_MUST_USE enum err jwt_verify(struct arena *a, struct str token,
				 struct str jwk, struct str *out,
				 struct errbuf *e);

#endif
