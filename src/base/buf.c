/*
 * Growable buffers in an arena.  Input that is too much stops here, at the
 * ceiling, and never at the allocator.
 */
#include "base/buf.h"

#include "base/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define BUF_FIRST_BYTES 128
#define INT64_DIGITS    20 /* with a sign */

void buf_init(struct buf *b, struct arena *a, size_t max)
{
	assert(max > 0 && max < SIZE_MAX);
	memset(b, 0, sizeof(*b));
	b->arena = a;
	b->max = max;
}

/* Make room for n more bytes and the NUL; false when over the ceiling. */
static bool buf_reserve(struct buf *b, size_t n)
{
	if (b->full || n > b->max - b->n) {
		b->full = true;
		return false;
	}
	const size_t need = b->n + n + 1;
	if (need <= b->cap)
		return true;
	size_t cap = b->cap == 0 ? BUF_FIRST_BYTES : b->cap * 2;
	if (cap < need)
		cap = need;
	if (cap > b->max + 1)
		cap = b->max + 1;
	b->p = arena_grow(b->arena, b->p, b->cap, cap);
	b->cap = cap;
	return true;
}

void buf_add(struct buf *b, const void *p, size_t n)
{
	if (n == 0 || !buf_reserve(b, n))
		return;
	memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = '\0';
}

void buf_add_str(struct buf *b, struct str s)
{
	buf_add(b, s.p, s.n);
}

void buf_add_c(struct buf *b, const char *c)
{
	buf_add(b, c, strlen(c));
}

void buf_add_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_add_i64(struct buf *b, int64_t v)
{
	char digits[INT64_DIGITS];
	uint64_t rest = v < 0 ? -(uint64_t)v : (uint64_t)v;
	size_t i = sizeof(digits);

	do {
		digits[--i] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (v < 0)
		digits[--i] = '-';
	buf_add(b, digits + i, sizeof(digits) - i);
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	char small[256];
	va_list ap;

	va_start(ap, fmt);
	const int n = vsnprintf(small, sizeof(small), fmt, ap);
	va_end(ap);
	assert(n >= 0);
	if ((size_t)n < sizeof(small)) {
		buf_add(b, small, (size_t)n);
		return;
	}
	if (!buf_reserve(b, (size_t)n))
		return;
	va_start(ap, fmt);
	(void)vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->n += (size_t)n;
}

char *buf_room(struct buf *b, size_t n)
{
	return buf_reserve(b, n) ? b->p + b->n : NULL;
}

void buf_commit(struct buf *b, size_t n)
{
	assert(b->n + n < b->cap || (n == 0 && b->cap == 0));
	b->n += n;
	if (b->p != NULL)
		b->p[b->n] = '\0';
}

void buf_reset(struct buf *b)
{
	b->n = 0;
	b->full = false;
	if (b->p != NULL)
		b->p[0] = '\0';
}

void buf_consume(struct buf *b, size_t n)
{
	assert(n <= b->n);
	if (n == 0)
		return;
	memmove(b->p, b->p + n, b->n - n);
	b->n -= n;
	b->p[b->n] = '\0';
}

struct str buf_str(const struct buf *b)
{
	return (struct str){b->p, b->n};
}

const char *buf_c(const struct buf *b)
{
	return b->p != NULL ? b->p : "";
}

enum err buf_err(const struct buf *b)
{
	return b->full ? ERR_TOO_LARGE : ERR_OK;
}
