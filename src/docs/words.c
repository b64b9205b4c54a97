/*
 * Words of questions and sentences, for the provider `extract`.  The stemming
 * is crude on purpose: it only has to bring "indexes", "indexed" and "index"
 * together, because PostgreSQL has already found the passages.
 */
#include "docs/words.h"

#include "base/arena.h"

#include <string.h>

#define MIN_STEM_BYTES 3

static bool is_word_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

static char lower(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c | 0x20);
	return c;
}

static bool ends_with(const char *p, size_t n, const char *end)
{
	const size_t m = strlen(end);

	return n >= m + MIN_STEM_BYTES && memcmp(p + n - m, end, m) == 0;
}

/* Drop one ending, then an "e" and a doubled consonant. */
static size_t stem(const char *p, size_t n)
{
	static const char *const endings[] = {
		"ations", "ation", "ingly", "edly", "ings", "ing",
		"ions",   "ion",   "ers",   "er",   "ies",  "ed",
		"es",     "ly",    "s",     "y"};

	if (ends_with(p, n, "ss"))
		return n;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		if (ends_with(p, n, endings[i])) {
			n -= strlen(endings[i]);
			break;
		}
	}
	if (ends_with(p, n, "e"))
		n--;
	if (n > MIN_STEM_BYTES && p[n - 1] == p[n - 2] &&
	    strchr("bdgmnprt", p[n - 1]) != NULL)
		n--;
	return n;
}

size_t words_next(struct str *rest, char buf[static WORDS_MAX_BYTES])
{
	size_t n = 0;

	while (rest->n > 0 && !is_word_byte(rest->p[0])) {
		rest->p++;
		rest->n--;
	}
	while (rest->n > 0 && is_word_byte(rest->p[0])) {
		const char c = rest->p[0];
		if (n < WORDS_MAX_BYTES)
			buf[n++] = lower(c);
		rest->p++;
		rest->n--;
	}
	return n == 0 ? 0 : stem(buf, n);
}

/* Words by which people ask; whole, as they stand before stemming. */
static bool is_asking(struct str word)
{
	static const char *const asking[] = {
		"a",     "about",  "all",   "also",   "am",     "an",
		"and",   "any",    "are",   "as",     "at",     "be",
		"been",  "but",    "by",    "can",    "could",  "did",
		"do",    "does",   "done",  "for",    "from",   "get",
		"had",   "has",    "have",  "he",     "help",   "how",
		"i",     "if",     "in",    "into",   "is",     "it",
		"its",   "just",   "know",  "like",   "make",   "may",
		"me",    "mean",   "might", "mine",   "much",   "must",
		"my",    "need",   "no",    "not",    "of",     "on",
		"one",   "or",     "our",   "please", "really", "s",
		"see",   "should", "so",    "some",   "t",      "tell",
		"than",  "that",   "the",   "their",  "them",   "then",
		"there", "these",  "they",  "thing",  "this",   "to",
		"us",    "use",    "used",  "using",  "want",   "was",
		"way",   "we",     "were",  "what",   "when",   "where",
		"which", "while",  "who",   "why",    "will",   "with",
		"work",  "would",  "you",   "your",
	};

	for (size_t i = 0; i < sizeof(asking) / sizeof(asking[0]); i++) {
		if (str_eq_nocase(word, str_from(asking[i])))
			return true;
	}
	return false;
}

static bool has_term(const struct words *w, struct str term)
{
	for (size_t i = 0; i < w->n; i++) {
		if (str_eq(w->terms[i], term))
			return true;
	}
	return false;
}

static void collect(struct arena *a, struct str question, bool asking,
		    struct words *out)
{
	char buf[WORDS_MAX_BYTES];
	size_t n;

	out->n = 0;
	for (struct str rest = question; out->n < WORDS_MAX_TERMS;) {
		const char *const before = rest.p;
		n = words_next(&rest, buf);
		if (n == 0)
			return;
		/* the word as it stood: what was skipped, then the word */
		struct str raw = {before, (size_t)(rest.p - before)};
		while (!is_word_byte(raw.p[0])) {
			raw.p++;
			raw.n--;
		}
		if ((asking || !is_asking(raw)) &&
		    !has_term(out, (struct str){buf, n}))
			out->terms[out->n++] =
				(struct str){arena_strndup(a, buf, n), n};
	}
}

void words_of(struct arena *a, struct str question, struct words *out)
{
	collect(a, question, false, out);
	if (out->n == 0)
		collect(a, question, true, out);
}

unsigned long words_in(const struct words *w, struct str text)
{
	char buf[WORDS_MAX_BYTES];
	unsigned long set = 0;
	size_t n;

	while ((n = words_next(&text, buf)) > 0) {
		for (size_t i = 0; i < w->n; i++) {
			if (str_eq(w->terms[i], (struct str){buf, n}))
				set |= 1UL << i;
		}
	}
	return set;
}
