/*
 * Borrowed strings: comparison, cutting, UTF-8.  Leaf code; fails never.
 */
#include "base/str.h"

#include "base/arena.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

uint64_t str_hash(struct str s)
{
	uint64_t h = 14695981039346656037U;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 1099511628211U;
	return h;
}

bool str_eq_nocase(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || strncasecmp(a.p, b.p, a.n) == 0);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' ||
	       c == '\v';
}

size_t str_find(struct str s, struct str part)
{
	for (size_t i = 0; part.n <= s.n - i; i++)
		if (part.n == 0 || (s.p[i] == part.p[0] &&
				    memcmp(s.p + i, part.p, part.n) == 0))
			return i;
	return s.n + 1;
}

struct str str_trim(struct str s)
{
	while (s.n > 0 && is_space(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

bool str_cut(struct str s, char sep, struct str *head, struct str *tail)
{
	const char *const at = s.n > 0 ? memchr(s.p, sep, s.n) : NULL;

	if (at == NULL) {
		*head = s;
		*tail = STR_NONE;
		return false;
	}
	const size_t n = (size_t)(at - s.p);
	*head = (struct str){s.p, n};
	*tail = (struct str){at + 1, s.n - n - 1};
	return true;
}

char *str_dup(struct arena *a, struct str s)
{
	return arena_strndup(a, s.p, s.n);
}

/* RFC 3629 section 4: what the second byte may be depends on the first. */
size_t str_utf8_len(struct str s)
{
	const unsigned char *const p = (const unsigned char *)s.p;
	unsigned char lo = 0x80;
	unsigned char hi = 0xBF;
	size_t len = 0;

	if (s.n == 0)
		return 0;
	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xC2 && p[0] <= 0xDF)
		len = 2;
	else if (p[0] >= 0xE0 && p[0] <= 0xEF)
		len = 3;
	else if (p[0] >= 0xF0 && p[0] <= 0xF4)
		len = 4;
	if (len == 0 || len > s.n)
		return 0;
	if (p[0] == 0xE0)
		lo = 0xA0;
	else if (p[0] == 0xED)
		hi = 0x9F;
	else if (p[0] == 0xF0)
		lo = 0x90;
	else if (p[0] == 0xF4)
		hi = 0x8F;
	if (p[1] < lo || p[1] > hi)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	return len;
}

/* Eight bytes of ASCII? */
static bool is_ascii8(const char *p)
{
	uint64_t eight;

	memcpy(&eight, p, sizeof(eight));
	return (eight & UINT64_C(0x8080808080808080)) == 0;
}

bool str_is_utf8(struct str s)
{
	while (s.n > 0) {
		if (s.n >= 8 && is_ascii8(s.p)) {
			s.p += 8;
			s.n -= 8;
			continue;
		}
		const size_t len =
			(unsigned char)s.p[0] < 0x80 ? 1 : str_utf8_len(s);
		if (len == 0)
			return false;
		s.p += len;
		s.n -= len;
	}
	return true;
}

struct str str_utf8_prefix(struct str s, size_t max)
{
	if (s.n <= max)
		return s;
	while (max > 0 && ((unsigned char)s.p[max] & 0xC0) == 0x80)
		max--;
	return (struct str){s.p, max};
}
