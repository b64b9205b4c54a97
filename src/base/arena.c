/*
 * Arena allocator: chunks from malloc, bump allocation inside, everything
 * freed at once.  The only file that may call malloc and free.
 */
#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARENA_ALIGN       alignof(max_align_t)
#define ARENA_FIRST_BYTES ((size_t)2048)
#define ARENA_MAX_CHUNK   ((size_t)64 * 1024)

struct arena_chunk {
	struct arena_chunk *next;
	size_t size; /* bytes in data */
	size_t used; /* bytes handed out */
	size_t last; /* offset of the latest allocation, for arena_grow */
	bool zeroed; /* all of it is 0 as it came */
	max_align_t data[];
};

struct arena_defer_entry {
	struct arena_defer_entry *next;
	void (*fn)(void *);
	void *arg;
};

static void (*on_exhaustion)(void);

void arena_on_exhaustion(void (*fn)(void))
{
	on_exhaustion = fn;
}

static _Noreturn void exhausted(void)
{
	void (*const fn)(void) = on_exhaustion;

	on_exhaustion = NULL;
	if (fn != NULL)
		fn();
	_exit(1);
}

void arena_init(struct arena *a, size_t max_bytes)
{
	memset(a, 0, sizeof(*a));
	a->max_bytes = max_bytes;
}

static size_t round_up(size_t n)
{
	if (n > SIZE_MAX / 2)
		exhausted();
	return (n + ARENA_ALIGN - 1) & ~(ARENA_ALIGN - 1);
}

/*
 * Chunks double up to a limit, so a small request stays small.  What is larger
 * than the next one has a chunk of its own size, and the next stays as it was.
 */
static struct arena_chunk *chunk_new(struct arena *a, size_t need)
{
	size_t size = a->next_bytes > 0 ? a->next_bytes : ARENA_FIRST_BYTES;

	if (size >= need)
		a->next_bytes =
			size * 2 < ARENA_MAX_CHUNK ? size * 2 : ARENA_MAX_CHUNK;
	else
		size = need;
	if (size > a->max_bytes - a->used_bytes)
		size = need;
	if (size > a->max_bytes - a->used_bytes)
		exhausted();
	/* pages of a large table that nobody touches cost nothing */
	const bool zeroed = size == need;
	struct arena_chunk *const c = zeroed ? calloc(1, sizeof(*c) + size)
					     : malloc(sizeof(*c) + size);
	if (c == NULL)
		exhausted();
	c->zeroed = zeroed;
	c->size = size;
	c->used = 0;
	c->last = 0;
	c->next = a->head;
	a->head = c;
	a->used_bytes += size;
	return c;
}

void *arena_alloc(struct arena *a, size_t n)
{
	const size_t need = round_up(n == 0 ? 1 : n);
	struct arena_chunk *c = a->head;

	if (c == NULL || c->size - c->used < need)
		c = chunk_new(a, need);
	c->last = c->used;
	c->used += need;
	void *const p = (char *)c->data + c->last;
	if (!c->zeroed)
		memset(p, 0, need);
	return p;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	size_t bytes = 0;

	if (__builtin_mul_overflow(n, size, &bytes))
		exhausted();
	return arena_alloc(a, bytes);
}

void *arena_grow(struct arena *a, void *p, size_t old_n, size_t n)
{
	struct arena_chunk *const c = a->head;

	assert(n >= old_n);
	if (p == NULL)
		return arena_alloc(a, n);
	if (c != NULL && (char *)c->data + c->last == p &&
	    round_up(n) <= c->size - c->last) {
		const size_t end = c->last + round_up(n);
		memset((char *)p + old_n, 0, round_up(n) - old_n);
		c->used = end;
		return p;
	}
	void *const q = arena_alloc(a, n);
	memcpy(q, p, old_n);
	return q;
}

char *arena_strndup(struct arena *a, const char *p, size_t n)
{
	char *const s = arena_alloc(a, n + 1);

	if (n > 0)
		memcpy(s, p, n);
	s[n] = '\0';
	return s;
}

void arena_defer(struct arena *a, void (*fn)(void *), void *arg)
{
	struct arena_defer_entry *const d =
		ARENA_NEW(a, struct arena_defer_entry);

	d->fn = fn;
	d->arg = arg;
	d->next = a->defers;
	a->defers = d;
}

void arena_clear(struct arena *a)
{
	while (a->defers != NULL) {
		struct arena_defer_entry *const d = a->defers;
		a->defers = d->next;
		d->fn(d->arg);
	}
	while (a->head != NULL) {
		struct arena_chunk *const c = a->head;
		a->head = c->next;
		free(c);
	}
	a->used_bytes = 0;
	a->next_bytes = 0;
}

void arena_release(struct arena *a)
{
	arena_clear(a);
}
