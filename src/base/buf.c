/*
 * Growable buffers in an arena.  Input that is too much stops here, at the
 * ceiling, and never at the allocator.
 */
#include "base/buf.h"

#include "base/arena.h"
#include "base/num.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define BUF_FIRST_BYTES 128

void buf_init(struct buf *b, struct arena *a, size_t max)
{
	assert(max > 0 && max < SIZE_MAX);
	memset(b, 0, sizeof(*b));
	b->arena = a;
	b->max = max;
}

static bool grow(struct buf *b, size_t n)
{
	if (n > b->max - b->n) {
		b->full = true;
		return false;
	}
	const size_t need = b->n + n + 1;
	size_t cap = b->cap == 0 ? BUF_FIRST_BYTES : b->cap * 2;
	if (cap < need)
		cap = need;
	if (cap > b->max + 1)
		cap = b->max + 1;
	b->p = arena_grow(b->arena, b->p, b->cap, cap);
	b->cap = cap;
	return true;
}

/*
 * Make room for n more bytes and the NUL; false when over the ceiling.  There
 * is never more room than up to there.
 */
static bool buf_reserve(struct buf *b, size_t n)
{
	if (b->full)
		return false;
	return n < b->cap - b->n || grow(b, n);
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
	if (!buf_reserve(b, 1))
		return;
	b->p[b->n++] = c;
	b->p[b->n] = '\0';
}

void buf_add_i64(struct buf *b, int64_t v)
{
	char digits[NUM_I64_BYTES];

	buf_add_str(b, num_format_i64(v, digits));
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

void buf_cut(struct buf *b, size_t n)
{
	assert(n <= b->n);
	b->full = false;
	b->n = n;
	if (b->p != NULL)
		b->p[n] = '\0';
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

const char *buf_c(const struct buf *b)
{
	return b->p != NULL ? b->p : "";
}
