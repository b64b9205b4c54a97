/*
 * Is this ID token genuine, and meant for us, now, for this sign-in?  Called
 * by the callback of the sign-in.
 */
#include "auth/oidc_token.h"

#include "auth/jwt.h"
#include "base/arena.h"

#include <sodium.h>

#define GRACE_S     60
#define SUBJECT_MAX 255 /* OpenID Connect Core, section 2 */
#define EMAIL_MAX   254
#define LAST_SECOND INT64_C(253402300799) /* of the year 9999 */

/* May this key have signed a token with this header? */
static bool may_fit(struct json key, struct json header)
{
	const struct str alg = json_str(json_get(header, "alg"));
	const struct str kid = json_str(json_get(header, "kid"));
	const struct str kty = json_str(json_get(key, "kty"));
	const struct str key_alg = json_str(json_get(key, "alg"));

	if (str_eq_c(json_str(json_get(key, "use")), "enc"))
		return false;
	if (kid.n > 0 && !str_eq(kid, json_str(json_get(key, "kid"))))
		return false;
	if (key_alg.n > 0 && !str_eq(key_alg, alg))
		return false;
	return (str_eq_c(alg, "RS256") && str_eq_c(kty, "RSA")) ||
	       (str_eq_c(alg, "ES256") && str_eq_c(kty, "EC"));
}

static enum err check_header(struct arena *a, struct str token,
			     struct json *header, struct errbuf *e)
{
	struct str text;

	ERR_TRY(jwt_header(a, token, &text, e));
	if (json_parse(a, text, header, NULL) != ERR_OK)
		return err_set(e, ERR_OIDC,
			       "the header of the ID token is not JSON");
	const struct str alg = json_str(json_get(*header, "alg"));
	if (!str_eq_c(alg, "RS256") && !str_eq_c(alg, "ES256"))
		return err_set(e, ERR_OIDC,
			       "the ID token is not signed with RS256 or "
			       "ES256");
	/* an extension that must be understood (RFC 7515 section 4.1.11) */
	if (json_type(json_get(*header, "crit")) != JSON_NULL)
		return err_set(e, ERR_OIDC, "the ID token needs an extension");
	return ERR_OK;
}

/* The payload, by whichever key signed it. */
static enum err check_signature(struct arena *a, struct str token,
				struct json keys, struct str *payload,
				bool *no_key, struct errbuf *e)
{
	struct json header;

	ERR_TRY(check_header(a, token, &header, e));
	*no_key = true;
	for (size_t i = 0; i < json_count(keys); i++) {
		const struct json key = json_at(keys, i);
		if (!may_fit(key, header))
			continue;
		*no_key = false;
		err_clear(e);
		if (jwt_verify(a, token, json_text(key), payload, e) == ERR_OK)
			return ERR_OK;
	}
	return err_set(e, ERR_OIDC, "no key of the provider fits the ID token");
}

/* aud may be one text or a list; of several, azp names the one it is for. */
static bool is_for_us(struct json claims, const char *client_id)
{
	const struct json aud = json_get(claims, "aud");
	const struct json azp = json_get(claims, "azp");
	bool found = str_eq_c(json_str(aud), client_id);

	for (size_t i = 0; i < json_count(aud); i++)
		found = found || str_eq_c(json_str(json_at(aud, i)), client_id);
	if (json_type(azp) != JSON_NULL || json_count(aud) > 1)
		return found && str_eq_c(json_str(azp), client_id);
	return found;
}

static enum err check_times(struct json claims, int64_t now_s, struct errbuf *e)
{
	int64_t expires_s = 0;
	int64_t issued_s = 0;

	if (json_get_i64(claims, "exp", 1, LAST_SECOND, &expires_s, NULL) !=
		    ERR_OK ||
	    json_get_i64(claims, "iat", 1, LAST_SECOND, &issued_s, NULL) !=
		    ERR_OK ||
	    expires_s == 0 || issued_s == 0)
		return err_set(e, ERR_OIDC,
			       "the ID token does not say how old it is");
	if (expires_s + GRACE_S <= now_s)
		return err_set(e, ERR_OIDC, "the ID token has expired");
	if (issued_s - GRACE_S > now_s)
		return err_set(e, ERR_OIDC, "the ID token is from the future");
	return ERR_OK;
}

static bool same_secret(struct str a, struct str b)
{
	return a.n > 0 && a.n == b.n && sodium_memcmp(a.p, b.p, a.n) == 0;
}

static enum err check_claims(struct json claims,
			     const struct oidc_expected *expected,
			     struct errbuf *e)
{
	if (!str_eq(json_str(json_get(claims, "iss")), expected->issuer))
		return err_set(e, ERR_OIDC,
			       "the ID token is of another issuer");
	if (!is_for_us(claims, expected->client_id))
		return err_set(e, ERR_OIDC,
			       "the ID token is for somebody else");
	if (!same_secret(json_str(json_get(claims, "nonce")), expected->nonce))
		return err_set(e, ERR_OIDC,
			       "the ID token is of another sign-in");
	return check_times(claims, expected->now_s, e);
}

enum err oidc_token_check(struct arena *a, struct str token, struct json keys,
			  const struct oidc_expected *expected,
			  struct oidc_claims *out, bool *no_key,
			  struct errbuf *e)
{
	struct str payload;
	struct json claims;

	*out = (struct oidc_claims){.email_verified = false};
	ERR_TRY(check_signature(a, token, keys, &payload, no_key, e));
	if (json_parse(a, payload, &claims, NULL) != ERR_OK)
		return err_set(e, ERR_OIDC, "the ID token is not JSON");
	ERR_TRY(check_claims(claims, expected, e));
	out->subject = json_str(json_get(claims, "sub"));
	out->email = json_str(json_get(claims, "email"));
	/* some send the word instead of the value */
	if (json_type(json_get(claims, "email_verified")) == JSON_BOOL)
		(void)!json_get_bool(claims, "email_verified",
				     &out->email_verified, NULL);
	else
		out->email_verified = str_eq_c(
			json_str(json_get(claims, "email_verified")), "true");
	if (out->subject.n == 0 || out->subject.n > SUBJECT_MAX ||
	    out->email.n > EMAIL_MAX)
		return err_set(e, ERR_OIDC,
			       "the ID token does not say who it is about");
	return ERR_OK;
}
