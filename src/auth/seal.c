/*
 * Sealed answers: XSalsa20 and Poly1305 by libsodium, the nonce in front.  Used
 * by idempotency.
 */
#include "auth/seal.h"

#include "base/arena.h"

#include <sodium.h>
#include <string.h>

#define EXTRA_BYTES (crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES)
#define VARIANT     sodium_base64_VARIANT_ORIGINAL

_Static_assert(SEAL_KEY_BYTES == crypto_secretbox_KEYBYTES, "a key");

void seal_key(const struct str *parts, size_t n,
	      unsigned char key[static SEAL_KEY_BYTES])
{
	static const char what[] = "slipway: an answer";
	crypto_generichash_state s;

	(void)crypto_generichash_init(&s, (const unsigned char *)what,
				      sizeof(what), SEAL_KEY_BYTES);
	for (size_t i = 0; i < n; i++) {
		const uint64_t bytes = parts[i].n;
		(void)crypto_generichash_update(
			&s, (const unsigned char *)&bytes, sizeof(bytes));
		(void)crypto_generichash_update(
			&s, (const unsigned char *)parts[i].p, parts[i].n);
	}
	(void)crypto_generichash_final(&s, key, SEAL_KEY_BYTES);
}

struct str seal_text(struct arena *a,
		     const unsigned char key[static SEAL_KEY_BYTES],
		     struct str text)
{
	const size_t n = EXTRA_BYTES + text.n;
	unsigned char *const box = arena_alloc(a, n);
	const size_t room = sodium_base64_encoded_len(n, VARIANT);
	char *const out = arena_alloc(a, room);

	randombytes_buf(box, crypto_secretbox_NONCEBYTES);
	(void)crypto_secretbox_easy(box + crypto_secretbox_NONCEBYTES,
				    (const unsigned char *)text.p, text.n, box,
				    key);
	(void)sodium_bin2base64(out, room, box, n, VARIANT);
	return (struct str){out, room - 1};
}

enum err seal_open(struct arena *a,
		   const unsigned char key[static SEAL_KEY_BYTES],
		   struct str sealed, struct str *text)
{
	unsigned char *const box = arena_alloc(a, sealed.n + 1);
	unsigned char *const out = arena_alloc(a, sealed.n + 1);
	size_t n = 0;

	if (sodium_base642bin(box, sealed.n, sealed.p, sealed.n, NULL, &n, NULL,
			      VARIANT) != 0 ||
	    n < EXTRA_BYTES ||
	    crypto_secretbox_open_easy(out, box + crypto_secretbox_NONCEBYTES,
				       n - crypto_secretbox_NONCEBYTES, box,
				       key) != 0)
		return ERR_INTERNAL;
	*text = (struct str){(const char *)out, n - EXTRA_BYTES};
	return ERR_OK;
}
