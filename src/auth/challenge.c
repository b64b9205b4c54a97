/*
 * Challenges for visitors: make, and check a solution, which costs us sixteen
 * hashes.  Called by the visitor's actions.
 */
#include "auth/challenge.h"

#include "base/num.h"

#include <assert.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define NONCE_BYTES  16
#define NONCE_CHARS  23 /* 22 + NUL */
#define MAC_CHARS    44 /* 43 + NUL */
#define MAX_BITS     24
#define NUMBER_CHARS 20

static void sign(struct str secret, struct str text, char out[static MAC_CHARS])
{
	unsigned char mac[crypto_auth_hmacsha256_BYTES];
	crypto_auth_hmacsha256_state state;

	assert(secret.n > 0); /* a signature under nothing is none */
	(void)crypto_auth_hmacsha256_init(
		&state, (const unsigned char *)secret.p, secret.n);
	(void)crypto_auth_hmacsha256_update(
		&state, (const unsigned char *)text.p, text.n);
	(void)crypto_auth_hmacsha256_final(&state, mac);
	(void)sodium_bin2base64(out, MAC_CHARS, mac, sizeof(mac),
				sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

void challenge_make(struct str secret, int64_t bits, int64_t now_ms,
		    char out[static CHALLENGE_BYTES])
{
	unsigned char noise[NONCE_BYTES];
	char nonce[NONCE_CHARS];
	char mac[MAC_CHARS];

	randombytes_buf(noise, sizeof(noise));
	(void)sodium_bin2base64(nonce, sizeof(nonce), noise, sizeof(noise),
				sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	const int n =
		snprintf(out, CHALLENGE_BYTES, "%" PRId64 ".%" PRId64 ".%s",
			 now_ms + CHALLENGE_TTL_MS, bits, nonce);
	sign(secret, (struct str){out, (size_t)n}, mac);
	(void)snprintf(out + n, CHALLENGE_BYTES - (size_t)n, ".%s", mac);
}

static size_t zero_bits(const unsigned char *hash)
{
	size_t bits = 0;

	while (bits < MAX_BITS && (hash[bits / 8] & (0x80 >> (bits % 8))) == 0)
		bits++;
	return bits;
}

/* Number i of the solution, as it was written. */
static bool solves(struct str challenge, size_t i, struct str number,
		   size_t bits)
{
	char text[CHALLENGE_BYTES + 2 * NUMBER_CHARS];
	unsigned char hash[crypto_hash_sha256_BYTES];
	int64_t value = 0;

	if (num_parse_i64(number, 0, INT64_MAX, &value) != ERR_OK)
		return false;
	(void)snprintf(text, sizeof(text), STR_FMT ":%zu:%" PRId64,
		       STR_ARG(challenge), i, value);
	(void)crypto_hash_sha256(hash, (const unsigned char *)text,
				 strlen(text));
	return zero_bits(hash) >= bits;
}

/* Its parts, when the signature is ours. */
static bool is_ours(struct str secret, struct str challenge,
		    int64_t *expires_ms, int64_t *bits)
{
	char mac[MAC_CHARS];
	struct str rest;
	struct str part;

	if (challenge.n < MAC_CHARS || challenge.n >= CHALLENGE_BYTES)
		return false;
	const struct str text = {challenge.p, challenge.n - MAC_CHARS};
	sign(secret, text, mac);
	if (challenge.p[text.n] != '.' ||
	    sodium_memcmp(challenge.p + text.n + 1, mac, MAC_CHARS - 1) != 0)
		return false;
	(void)str_cut(text, '.', &part, &rest);
	if (num_parse_i64(part, 0, INT64_MAX, expires_ms) != ERR_OK)
		return false;
	(void)str_cut(rest, '.', &part, &rest);
	return num_parse_i64(part, 1, MAX_BITS, bits) == ERR_OK;
}

enum err challenge_check(struct str secret, struct str challenge,
			 struct str solution, int64_t now_ms, struct errbuf *e)
{
	int64_t expires_ms = 0;
	int64_t bits = 0;
	struct str number;

	if (!is_ours(secret, challenge, &expires_ms, &bits))
		return err_set(e, ERR_FORBIDDEN,
			       "this is no challenge of this service");
	if (expires_ms <= now_ms)
		return err_set(e, ERR_FORBIDDEN,
			       "this challenge is too old; ask for a new one");
	for (size_t i = 0; i < CHALLENGE_PUZZLES; i++) {
		(void)str_cut(solution, ',', &number, &solution);
		if (!solves(challenge, i, number, (size_t)bits))
			return err_set(e, ERR_FORBIDDEN,
				       "number %zu of the solution is wrong",
				       i);
	}
	return ERR_OK;
}
