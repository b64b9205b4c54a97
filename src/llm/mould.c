/*
 * The short way for the most frequent event of all, a chunk with a token in
 * it: some 300 bytes of which 5 are new.  Used by the adapter `openai`; every
 * doubt ends in the long way, a full parse.
 */
#include "llm/mould.h"

#include <string.h>

#define MOULD_MAX_BYTES ((size_t)2048)

static const char padding[] = "\"obfuscation\":\"";
static const char closing[] = "\"}";

void mould_init(struct mould *m, struct arena *a, const char *name)
{
	m->name = name;
	buf_init(&m->before, a, MOULD_MAX_BYTES);
	buf_init(&m->after, a, MOULD_MAX_BYTES);
	m->padded = false;
}

/* The bytes of s from i on. */
static struct str from(struct str s, size_t i)
{
	return (struct str){s.p + i, s.n - i};
}

/* Where what begins in s; s.n when it is not there. */
static size_t find(struct str s, struct str what)
{
	size_t at = 0;

	while (s.n - at >= what.n) {
		const char *const p =
			memchr(s.p + at, what.p[0], s.n - at - what.n + 1);
		if (p == NULL)
			break;
		at = (size_t)(p - s.p);
		if (memcmp(p, what.p, what.n) == 0)
			return at;
		at++;
	}
	return s.n;
}

static bool has(struct str s, char c)
{
	return s.n > 0 && memchr(s.p, c, s.n) != NULL;
}

/* Behind the one place where m->name stands between quotes; 0 when in doubt. */
static size_t find_name(const struct mould *m, struct str chunk)
{
	const struct str name = str_from(m->name);
	size_t found = 0;

	for (size_t at = find(chunk, name); at < chunk.n;) {
		const size_t end = at + name.n;
		const bool quoted = at > 0 && chunk.p[at - 1] == '"' &&
				    end < chunk.n && chunk.p[end] == '"';
		if (quoted && found > 0)
			return 0;
		if (quoted)
			found = end + 1;
		at = end + find(from(chunk, end), name);
	}
	return found;
}

/*
 * Where the text of chunk begins, behind the quote; 0 when in doubt.  Without
 * a backslash around it, the one quoted name in a valid object is the name
 * that it looks like, if a colon follows.
 */
static size_t find_text(const struct mould *m, struct str chunk,
			struct str text)
{
	size_t at = find_name(m, chunk);

	if (at == 0 || at == chunk.n || chunk.p[at] != ':')
		return 0;
	at++;
	at += at < chunk.n && chunk.p[at] == ' ' ? 1 : 0;
	if (at + text.n + 2 > chunk.n || chunk.p[at] != '"' ||
	    chunk.p[at + 1 + text.n] != '"' ||
	    memcmp(chunk.p + at + 1, text.p, text.n) != 0)
		return 0;
	return at + 1;
}

static bool is_letters(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		const char c = s.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9')))
			return false;
	}
	return true;
}

/* Is s letters and the end of the object? */
static bool is_padding(struct str s)
{
	const size_t end = sizeof(closing) - 1;

	return s.n >= end && str_eq_c(from(s, s.n - end), closing) &&
	       is_letters((struct str){s.p, s.n - end});
}

void mould_learn(struct mould *m, struct str chunk, struct str text)
{
	const struct str pad = {padding, sizeof(padding) - 1};
	const size_t at = text.n > 0 ? find_text(m, chunk, text) : 0;

	buf_reset(&m->before);
	if (at == 0)
		return;
	const struct str before = {chunk.p, at};
	struct str after = from(chunk, at + text.n);
	if (has(before, '\\') || has(after, '\\'))
		return;
	const size_t pad_at = find(after, pad);
	m->padded = pad_at < after.n && is_padding(from(after, pad_at + pad.n));
	if (m->padded)
		after.n = pad_at + pad.n;
	if (before.n > MOULD_MAX_BYTES || after.n > MOULD_MAX_BYTES)
		return;
	buf_add_str(&m->before, before);
	buf_reset(&m->after);
	buf_add_str(&m->after, after);
}

/* Can s stand between quotes as it is, and mean itself? */
static bool is_plain(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == '\\')
			return false;
	return str_is_utf8(s);
}

bool mould_match(const struct mould *m, struct str chunk, struct str *text)
{
	if (m->before.n == 0 || !str_starts(chunk, buf_str(&m->before)))
		return false;
	chunk = from(chunk, m->before.n);
	const char *const quote =
		chunk.n > 0 ? memchr(chunk.p, '"', chunk.n) : NULL;
	if (quote == NULL)
		return false;
	*text = (struct str){chunk.p, (size_t)(quote - chunk.p)};
	const struct str rest = from(chunk, text->n);
	if (!is_plain(*text) || !str_starts(rest, buf_str(&m->after)))
		return false;
	const struct str tail = from(rest, m->after.n);
	return m->padded ? is_padding(tail) : tail.n == 0;
}
