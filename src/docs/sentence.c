/*
 * Sentences of a passage.  A passage is what the chunker wrote: a paragraph,
 * item or table row is one line, code is indented by four spaces, a blank line
 * is between paragraphs.
 */
#include "docs/sentence.h"

#include "docs/chunk.h"
#include "docs/words.h"

#include <string.h>

#define CODE_INDENT "    "
#define MIN_WORDS   4 /* fewer, without a full stop: a label */

/* "e.g. x", "1. x" and "... x" end no sentence. */
static bool is_abbreviation(struct str before)
{
	static const char *const known[] = {"e.g.", "i.e.", "etc.",
					    "vs.",  "cf.",  "no.",
					    "fig.", "sec.", "approx."};
	size_t n = 0;

	while (n < before.n && strchr(" (", before.p[before.n - 1 - n]) == NULL)
		n++;
	const struct str word = {before.p + before.n - n, n};
	if (n <= 2 || memcmp(word.p + n - 2, "..", 2) == 0)
		return true;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (str_eq_nocase(word, str_from(known[i])))
			return true;
	}
	return false;
}

/* Closing quotes and brackets behind a full stop belong to the sentence. */
static size_t closers(struct str s, size_t i)
{
	size_t n = 0;

	for (;;) {
		const struct str rest = {s.p + i + n, s.n - i - n};
		if (rest.n > 0 && strchr(")]\"'", rest.p[0]) != NULL)
			n++;
		else if (str_starts(rest, STR("\xe2\x80\x9d")))
			n += 3;
		else
			return n;
	}
}

/* A lower-case letter goes on with the sentence before it. */
static bool can_begin(char c)
{
	return !(c >= 'a' && c <= 'z');
}

/* The length of the first sentence of line. */
static size_t sentence_length(struct str line)
{
	for (size_t i = 0; i + 1 < line.n; i++) {
		if (strchr(".!?", line.p[i]) == NULL)
			continue;
		const size_t end = i + 1 + closers(line, i + 1);
		if (end >= line.n || line.p[end] != ' ' || end + 1 >= line.n)
			continue;
		if (can_begin(line.p[end + 1]) &&
		    !(line.p[i] == '.' &&
		      is_abbreviation((struct str){line.p, i + 1})))
			return end;
	}
	return line.n;
}

static bool is_code(struct str line)
{
	return str_starts(line, STR(CODE_INDENT));
}

/* "- x" and "12. x" without their mark. */
static struct str drop_bullet(struct str line)
{
	size_t n = 0;

	if (str_starts(line, STR("- ")))
		return (struct str){line.p + 2, line.n - 2};
	while (n < line.n && line.p[n] >= '0' && line.p[n] <= '9')
		n++;
	if (n > 0 && n + 1 < line.n && line.p[n] == '.' && line.p[n + 1] == ' ')
		return (struct str){line.p + n + 2, line.n - n - 2};
	return line;
}

/* Read the next line of prose into r->line; false at the end. */
static bool next_line(struct sentence_reader *r)
{
	while (r->rest.n > 0) {
		struct str line;
		(void)str_cut(r->rest, '\n', &line, &r->rest);
		if (is_code(line) || str_trim(line).n == 0)
			continue;
		r->line = drop_bullet(str_trim(line));
		if (str_starts(r->line, STR(DOCS_CUT_MARK))) {
			const size_t n = sentence_length(r->line);
			r->line.p += n;
			r->line.n -= n;
			r->line = str_trim(r->line);
		}
		if (r->line.n > 0)
			return true;
	}
	return false;
}

/* The block of code right below, if that is what comes next. */
static struct str code_below(struct sentence_reader *r)
{
	struct str rest = r->rest;
	struct str line;

	while (rest.n > 0 && rest.p[0] == '\n')
		rest = (struct str){rest.p + 1, rest.n - 1};
	const char *const start = rest.p;
	const char *end = start;
	while (rest.n > 0 && is_code(rest)) {
		(void)str_cut(rest, '\n', &line, &rest);
		end = line.p + line.n;
	}
	return (struct str){start, (size_t)(end - start)};
}

char sentence_stop(struct str s)
{
	while (s.n > 0) {
		const char last = s.p[s.n - 1];
		if (s.n >= 3 && memcmp(s.p + s.n - 3, "\xe2\x80\x9d", 3) == 0)
			s.n -= 3;
		else if (strchr(")]\"'", last) != NULL)
			s.n--;
		else if (strchr(".!?:;", last) != NULL)
			return last;
		else
			break;
	}
	return '\0';
}

/* Too short to say anything, and no full stop. */
static bool is_label(struct str s)
{
	char buf[WORDS_MAX_BYTES];
	struct str rest = s;
	int n = 0;

	while (words_next(&rest, buf) > 0)
		n++;
	return n < MIN_WORDS || (n < 2 * MIN_WORDS && sentence_stop(s) == '\0');
}

bool sentence_next(struct sentence_reader *r, struct sentence *out)
{
	for (;;) {
		const bool fresh = r->line.n == 0;
		if (fresh && !next_line(r))
			return false;
		const size_t n = sentence_length(r->line);
		const struct str text = str_trim((struct str){r->line.p, n});
		r->line = str_trim((struct str){r->line.p + n, r->line.n - n});
		if (text.n == 0)
			continue;
		if (is_label(text)) {
			/* a line of its own; else only a short sentence */
			if (fresh && r->line.n == 0)
				r->head = text;
			continue;
		}
		*out = (struct sentence){text, STR(""), r->head};
		if (r->line.n == 0 && text.p[text.n - 1] == ':')
			out->code = code_below(r);
		return true;
	}
}
