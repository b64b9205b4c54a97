#ifndef SLIPWAY_AUTH_KEY_H
#define SLIPWAY_AUTH_KEY_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * API keys: "slw_" and 43 characters of base64url, which are 32 random bytes.
 * Only the SHA-256 of the text is ever stored; the key has the entropy that a
 * slow hash would have to make up for, so a fast one is enough.
 *
 * The tokens of sessions ("sls_") and of visitors ("slv_") have the same form.
 * A session comes by cookie only, a key by header only, a visitor by either.
 */
enum auth_kind { AUTH_KEY, AUTH_SESSION, AUTH_VISITOR };

#define AUTH_KEY_CHARS    47 /* "slw_" + 43 */
#define AUTH_KEY_BYTES    (AUTH_KEY_CHARS + 1)
#define AUTH_PREFIX_BYTES 13 /* the first 12 characters + NUL */
#define AUTH_HASH_BYTES   32
#define AUTH_HEX_BYTES    65 /* a hash in hex + NUL */

/*
 * Make a new key.  Wipe it with auth_key_wipe() once it was shown.
 */
void auth_key_generate(char out[static AUTH_KEY_BYTES]);
void auth_token_generate(enum auth_kind kind, char out[static AUTH_KEY_BYTES]);
void auth_key_wipe(char key[static AUTH_KEY_BYTES]);

/* Has s the form of a key or token?  Then *kind says which. */
bool auth_token_parse(struct str s, enum auth_kind *kind);

/* The part of a key that may be shown and stored: its first 12 characters. */
void auth_key_prefix(struct str key, char out[static AUTH_PREFIX_BYTES]);

/* The hash that is stored and looked up. */
void auth_key_hash(struct str key, unsigned char out[static AUTH_HASH_BYTES]);

/*
 * Take the key from the values of the two headers that may carry it and hash
 * it.  An Authorization header of another scheme than Bearer (a site's own
 * Basic login) is none of ours and passed over.
 *
 * authorization, x_api_key  empty when the request has no such header
 *
 * Returns ERR_OK, or ERR_UNAUTHORIZED when there is no key, when one has not
 * the form of a key, or when both headers name different keys.  e never has
 * any of it.
 */
ERR_MUST_USE enum err
auth_key_from_headers(struct str authorization, struct str x_api_key,
		      unsigned char hash[static AUTH_HASH_BYTES],
		      struct errbuf *e);

/*
 * The same, of a key or a visitor's token; *kind says which.  For
 * auth_identify() alone: who takes a visitor must count its messages.
 */
ERR_MUST_USE enum err auth_token_from_headers(
	struct str authorization, struct str x_api_key, enum auth_kind *kind,
	unsigned char hash[static AUTH_HASH_BYTES], struct errbuf *e);

/* SHA-256 of text as lower-case hex. */
void auth_sha256_hex(struct str text, char out[static AUTH_HEX_BYTES]);

#endif
