/*
 * Strings and memory of the mock provider.  Running out of memory ends the
 * program: it is a tool for tests, and a test must see that at once.
 */
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *grown(void *old, size_t bytes)
{
	void *p = realloc(old, bytes);

	if (p == NULL) {
		perror("mock-provider");
		exit(1);
	}
	return p;
}

static void reserve(struct text *t, size_t more)
{
	const size_t need = t->n + more + 1;

	if (need <= t->cap)
		return;
	t->cap = need < 512 ? 512 : need + need / 2;
	t->p = grown(t->p, t->cap);
}

void text_add(struct text *t, const char *p, size_t n)
{
	reserve(t, n);
	if (n > 0)
		memcpy(t->p + t->n, p, n);
	t->n += n;
	t->p[t->n] = '\0';
}

void text_addf(struct text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	const int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n <= 0)
		return;
	reserve(t, (size_t)n);
	va_start(ap, fmt);
	(void)vsnprintf(t->p + t->n, (size_t)n + 1, fmt, ap);
	va_end(ap);
	t->n += (size_t)n;
}

void text_quote(struct text *t, const char *p, size_t n)
{
	text_add(t, "\"", 1);
	for (size_t i = 0; i < n; i++) {
		const unsigned char c = (unsigned char)p[i];

		if (c == '"' || c == '\\')
			text_addf(t, "\\%c", c);
		else if (c < 0x20)
			text_addf(t, "\\u%04x", c);
		else
			text_add(t, p + i, 1);
	}
	text_add(t, "\"", 1);
}

size_t text_boundary(const char *p, size_t n)
{
	while (n > 0 && ((unsigned char)p[n] & 0xC0) == 0x80)
		n--;
	return n;
}

void text_consume(struct text *t, size_t n)
{
	if (n == 0)
		return;
	t->n -= n;
	memmove(t->p, t->p + n, t->n + 1);
}

void text_release(struct text *t)
{
	free(t->p);
	*t = (struct text){0};
}

void *mem_zero(size_t bytes)
{
	return memset(grown(NULL, bytes), 0, bytes);
}

char *mem_copy(const char *p, size_t n)
{
	char *copy = mem_zero(n + 1);

	memcpy(copy, p, n);
	return copy;
}

void span_copy(struct span s, char *out, size_t room)
{
	const size_t n = s.n < room ? s.n : room - 1;

	if (n > 0)
		memcpy(out, s.p, n);
	out[n] = '\0';
}

bool span_is(struct span s, const char *c)
{
	return s.n == strlen(c) && memcmp(s.p, c, s.n) == 0;
}

long span_number(struct span s)
{
	long v = 0;

	if (s.n == 0 || s.n > 9)
		return -1;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return -1;
		v = v * 10 + (s.p[i] - '0');
	}
	return v;
}
