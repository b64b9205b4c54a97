/*
 * What the detectors share: classes of bytes, literals, the words before a
 * number, and the ends of matches that have no bound.
 *
 * The table of classes, for letters of other scripts: those of two bytes in
 * UTF-8 (Latin, Greek, Cyrillic) may stand in an address; three bytes and more
 * (Chinese, Japanese) are scripts without spaces, where an address would
 * otherwise take the sentence around it along.
 */
#include "guard/detect.h"

#include <string.h>

/* What a body of a private key has at least before its first blank. */
#define PEM_WORD_BYTES 16
#define PEM_END        STR("-----END ")
#define PEM_LABEL_MAX  48

const unsigned char guard_class[256] = {
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x08, 0x00, 0x08, 0x00, 0x00, 0x00, 0x88, 0x00, 0x38, 0x08, 0x80,
	0xBD, 0xFD, 0xFD, 0xFD, 0xFD, 0xFD, 0xFD, 0xFD, 0xFD, 0xFD, 0x00, 0x00,
	0x00, 0x80, 0x00, 0x00, 0x00, 0xFE, 0xFE, 0xFE, 0xFE, 0xFE, 0xFE, 0xFA,
	0xFA, 0xBA, 0xFA, 0xFA, 0xFA, 0xFA, 0xFA, 0xBA, 0xFA, 0xFA, 0xFA, 0xFA,
	0xFA, 0xFA, 0xFA, 0xFA, 0xFA, 0xFA, 0xFA, 0x00, 0x00, 0x00, 0x00, 0x28,
	0x00, 0xFE, 0xFE, 0xFE, 0xFE, 0xFE, 0xFE, 0xFA, 0xFA, 0xFA, 0xFA, 0xFA,
	0xBA, 0xFA, 0xFA, 0xFA, 0xFA, 0xFA, 0xFA, 0xFA, 0xFA, 0xFA, 0xFA, 0xFA,
	0xFA, 0xFA, 0xFA, 0x00, 0x00, 0x00, 0x00, 0x00, 0x18, 0x18, 0x18, 0x18,
	0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18,
	0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18,
	0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18,
	0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18,
	0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18,
	0x00, 0x00, 0x00, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18,
	0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18,
	0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00,
};

enum guard_found guard_literal(const struct guard_text *t, size_t i,
			       struct str literal)
{
	for (size_t k = 0; k < literal.n; k++) {
		const int c = guard_peek(t, i + k);
		if (c == GUARD_PEEK_MORE)
			return GUARD_MORE;
		if (c != (unsigned char)literal.p[k])
			return GUARD_NO;
	}
	return GUARD_YES;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool ends_word(const char *p, size_t n, struct str word)
{
	if (n < word.n)
		return false;
	for (size_t k = 0; k < word.n; k++)
		if (lower(p[n - word.n + k]) != word.p[k])
			return false;
	return true;
}

bool guard_context(const struct guard_text *t, size_t i, const char *words)
{
	const size_t most = GUARD_CONTEXT_BYTES / 2;
	const size_t n = i < most ? i : most;
	const char *const p = t->p + (i - n);
	struct str rest = str_from(words);
	struct str word;
	bool more = true;

	while (more) {
		more = str_cut(rest, '|', &word, &rest);
		for (size_t end = word.n; end <= n; end++)
			if (ends_word(p, end, word))
				return true;
	}
	return false;
}

/* The end of the run of bytes of these classes; *more: it may go on. */
static size_t run_end(const struct guard_text *t, size_t i, int classes,
		      bool *more)
{
	while (guard_is(t, i, classes))
		i++;
	*more = guard_peek(t, i) == GUARD_PEEK_MORE;
	return i;
}

static size_t jwt_end(const struct guard_text *t, size_t i, bool *more)
{
	for (;;) {
		i = run_end(t, i, GUARD_IS_URL64, more);
		if (*more || guard_peek(t, i) != '.')
			return i;
		if (guard_peek(t, i + 1) == GUARD_PEEK_MORE) {
			*more = true;
			return i;
		}
		/* the dot that ends a sentence is not the token's */
		if (!guard_is(t, i + 1, GUARD_IS_URL64))
			return i;
		i++;
	}
}

/*
 * A blank within a key: does a long word follow, a line of its own, or the END
 * line?
 */
static enum guard_found pem_goes_on(const struct guard_text *t, size_t i)
{
	size_t from = i;
	size_t n = 0;

	if (i > 0 && (t->p[i - 1] == ':' || t->p[i - 1] == ','))
		return GUARD_YES;
	while (from < i + PEM_WORD_BYTES && guard_peek(t, from) == ' ')
		from++;
	while (n < PEM_WORD_BYTES && guard_is(t, from + n, GUARD_IS_BASE64))
		n++;
	const int next = guard_peek(t, from + n);
	if (n == PEM_WORD_BYTES || (n == 0 && next == '-') ||
	    (n > 0 && next > 0 && strchr("\r\n\\", next) != NULL))
		return GUARD_YES;
	return next == GUARD_PEEK_MORE ? GUARD_MORE : GUARD_NO;
}

/* The END line: 0 when there is none at i; *more when it is not all there. */
static size_t pem_end_line(const struct guard_text *t, size_t i, bool *more)
{
	const enum guard_found found = guard_literal(t, i, PEM_END);
	size_t k = i + PEM_END.n;

	*more = found == GUARD_MORE;
	if (found != GUARD_YES)
		return 0;
	while (k < i + PEM_LABEL_MAX &&
	       (guard_is(t, k, GUARD_IS_ALNUM) || guard_peek(t, k) == ' '))
		k++;
	while (k < i + PEM_LABEL_MAX + 5 && guard_peek(t, k) == '-')
		k++;
	*more = guard_peek(t, k) == GUARD_PEEK_MORE;
	return k;
}

static size_t pem_end(const struct guard_text *t, size_t i, bool *more)
{
	for (;; i++) {
		const int c = guard_peek(t, i);
		*more = c == GUARD_PEEK_MORE;
		if (c < 0)
			return i;
		if (c == '-') {
			const size_t end = pem_end_line(t, i, more);
			if (*more || end > 0)
				return *more ? i : end;
			if (!guard_is(t, i + 1, GUARD_IS_ALNUM))
				return i;
		} else if (c == ' ') {
			const enum guard_found found = pem_goes_on(t, i);
			*more = found == GUARD_MORE;
			if (found != GUARD_YES)
				return i;
		} else if (!guard_is(t, i, GUARD_IS_BASE64) &&
			   strchr("\r\n\t\\:,", c) == NULL) {
			return i;
		}
	}
}

size_t guard_tail_end(const struct guard_text *t, size_t i,
		      enum guard_tail tail, bool *more)
{
	*more = false;
	switch (tail) {
	case GUARD_TAIL_NONE:
		break;
	case GUARD_TAIL_WORD:
		return run_end(t, i, GUARD_IS_URL64 | GUARD_IS_BASE64, more);
	case GUARD_TAIL_JWT:
		return jwt_end(t, i, more);
	case GUARD_TAIL_PEM:
		return pem_end(t, i, more);
	}
	return i;
}
