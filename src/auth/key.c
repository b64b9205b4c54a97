/*
 * API keys: making, hashing, and taking them from a request.  Called by the
 * command line (make) and by every route that costs money (take).
 */
#include "auth/key.h"

#include "base/id.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#define MARK_CHARS  4
#define NOISE_BYTES 32

/* What a token of each kind begins with. */
static const char marks[][MARK_CHARS + 1] = {
	[AUTH_KEY] = "slw_",
	[AUTH_SESSION] = "sls_",
	[AUTH_VISITOR] = "slv_",
};
#define KINDS (sizeof(marks) / sizeof(marks[0]))

void auth_key_generate(char out[static AUTH_KEY_BYTES])
{
	auth_token_generate(AUTH_KEY, out);
}

void auth_token_generate(enum auth_kind kind, char out[static AUTH_KEY_BYTES])
{
	unsigned char noise[NOISE_BYTES];

	id_random(noise, sizeof(noise));
	memcpy(out, marks[kind], MARK_CHARS);
	(void)sodium_bin2base64(out + MARK_CHARS, AUTH_KEY_BYTES - MARK_CHARS,
				noise, sizeof(noise),
				sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(noise, sizeof(noise));
	assert(strlen(out) == AUTH_KEY_CHARS);
}

void auth_key_wipe(char key[static AUTH_KEY_BYTES])
{
	sodium_memzero(key, AUTH_KEY_BYTES);
}

void auth_key_prefix(struct str key, char out[static AUTH_PREFIX_BYTES])
{
	const size_t n =
		key.n < AUTH_PREFIX_BYTES - 1 ? key.n : AUTH_PREFIX_BYTES - 1;

	if (n > 0)
		memcpy(out, key.p, n);
	out[n] = '\0';
}

void auth_key_hash(struct str key, unsigned char out[static AUTH_HASH_BYTES])
{
	(void)crypto_hash_sha256(out, (const unsigned char *)key.p, key.n);
}

void auth_sha256_hex(struct str text, char out[static AUTH_HEX_BYTES])
{
	unsigned char hash[AUTH_HASH_BYTES];

	auth_key_hash(text, hash);
	id_hex(hash, sizeof(hash), out);
}

static bool is_key_char(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool auth_token_parse(struct str s, enum auth_kind *kind)
{
	if (s.n != AUTH_KEY_CHARS)
		return false;
	for (size_t i = MARK_CHARS; i < s.n; i++)
		if (!is_key_char(s.p[i]))
			return false;
	for (size_t i = 0; i < KINDS; i++)
		if (str_starts(s, str_from(marks[i]))) {
			*kind = (enum auth_kind)i;
			return true;
		}
	return false;
}

/* The token of "Bearer TOKEN", RFC 6750 section 2.1; empty for other schemes */
static struct str bearer_token(struct str authorization)
{
	struct str scheme;
	struct str token;

	(void)str_cut(str_trim(authorization), ' ', &scheme, &token);
	/* RFC 9110 section 11.1: the scheme is compared without case */
	if (!str_eq_nocase(scheme, STR("Bearer")))
		return STR_NONE;
	return str_trim(token);
}

enum err auth_token_from_headers(struct str authorization, struct str x_api_key,
				 enum auth_kind *kind,
				 unsigned char hash[static AUTH_HASH_BYTES],
				 struct errbuf *e)
{
	const struct str bearer = bearer_token(authorization);
	const struct str other = str_trim(x_api_key);
	const struct str key = bearer.n > 0 ? bearer : other;

	if (key.n == 0)
		return err_set(e, ERR_UNAUTHORIZED, "no API key was sent");
	/* a session has its protections as a cookie only */
	if (!auth_token_parse(key, kind) || *kind == AUTH_SESSION)
		return err_set(e, ERR_UNAUTHORIZED,
			       "what was sent has not the form of an API key");
	if (bearer.n > 0 && other.n > 0 &&
	    (other.n != bearer.n ||
	     sodium_memcmp(bearer.p, other.p, bearer.n) != 0))
		return err_set(e, ERR_UNAUTHORIZED,
			       "Authorization and x-api-key differ");
	auth_key_hash(key, hash);
	return ERR_OK;
}

enum err auth_key_from_headers(struct str authorization, struct str x_api_key,
			       unsigned char hash[static AUTH_HASH_BYTES],
			       struct errbuf *e)
{
	enum auth_kind kind = AUTH_KEY;

	ERR_TRY(auth_token_from_headers(authorization, x_api_key, &kind, hash,
					e));
	if (kind != AUTH_KEY)
		return err_set(e, ERR_UNAUTHORIZED,
			       "what was sent has not the form of an API key");
	return ERR_OK;
}
