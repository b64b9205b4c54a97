#ifndef SLIPWAY_GUARD_DETECT_H
#define SLIPWAY_GUARD_DETECT_H

#include "base/str.h"
#include "conf/guard.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The detectors.  Each looks at one place of a text of which the end may not
 * have come yet, and answers for good: a YES or NO depends on nothing that is
 * still to come, else it is MORE.  That is what makes the scanner give the
 * same result at every cut.
 *
 *	base      from        to         n
 *	 |---------|== match ==|----------|  ... still to come, unless `whole`
 *
 * Text is normal form (norm.h): ASCII where ASCII was meant; a byte over 0x7F
 * belongs to a letter or sign of another script.  Before base stands context
 * that was decided already.
 */
struct guard_text {
	const char *p;
	size_t n;
	size_t base;
	bool whole; /* nothing comes after n */
};

enum guard_found { GUARD_NO, GUARD_YES, GUARD_MORE };

/* How a match goes on behind `to`, for those that have no bound. */
enum guard_tail {
	GUARD_TAIL_NONE,
	GUARD_TAIL_WORD, /* while base64url goes on */
	GUARD_TAIL_JWT,  /* and dots */
	GUARD_TAIL_PEM   /* until the END line */
};

/* YES: where it is.  MORE: from where on it may become one. */
struct guard_hit {
	enum guard_kind kind;
	size_t from;
	size_t to;
	enum guard_tail tail;
};

/* What stays before base as context, bytes. */
#define GUARD_CONTEXT_BYTES 48

/* Classes of bytes; several may hold. */
enum {
	GUARD_IS_DIGIT = 1,
	GUARD_IS_ALPHA = 2, /* ASCII letters */
	GUARD_IS_HEX = 4,
	GUARD_IS_LOCAL = 8,  /* of the local part of an address */
	GUARD_IS_LABEL = 16, /* of a domain's label */
	GUARD_IS_URL64 = 32, /* base64url */
	GUARD_IS_B58 = 64,
	GUARD_IS_BASE64 = 128,
	GUARD_IS_ALNUM = GUARD_IS_DIGIT | GUARD_IS_ALPHA
};

extern const unsigned char guard_class[256];

/* What guard_peek() says where there is no byte. */
#define GUARD_PEEK_END  (-1) /* the text has ended */
#define GUARD_PEEK_MORE (-2) /* it has not come yet */

static inline int guard_peek(const struct guard_text *t, size_t i)
{
	if (i < t->n)
		return (unsigned char)t->p[i];
	return t->whole ? GUARD_PEEK_END : GUARD_PEEK_MORE;
}

/* Is the byte at i of one of these classes?  No where there is none. */
static inline bool guard_is(const struct guard_text *t, size_t i, int classes)
{
	return i < t->n && (guard_class[(unsigned char)t->p[i]] & classes) != 0;
}

/* guard_is() of the byte before i, which is context when i is base. */
static inline bool guard_was(const struct guard_text *t, size_t i, int classes)
{
	return i > 0 && guard_is(t, i - 1, classes);
}

/* Does literal stand at i?  MORE when the text ends within it. */
enum guard_found guard_literal(const struct guard_text *t, size_t i,
			       struct str literal);

/*
 * Is one of the words, separated by '|' and in lower case, among the bytes
 * before i?  Only GUARD_CONTEXT_BYTES / 2 of them count.
 */
bool guard_context(const struct guard_text *t, size_t i, const char *words);

/*
 * The detectors, by what they start from.  `hit` is set by YES and MORE.  Each
 * asks in `policy` which kinds are wanted.
 */

/* at: an '@'. */
enum guard_found guard_detect_email(const struct guard_text *t, size_t at,
				    struct guard_hit *hit);

/* at: the first digit of a number, or '+', or '(' before a digit. */
enum guard_found guard_detect_card(const struct guard_text *t, size_t at,
				   struct guard_hit *hit);
enum guard_found guard_detect_ssn(const struct guard_text *t, size_t at,
				  struct guard_hit *hit);
enum guard_found guard_detect_phone(const struct guard_text *t, size_t at,
				    struct guard_hit *hit);
enum guard_found guard_detect_ip4(const struct guard_text *t, size_t at,
				  struct guard_hit *hit);

/* at: the first ':' or '-' of a hexadecimal group. */
enum guard_found guard_detect_mac(const struct guard_text *t, size_t at,
				  struct guard_hit *hit);
enum guard_found guard_detect_ip6(const struct guard_text *t, size_t at,
				  struct guard_hit *hit);

/* at: the first of the two check digits. */
enum guard_found guard_detect_iban(const struct guard_text *t, size_t at,
				   struct guard_hit *hit);

/* at: the '1' of bc1, the '0' of 0x, or a leading 1 or 3. */
enum guard_found guard_detect_crypto(const struct guard_text *t, size_t at,
				     struct guard_hit *hit);

/* at: the byte that marks the prefix of a key (guard_key_marks). */
enum guard_found guard_detect_key(const struct guard_text *t, size_t at,
				  struct guard_hit *hit);

/* at: the 'J' of "eyJ". */
enum guard_found guard_detect_jwt(const struct guard_text *t, size_t at,
				  struct guard_hit *hit);

/* at: the first '-' of "-----BEGIN". */
enum guard_found guard_detect_pem(const struct guard_text *t, size_t at,
				  struct guard_hit *hit);

/* user:PASSWORD@ behind a scheme.  at: the ':' of "://". */
enum guard_found guard_detect_login(const struct guard_text *t, size_t at,
				    struct guard_hit *hit);

/* The bytes at which guard_detect_key() has something to look at. */
extern const char guard_key_marks[];

/*
 * May the end of the text, from i on, be the beginning of a prefix whose mark
 * has not come yet?
 */
bool guard_key_begins(const struct guard_text *t, size_t i);

/*
 * How much of the text from i on still belongs to a match with this tail.
 * Returns the end of it; *more says that it may go on with what comes.
 */
size_t guard_tail_end(const struct guard_text *t, size_t i,
		      enum guard_tail tail, bool *more);

#endif
