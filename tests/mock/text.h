#ifndef SLIPWAY_TESTS_MOCK_TEXT_H
#define SLIPWAY_TESTS_MOCK_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A growable string.  The mock shares no code with the product, so that a bug
 * in one cannot hide behind the same bug in the other.
 */
struct text {
	char *p; /* NUL-terminated once something was added */
	size_t n;
	size_t cap;
};

/* Bytes that belong to somebody else. */
struct span {
	const char *p; /* NULL: not there */
	size_t n;
};

void text_add(struct text *t, const char *p, size_t n);
void text_addf(struct text *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Append n bytes as a quoted JSON string. */
void text_quote(struct text *t, const char *p, size_t n);

/* The last n' <= n where no character of the UTF-8 at p is cut. */
size_t text_boundary(const char *p, size_t n);

/* Drop the first n bytes. */
void text_consume(struct text *t, size_t n);
void text_release(struct text *t);

/* As calloc() and strdup(), but they end the program instead of failing. */
void *mem_zero(size_t bytes);
char *mem_copy(const char *p, size_t n);

/*
 * Copy s into out (room bytes, NUL-terminated, cut to fit).
 */
void span_copy(struct span s, char *out, size_t room);
bool span_is(struct span s, const char *c);

/* s as a decimal number; -1 when it is not one. */
long span_number(struct span s);

#endif
