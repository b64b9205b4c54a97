/*
 * Hashing and comparing passwords.  Called by the sign-in, the account page
 * and the command line.
 */
#include "auth/password.h"

#include "base/arena.h"

#include <sodium.h>
#include <string.h>

#define OPS    crypto_pwhash_OPSLIMIT_INTERACTIVE
#define MEMORY crypto_pwhash_MEMLIMIT_INTERACTIVE

/* A hash of nothing that anybody types, to be compared with in vain. */
#define NOBODY                                                   \
	"$argon2id$v=19$m=65536,t=2,p=1$VkqIREAxm9ySjz3cYfWYSA$" \
	"S3mwIVyoqYQbCYrDRnYzM2HZmbQuZJtyS2FuUxpyXkM"

static size_t chars_of(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xC0) != 0x80;
	return n;
}

static bool is_one_character(struct str s)
{
	for (size_t i = 1; i < s.n; i++)
		if (s.p[i] != s.p[0])
			return false;
	return true;
}

enum err password_accept(struct str password, struct str login,
			 struct errbuf *e)
{
	if (chars_of(password) < PASSWORD_MIN_CHARS)
		return err_set(e, ERR_INVALID_REQUEST,
			       "a password has at least %d characters; a few "
			       "words are easier to remember than signs",
			       PASSWORD_MIN_CHARS);
	if (password.n > PASSWORD_MAX_BYTES)
		return err_set(e, ERR_INVALID_REQUEST,
			       "a password has at most %d bytes",
			       PASSWORD_MAX_BYTES);
	if (is_one_character(password) || str_eq_nocase(password, login))
		return err_set(e, ERR_INVALID_REQUEST,
			       "this password is the first that somebody "
			       "would try");
	return ERR_OK;
}

enum err password_hash(struct arena *a, struct str password, struct str *out,
		       struct errbuf *e)
{
	char *const text = arena_alloc(a, crypto_pwhash_STRBYTES);

	if (crypto_pwhash_str(text, password.p != NULL ? password.p : "",
			      password.n, OPS, MEMORY) != 0)
		return err_set(e, ERR_INTERNAL, "no memory to hash a password");
	*out = str_from(text);
	return ERR_OK;
}

bool password_matches(struct str hash, struct str password, bool *stale)
{
	char text[crypto_pwhash_STRBYTES] = {0};
	const bool known = hash.n > 0 && hash.n < sizeof(text);
	const struct str against = known ? hash : STR(NOBODY);

	memcpy(text, against.p, against.n);
	const bool same = crypto_pwhash_str_verify(
				  text, password.p != NULL ? password.p : "",
				  password.n) == 0;
	*stale = known && same &&
		 crypto_pwhash_str_needs_rehash(text, OPS, MEMORY) != 0;
	return known && same;
}
