#ifndef SLIPWAY_AUTH_OIDC_PROVIDER_H
#define SLIPWAY_AUTH_OIDC_PROVIDER_H

#include "base/err.h"
#include "base/str.h"
#include "json/json.h"

#include <stdbool.h>

struct people;
struct req;

/*
 * The OpenID provider of the configuration, as its own documents describe it
 * (OpenID Connect Discovery 1.0).  They are read at most once an hour and
 * shared through the database; while the provider is away the last ones count.
 */
struct oidc_provider {
	struct str issuer;
	const char *authorization_endpoint;
	const char *token_endpoint;
	const char *jwks_uri;
	bool secret_in_body; /* client_secret_post, else _basic */
};

/*
 * Find out about the provider.
 *
 * Returns ERR_OK, ERR_OIDC_DOWN, or ERR_CONFIG when what is there is not a
 * provider's description or is another one's.
 * Owns: *out lives in the arena of req.
 * Blocks: one request to the provider, once an hour.
 */
ERR_MUST_USE enum err oidc_provider_find(struct req *req, struct people *p,
					 struct oidc_provider *out);

/*
 * The provider's public keys, an array of JWK.
 *
 * anew  read them again now, because a key was not among them; once a minute
 */
ERR_MUST_USE enum err oidc_provider_keys(struct req *req, struct people *p,
					 const struct oidc_provider *provider,
					 bool anew, struct json *out);

/*
 * Exchange the code for the ID token (RFC 6749 section 4.1.3, RFC 7636).
 *
 * Returns ERR_OK; ERR_OIDC when the provider refuses the code; ERR_OIDC_DOWN.
 */
ERR_MUST_USE enum err oidc_provider_token(struct req *req,
					  const struct oidc_provider *provider,
					  struct str code, struct str verifier,
					  struct str *id_token);

/* Where the provider sends people back to, in the arena of req. */
const char *oidc_redirect_uri(struct req *req);

/* Append text percent-encoded, for a query or a form. */
void oidc_encode(struct buf *out, struct str text);

#endif
