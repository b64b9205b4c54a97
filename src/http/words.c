/*
 * Which words a page has: the reader's language, and texts with places for
 * values.  Called by whatever writes pages.
 */
#include "http/words.h"

#include "base/num.h"
#include "http/page.h"
#include "http/req.h"

#include <inttypes.h>
#include <string.h>

#define FULL_WEIGHT 1000

static const char *const *const tables[WORDS_LANGS] = {
	[WORDS_EN] = words_en,
	[WORDS_DE] = words_de,
};
static const char *const tags[WORDS_LANGS] = {
	[WORDS_EN] = "en",
	[WORDS_DE] = "de",
};

const char *words(enum words_lang lang, enum words_key key)
{
	return tables[lang][key];
}

const char *words_error(enum words_lang lang, enum err err)
{
	if (lang == WORDS_DE && words_errors_de[err] != NULL)
		return words_errors_de[err];
	return err_entry(err)->message;
}

const char *words_tag(enum words_lang lang)
{
	return tags[lang];
}

enum words_lang words_other(enum words_lang lang)
{
	return lang == WORDS_EN ? WORDS_DE : WORDS_EN;
}

const char *words_on(struct buf *out, const char *rest)
{
	const char *const place = strstr(rest, "{}");

	if (place == NULL) {
		buf_add_c(out, rest);
		return "";
	}
	buf_add(out, rest, (size_t)(place - rest));
	return place + 2;
}

const char *words_open(struct buf *out, enum words_lang lang,
		       enum words_key key)
{
	return words_on(out, words(lang, key));
}

void words_add(struct buf *out, enum words_lang lang, enum words_key key)
{
	buf_add_c(out, words(lang, key));
}

void words_count(struct buf *out, enum words_lang lang, int64_t n,
		 enum words_key one)
{
	buf_addf(out, "%" PRId64 " %s", n,
		 words(lang, (enum words_key)(n == 1 ? one : one + 1)));
}

/* By their English --------------------------------------------------------- */

#define MAX_VALUES 4

/* Where what begins in s; s.n: nowhere. */
static size_t find(struct str s, struct str what)
{
	for (size_t i = 0; i + what.n <= s.n; i++)
		if (str_starts((struct str){s.p + i, s.n - i}, what))
			return i;
	return s.n;
}

/* Up to the next {}, or all. */
static struct str literal_of(const char *pattern)
{
	const char *const place = strstr(pattern, "{}");

	return place == NULL ? str_from(pattern)
			     : (struct str){pattern, (size_t)(place - pattern)};
}

/* Is text what pattern says, with these values? */
static bool fits(const char *pattern, struct str text, struct str *values)
{
	size_t n = 0;
	struct str literal = literal_of(pattern);

	if (!str_starts(text, literal))
		return false;
	text = (struct str){text.p + literal.n, text.n - literal.n};
	pattern += literal.n;
	while (pattern[0] != '\0' && n < MAX_VALUES) {
		pattern += 2;
		literal = literal_of(pattern);
		const size_t at = literal.n > 0 ? find(text, literal) : text.n;
		if (literal.n > 0 && at == text.n)
			return false;
		values[n++] = (struct str){text.p, at};
		text = (struct str){text.p + at + literal.n,
				    text.n - at - literal.n};
		pattern += literal.n;
	}
	return text.n == 0 && pattern[0] == '\0';
}

const char *words_said(enum words_lang lang, const char *english)
{
	for (size_t i = 0; lang == WORDS_DE && i < words_npairs; i++)
		if (strcmp(words_pairs[i].en, english) == 0)
			return words_pairs[i].de;
	return english;
}

void words_say(struct buf *out, enum words_lang lang, struct str english)
{
	struct str values[MAX_VALUES] = {STR_NONE, STR_NONE, STR_NONE,
					 STR_NONE};

	for (size_t i = 0; lang == WORDS_DE && i < words_npairs; i++) {
		if (!fits(words_pairs[i].en, english, values))
			continue;
		const char *rest = words_on(out, words_pairs[i].de);
		for (size_t k = 0; k < MAX_VALUES && rest[0] != '\0'; k++) {
			page_text(out, values[k]);
			rest = words_on(out, rest);
		}
		return;
	}
	page_text(out, english);
}

/* Choosing ----------------------------------------------------------------- */

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* "de" and "de-AT" are the language de; false: it is none of ours. */
static bool is_ours(struct str range, enum words_lang *out)
{
	struct str primary;
	struct str region;

	(void)str_cut(range, '-', &primary, &region);
	for (int i = 0; primary.n == 2 && i < WORDS_LANGS; i++)
		if (lower(primary.p[0]) == tags[i][0] &&
		    lower(primary.p[1]) == tags[i][1]) {
			*out = (enum words_lang)i;
			return true;
		}
	return false;
}

/* "q=0.8" as 800; what is no weight is the full one. */
static int64_t weight_of(struct str params)
{
	struct str value = str_trim(params);
	int64_t weight = 0;
	int64_t digit = FULL_WEIGHT;

	if (value.n < 3 || lower(value.p[0]) != 'q' || value.p[1] != '=')
		return FULL_WEIGHT;
	for (size_t i = 2; i < value.n && digit > 0; i++) {
		if (value.p[i] == '.')
			continue;
		if (value.p[i] < '0' || value.p[i] > '9')
			return FULL_WEIGHT;
		weight += (value.p[i] - '0') * digit;
		digit /= 10;
	}
	return num_min(weight, FULL_WEIGHT);
}

enum words_lang words_choose(struct str asked, struct str accepted)
{
	enum words_lang best = WORDS_EN;
	int64_t best_weight = 0;

	if (is_ours(str_trim(asked), &best))
		return best;
	while (accepted.n > 0) {
		enum words_lang lang = WORDS_EN;
		struct str one;
		struct str range;
		struct str params;
		(void)str_cut(accepted, ',', &one, &accepted);
		(void)str_cut(one, ';', &range, &params);
		const int64_t weight = weight_of(params);
		if (!is_ours(str_trim(range), &lang) || weight <= best_weight)
			continue;
		best = lang;
		best_weight = weight;
	}
	return best;
}

enum words_lang words_again(struct req *req)
{
	struct errbuf kept = req->err;
	struct str asked = STR_NONE;

	if (req_query(req, "lang", &asked) != ERR_OK) {
		req->err = kept;
		asked = STR_NONE;
	}
	return words_choose(asked, req_env(req, "HTTP_ACCEPT_LANGUAGE"));
}

enum words_lang words_of_request(struct req *req)
{
	const enum words_lang lang = words_again(req);

	res_header(req, "Content-Language", str_from(words_tag(lang)));
	res_header(req, "Vary", STR("Accept-Language"));
	return lang;
}
