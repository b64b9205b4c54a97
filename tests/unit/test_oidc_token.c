/*
 * auth/oidc_token and auth/jwt: one honest token passes, and each thing that is
 * wrong with a token is enough to refuse it.  Tokens are signed here, with keys
 * made for the run.
 */
#include "auth/jwt.h"
#include "auth/oidc_token.h"
#include "base/arena.h"
#include "base/buf.h"

#include <cjose/cjose.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka needs the above */
#include <cmocka.h>

#define NOW_S    1795701600 /* 2026-11-26T14:00:00Z */

#define HEAD_RSA "{\"alg\":\"RS256\",\"kid\":\"r\"}"
#define HEAD_EC  "{\"alg\":\"ES256\",\"kid\":\"e\"}"

/* The claims of an honest token, some of them replaced by the caller. */
#define CLAIMS(iss, aud, nonce, iat, exp, more)                             \
	"{\"iss\":" iss ",\"aud\":" aud ",\"nonce\":" nonce ",\"iat\":" iat \
	",\"exp\":" exp ",\"sub\":\"ann\"" more "}"
#define ISS    "\"https://idp.example\""
#define AUD    "\"us\""
#define NONCE  "\"n0nce\""
#define IAT    "1795701590"
#define EXP    "1795702200"
#define HONEST CLAIMS(ISS, AUD, NONCE, IAT, EXP, "")

static struct arena arena;
static cjose_jwk_t *rsa, *ec, *stranger, *small, *p384;
static struct json keys;

static const struct oidc_expected expected = {
	.issuer = {"https://idp.example", 19},
	.client_id = "us",
	.nonce = {"n0nce", 5},
	.now_s = NOW_S,
};

/* A key with its name; priv: with its secret, too. */
static struct str jwk_text(cjose_jwk_t *key, const char *kid, bool priv)
{
	struct str out = STR_NONE;
	cjose_err why;

	assert_true(cjose_jwk_set_kid(key, kid, strlen(kid), &why));
	char *const text = cjose_jwk_to_json(key, priv, &why);
	assert_non_null(text);
	out = (struct str){arena_strndup(&arena, text, strlen(text)),
			   strlen(text)};
	cjose_get_dealloc()(text);
	return out;
}

static struct json parsed(struct str text)
{
	struct json out;

	assert_int_equal(json_parse(&arena, text, &out, NULL), ERR_OK);
	return out;
}

static struct json key_set(cjose_jwk_t *const list[], const char *const kids[],
			   size_t n)
{
	struct buf set;

	buf_init(&set, &arena, 64 * 1024);
	buf_add_c(&set, "[");
	for (size_t i = 0; i < n; i++) {
		buf_add_c(&set, i == 0 ? "" : ",");
		buf_add_str(&set, jwk_text(list[i], kids[i], false));
	}
	buf_add_c(&set, "]");
	return parsed(buf_str(&set));
}

static int setup(void **state)
{
	static const char *const kids[] = {"r", "e"};
	cjose_err why;

	(void)state;
	arena_init(&arena, (size_t)8 * 1024 * 1024);
	rsa = cjose_jwk_create_RSA_random(2048, NULL, 0, &why);
	stranger = cjose_jwk_create_RSA_random(2048, NULL, 0, &why);
	small = cjose_jwk_create_RSA_random(1024, NULL, 0, &why);
	ec = cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, &why);
	p384 = cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_384, &why);
	if (rsa == NULL || stranger == NULL || small == NULL || ec == NULL ||
	    p384 == NULL)
		return 1;
	keys = key_set((cjose_jwk_t *const[]){rsa, ec}, kids, 2);
	return 0;
}

static int teardown(void **state)
{
	cjose_jwk_t *const all[] = {rsa, ec, stranger, small, p384};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		(void)cjose_jwk_release(all[i]);
	arena_release(&arena);
	return 0;
}

static struct str signed_by(cjose_jwk_t *key, const char *head,
			    const char *claims)
{
	const char *text = NULL;
	cjose_err why;

	cjose_header_t *const header = cjose_header_new(&why);
	const struct json members = parsed(str_from(head));
	static const char *const names[] = {"alg", "kid"};
	for (size_t i = 0; i < 2; i++) {
		const struct str value = json_str(json_get(members, names[i]));
		if (value.n > 0)
			assert_true(cjose_header_set(header, names[i], value.p,
						     &why));
	}
	if (json_type(json_get(members, "crit")) != JSON_NULL)
		assert_true(cjose_header_set_raw(header, "crit", "[\"b64\"]",
						 &why));
	cjose_jws_t *const jws = cjose_jws_sign(
		key, header, (const uint8_t *)claims, strlen(claims), &why);
	assert_non_null(jws);
	assert_true(cjose_jws_export(jws, &text, &why));
	const struct str out = {arena_strndup(&arena, text, strlen(text)),
				strlen(text)};
	cjose_jws_release(jws);
	cjose_header_release(header);
	return out;
}

static void base64url(struct buf *out, struct str in)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789-_";
	uint32_t bits = 0;
	int have = 0;

	for (size_t i = 0; i < in.n; i++) {
		bits = bits << 8 | (unsigned char)in.p[i];
		for (have += 8; have >= 6; have -= 6)
			buf_add_char(out, digits[bits >> (have - 6) & 63]);
	}
	if (have > 0)
		buf_add_char(out, digits[bits << (6 - have) & 63]);
}

/* A token of any header and claims; end is what stands for its signature. */
static struct str unsigned_token(const char *head, const char *claims,
				 const char *end)
{
	struct buf out;

	buf_init(&out, &arena, 64 * 1024);
	base64url(&out, str_from(head));
	buf_add_char(&out, '.');
	base64url(&out, str_from(claims));
	buf_add_c(&out, end);
	return buf_str(&out);
}

static enum err check(struct str token, struct oidc_claims *out)
{
	struct errbuf e = {0};
	bool no_key = false;
	const enum err err = oidc_token_check(&arena, token, keys, &expected,
					      out, &no_key, &e);

	if (err != ERR_OK)
		assert_true(e.detail[0] != '\0');
	return err;
}

static void refused(struct str token)
{
	struct oidc_claims claims;

	assert_int_equal(check(token, &claims), ERR_OIDC);
}

static void accepted(struct str token)
{
	struct oidc_claims claims;

	assert_int_equal(check(token, &claims), ERR_OK);
	assert_true(str_eq_c(claims.subject, "ann"));
}

static void honest(void **state)
{
	struct oidc_claims claims;

	(void)state;
	accepted(signed_by(rsa, HEAD_RSA, HONEST));
	accepted(signed_by(ec, HEAD_EC, HONEST));
	/* without the name of a key, each that may fit is tried */
	accepted(signed_by(rsa, "{\"alg\":\"RS256\"}", HONEST));
	assert_int_equal(check(signed_by(rsa, HEAD_RSA,
					 CLAIMS(ISS, AUD, NONCE, IAT, EXP,
						",\"email\":\"a@b.example\","
						"\"email_verified\":true")),
			       &claims),
			 ERR_OK);
	assert_true(str_eq_c(claims.email, "a@b.example"));
	assert_true(claims.email_verified);
}

/* Some send the word; only "true" is true. */
static void verified_addresses(void **state)
{
	static const struct {
		const char *more;
		bool verified;
	} cases[] = {
		{"", false},
		{",\"email_verified\":false", false},
		{",\"email_verified\":\"true\"", true},
		{",\"email_verified\":\"false\"", false},
		{",\"email_verified\":\"TRUE\"", false},
		{",\"email_verified\":1", false},
		{",\"email_verified\":null", false},
		{",\"email_verified\":[true]", false},
	};
	struct oidc_claims claims;
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		(void)snprintf(text, sizeof(text),
			       CLAIMS(ISS, AUD, NONCE, IAT, EXP, "%s"),
			       cases[i].more);
		assert_int_equal(check(signed_by(rsa, HEAD_RSA, text), &claims),
				 ERR_OK);
		assert_true(claims.email_verified == cases[i].verified);
	}
}

static void no_signature(void **state)
{
	static const char *const names[] = {"none",  "None",  "NONE",  "",
					    "HS256", "RS512", "PS256", "ES384"};
	char head[64];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		(void)snprintf(head, sizeof(head),
			       "{\"alg\":\"%s\",\"kid\":\"r\"}", names[i]);
		refused(unsigned_token(head, HONEST, "."));
		refused(unsigned_token(head, HONEST, ""));
		refused(unsigned_token(head, HONEST, ".AAAA"));
	}
	refused(unsigned_token("{\"kid\":\"r\"}", HONEST, "."));
	refused(unsigned_token("{\"alg\":null}", HONEST, "."));
	refused(unsigned_token("{\"alg\":[\"RS256\"]}", HONEST, "."));
	refused(unsigned_token("[\"RS256\"]", HONEST, "."));
	refused(unsigned_token("no JSON", HONEST, "."));
	refused(unsigned_token(HEAD_RSA, HONEST, "."));
	refused(unsigned_token(HEAD_RSA, HONEST, ""));
}

/* The public key, which everybody has, as the secret of an HMAC. */
static void public_key_as_secret(void **state)
{
	const struct str secret = jwk_text(rsa, "r", false);
	cjose_err why;

	(void)state;
	cjose_jwk_t *const oct = cjose_jwk_create_oct_spec(
		(const uint8_t *)secret.p, secret.n, &why);
	assert_non_null(oct);
	refused(signed_by(oct, "{\"alg\":\"HS256\",\"kid\":\"r\"}", HONEST));
	(void)cjose_jwk_release(oct);
}

static void wrong_keys(void **state)
{
	struct errbuf e = {0};
	struct oidc_claims claims;
	bool no_key = true;

	(void)state;
	refused(signed_by(stranger, HEAD_RSA, HONEST));
	/* the one key under the name of the other */
	refused(signed_by(ec, "{\"alg\":\"ES256\",\"kid\":\"r\"}", HONEST));
	assert_int_equal(
		oidc_token_check(&arena, signed_by(stranger, HEAD_RSA, HONEST),
				 keys, &expected, &claims, &no_key, &e),
		ERR_OIDC);
	assert_false(no_key); /* it was there, and did not fit */
	assert_int_equal(
		oidc_token_check(&arena,
				 signed_by(stranger,
					   "{\"alg\":\"RS256\",\"kid\":\"x\"}",
					   HONEST),
				 keys, &expected, &claims, &no_key, &e),
		ERR_OIDC);
	assert_true(no_key); /* worth asking the provider again */
	assert_int_equal(oidc_token_check(&arena,
					  signed_by(rsa, HEAD_RSA, HONEST),
					  parsed(STR("[]")), &expected, &claims,
					  &no_key, &e),
			 ERR_OIDC);
	assert_true(no_key);
}

/* Keys that the provider names, and that are not good enough. */
static void weak_keys(void **state)
{
	static const char *const kids[] = {"r", "e"};
	const struct json before = keys;

	(void)state;
	keys = key_set((cjose_jwk_t *const[]){small, p384}, kids, 2);
	refused(signed_by(small, HEAD_RSA, HONEST));
	/* P-384 is no key for ES256, whoever signed */
	refused(signed_by(ec, HEAD_EC, HONEST));
	keys = parsed(STR("[{\"kty\":\"RSA\",\"kid\":\"r\"},null,7,\"x\",{},"
			  "{\"kty\":\"RSA\",\"kid\":\"r\",\"n\":\"AQAB\","
			  "\"e\":\"AQAB\"}]"));
	refused(signed_by(rsa, HEAD_RSA, HONEST));
	keys = before;
}

static void wrong_claims(void **state)
{
	static const char *const claims[] = {
		CLAIMS("\"https://idp.example/\"", AUD, NONCE, IAT, EXP, ""),
		CLAIMS("\"https://evil.example\"", AUD, NONCE, IAT, EXP, ""),
		CLAIMS("[" ISS "]", AUD, NONCE, IAT, EXP, ""),
		CLAIMS("null", AUD, NONCE, IAT, EXP, ""),
		CLAIMS(ISS, "\"them\"", NONCE, IAT, EXP, ""),
		CLAIMS(ISS, "\"us \"", NONCE, IAT, EXP, ""),
		CLAIMS(ISS, "[]", NONCE, IAT, EXP, ""),
		CLAIMS(ISS, "[\"them\"]", NONCE, IAT, EXP, ""),
		CLAIMS(ISS, "[\"us\",\"them\"]", NONCE, IAT, EXP, ""),
		CLAIMS(ISS, "[\"us\",\"them\"]", NONCE, IAT, EXP,
		       ",\"azp\":\"them\""),
		CLAIMS(ISS, AUD, NONCE, IAT, EXP, ",\"azp\":\"them\""),
		CLAIMS(ISS, "[\"them\"]", NONCE, IAT, EXP, ",\"azp\":\"us\""),
		CLAIMS(ISS, "null", NONCE, IAT, EXP, ""),
		CLAIMS(ISS, AUD, "\"another\"", IAT, EXP, ""),
		CLAIMS(ISS, AUD, "\"\"", IAT, EXP, ""),
		CLAIMS(ISS, AUD, "null", IAT, EXP, ""),
		CLAIMS(ISS, AUD, NONCE, IAT, "1795701540", ""), /* now - 60 */
		CLAIMS(ISS, AUD, NONCE, IAT, "null", ""),
		CLAIMS(ISS, AUD, NONCE, IAT, "\"1795702200\"", ""),
		CLAIMS(ISS, AUD, NONCE, IAT, "-1", ""),
		CLAIMS(ISS, AUD, NONCE, IAT, "0", ""),
		CLAIMS(ISS, AUD, NONCE, IAT, "9223372036854775807", ""),
		CLAIMS(ISS, AUD, NONCE, "1795701661", EXP, ""), /* now + 61 */
		CLAIMS(ISS, AUD, NONCE, "null", EXP, ""),
		CLAIMS(ISS, AUD, NONCE, IAT, EXP, ",\"sub\":\"\""),
		CLAIMS(ISS, AUD, NONCE, IAT, EXP, ",\"sub\":null"),
		CLAIMS(ISS, AUD, NONCE, IAT, EXP, ",\"sub\":7"),
		"{}",
		"[]",
		"null",
		"no JSON",
	};
	char overlong[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(claims) / sizeof(*claims); i++)
		refused(signed_by(rsa, HEAD_RSA, claims[i]));
	(void)snprintf(overlong, sizeof(overlong),
		       CLAIMS(ISS, AUD, NONCE, IAT, EXP, ",\"sub\":\"%0256d\""),
		       0);
	refused(signed_by(rsa, HEAD_RSA, overlong));
}

/* A minute of grace, and not a second more. */
static void nearly_wrong_claims(void **state)
{
	(void)state;
	accepted(signed_by(rsa, HEAD_RSA,
			   CLAIMS(ISS, AUD, NONCE, IAT, "1795701541", "")));
	accepted(signed_by(rsa, HEAD_RSA,
			   CLAIMS(ISS, AUD, NONCE, "1795701660", EXP, "")));
	accepted(signed_by(rsa, HEAD_RSA,
			   CLAIMS(ISS, "[\"us\"]", NONCE, IAT, EXP, "")));
	accepted(signed_by(rsa, HEAD_RSA,
			   CLAIMS(ISS, "[\"us\",\"them\"]", NONCE, IAT, EXP,
				  ",\"azp\":\"us\"")));
}

static void changed_on_the_way(void **state)
{
	const struct str honest_one = signed_by(rsa, HEAD_RSA, HONEST);
	char *const text = arena_strndup(&arena, honest_one.p, honest_one.n);

	(void)state;
	for (size_t i = 0; i + 4 < honest_one.n; i += 7) {
		const char was = text[i];
		text[i] = was == 'A' ? 'B' : 'A';
		refused((struct str){text, honest_one.n});
		text[i] = was;
	}
	for (size_t n = 0; n < honest_one.n; n += 13)
		refused((struct str){text, n});
	accepted((struct str){text, honest_one.n});
}

/* A part that must be understood, and is not (RFC 7515 section 4.1.11). */
static void extensions(void **state)
{
	(void)state;
	refused(signed_by(rsa,
			  "{\"alg\":\"RS256\",\"kid\":\"r\","
			  "\"crit\":[\"b64\"]}",
			  HONEST));
}

static void too_long(void **state)
{
	const size_t n = JWT_MAX_BYTES + 1;
	char *const text = arena_alloc(&arena, n);

	(void)state;
	memset(text, 'A', n);
	text[10] = text[20] = '.';
	refused((struct str){text, n});
	refused(STR_NONE);
	refused(STR("."));
	refused(STR(".."));
	refused(STR("a.b.c.d"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(honest),
		cmocka_unit_test(verified_addresses),
		cmocka_unit_test(no_signature),
		cmocka_unit_test(public_key_as_secret),
		cmocka_unit_test(wrong_keys),
		cmocka_unit_test(weak_keys),
		cmocka_unit_test(wrong_claims),
		cmocka_unit_test(nearly_wrong_claims),
		cmocka_unit_test(changed_on_the_way),
		cmocka_unit_test(extensions),
		cmocka_unit_test(too_long),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
