#ifndef SLIPWAY_BASE_STR_H
#define SLIPWAY_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct arena;

/*
 * A borrowed run of bytes: not owned, not NUL-terminated, passed by value.
 * p may be NULL when n is 0.
 */
struct str {
	const char *p;
	size_t n;
};

#define STR(literal) ((struct str){"" literal, sizeof(literal) - 1})
#define STR_NONE     ((struct str){NULL, 0})
#define STR_FMT      "%.*s"
#define STR_ARG(s)   (int)(s).n, (s).p != NULL ? (s).p : ""

/* The bytes of a C string without its NUL; NULL gives the empty str. */
static inline struct str str_from(const char *c)
{
	return (struct str){c, c != NULL ? strlen(c) : 0};
}

static inline bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool str_eq_c(struct str a, const char *b)
{
	return str_eq(a, str_from(b));
}

/* A hash for tables, not for secrets: FNV-1a, 64 bits. */
uint64_t str_hash(struct str s);

/* Equal when ASCII letters are compared without case. */
bool str_eq_nocase(struct str a, struct str b);

static inline bool str_starts(struct str s, struct str prefix)
{
	return s.n >= prefix.n &&
	       (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

/* Where part first begins in s; more than s.n when it does not. */
size_t str_find(struct str s, struct str part);

/* s without leading and trailing ASCII white space. */
struct str str_trim(struct str s);

/*
 * Cut s at the first sep: head gets what stands before it and tail what comes
 * after it.  Without a sep head is all of s and tail is empty.
 *
 * Returns true when sep was found.
 */
bool str_cut(struct str s, char sep, struct str *head, struct str *tail);

/* The same bytes in arena a, NUL-terminated. */
char *str_dup(struct arena *a, struct str s);

/*
 * True when s is well-formed UTF-8 (RFC 3629: no overlong forms, no
 * surrogates, nothing above U+10FFFF).
 */
bool str_is_utf8(struct str s);

/*
 * Bytes of the well-formed UTF-8 character that s starts with: 1 to 4, or 0
 * when there is none.
 */
size_t str_utf8_len(struct str s);

/* The longest prefix of s of at most max bytes that ends between characters. */
struct str str_utf8_prefix(struct str s, size_t max);

#endif
