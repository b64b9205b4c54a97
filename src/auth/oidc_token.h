#ifndef SLIPWAY_AUTH_OIDC_TOKEN_H
#define SLIPWAY_AUTH_OIDC_TOKEN_H

#include "base/err.h"
#include "base/str.h"
#include "json/json.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;

/* What an ID token says of a person, once it was checked. */
struct oidc_claims {
	struct str subject;
	struct str email; /* empty: none */
	bool email_verified;
};

/* What it must say to be ours. */
struct oidc_expected {
	struct str issuer;
	const char *client_id;
	struct str nonce;
	int64_t now_s; /* wall clock */
};

/*
 * Check an ID token (OpenID Connect Core 1.0 section 3.1.3.7): signature by
 * one of the keys, issuer, audience, times (a minute of grace), nonce.
 *
 * no_key  set when the key that the token names is not among them: they may
 *         have changed
 *
 * Returns ERR_OK, or ERR_OIDC with what is wrong in e.
 * Owns: *out lives in a.
 */
ERR_MUST_USE enum err oidc_token_check(struct arena *a, struct str token,
				       struct json keys,
				       const struct oidc_expected *expected,
				       struct oidc_claims *out, bool *no_key,
				       struct errbuf *e);

#endif
