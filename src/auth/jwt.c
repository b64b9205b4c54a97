/*
 * Signatures of ID tokens.  Called by the sign-in with OpenID Connect, with
 * each key that may have made the signature.
 */
#include "auth/jwt.h"

#include "base/arena.h"

#include <cjose/cjose.h>
#include <sodium.h>
#include <string.h>

#define MIN_RSA_BITS 2048

static void release_jws(void *jws)
{
	cjose_jws_release(jws);
}

static void release_jwk(void *jwk)
{
	(void)cjose_jwk_release(jwk);
}

enum err jwt_header(struct arena *a, struct str token, struct str *out,
		    struct errbuf *e)
{
	struct str head;
	struct str rest;
	size_t n = 0;

	if (token.n > JWT_MAX_BYTES || !str_cut(token, '.', &head, &rest))
		return err_set(e, ERR_OIDC, "the ID token has no header");
	char *const text = arena_alloc(a, head.n + 1);
	if (sodium_base642bin((unsigned char *)text, head.n, head.p, head.n,
			      NULL, &n, NULL,
			      sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
		return err_set(e, ERR_OIDC,
			       "the header of the ID token is not base64url");
	*out = (struct str){text, n};
	return ERR_OK;
}

/* The one algorithm that goes with a key; NULL: the key is not taken. */
static const char *algorithm_of(const cjose_jwk_t *key)
{
	cjose_err why;

	switch (cjose_jwk_get_kty(key, &why)) {
	case CJOSE_JWK_KTY_RSA:
		return cjose_jwk_get_keysize(key, &why) >= MIN_RSA_BITS
			       ? CJOSE_HDR_ALG_RS256
			       : NULL;
	case CJOSE_JWK_KTY_EC:
		return cjose_jwk_EC_get_curve(key, &why) == CJOSE_JWK_EC_P_256
			       ? CJOSE_HDR_ALG_ES256
			       : NULL;
	case CJOSE_JWK_KTY_OCT:
		break;
	}
	return NULL;
}

static enum err import_key(struct arena *a, struct str jwk, cjose_jwk_t **out,
			   struct errbuf *e)
{
	cjose_err why;

	*out = cjose_jwk_import(jwk.p, jwk.n, &why);
	if (*out == NULL)
		return err_set(e, ERR_OIDC, "a key of the provider: %s",
			       why.message);
	arena_defer(a, release_jwk, *out);
	if (algorithm_of(*out) == NULL)
		return err_set(e, ERR_OIDC,
			       "a key of the provider is none for RS256 or "
			       "ES256");
	return ERR_OK;
}

static enum err import_token(struct arena *a, struct str token,
			     const char *algorithm, cjose_jws_t **out,
			     struct errbuf *e)
{
	cjose_err why;

	*out = cjose_jws_import(token.p, token.n, &why);
	if (*out == NULL)
		return err_set(e, ERR_OIDC, "the ID token: %s", why.message);
	arena_defer(a, release_jws, *out);
	const char *const named = cjose_header_get(
		cjose_jws_get_protected(*out), CJOSE_HDR_ALG, &why);
	if (named == NULL || strcmp(named, algorithm) != 0)
		return err_set(e, ERR_OIDC,
			       "the algorithm of the ID token is not %s",
			       algorithm);
	return ERR_OK;
}

enum err jwt_verify(struct arena *a, struct str token, struct str jwk,
		    struct str *out, struct errbuf *e)
{
	cjose_jwk_t *key = NULL;
	cjose_jws_t *jws = NULL;
	uint8_t *text = NULL;
	size_t n = 0;
	cjose_err why;

	if (token.n > JWT_MAX_BYTES)
		return err_set(e, ERR_OIDC, "the ID token is too long");
	ERR_TRY(import_key(a, jwk, &key, e));
	ERR_TRY(import_token(a, token, algorithm_of(key), &jws, e));
	if (!cjose_jws_verify(jws, key, &why))
		return err_set(e, ERR_OIDC,
			       "the signature of the ID token is wrong");
	if (!cjose_jws_get_plaintext(jws, &text, &n, &why))
		return err_set(e, ERR_OIDC, "the ID token is empty");
	*out = (struct str){arena_strndup(a, (const char *)text, n), n};
	return ERR_OK;
}
