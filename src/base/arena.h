#ifndef SLIPWAY_BASE_ARENA_H
#define SLIPWAY_BASE_ARENA_H

#include <stddef.h>

/*
 * Memory with one lifetime: a request, or the configuration of a process.
 *
 *	chunk -> chunk -> chunk		newest first, bump-allocated
 *	defer -> defer			run newest first on clear and release
 *
 * An arena belongs to one thread at a time.  Foreign handles (a PGresult, a
 * json_object) are tied to it at birth with arena_defer(), so nobody needs a
 * clean-up path of his own.
 */
struct arena_chunk;
struct arena_defer_entry;

struct arena {
	struct arena_chunk *head;
	struct arena_defer_entry *defers;
	size_t used_bytes; /* sum of all chunks */
	size_t next_bytes; /* of the next chunk; 0: of the first */
	size_t max_bytes;  /* ceiling */
};

/*
 * Prepare a; allocates nothing yet.
 *
 * max_bytes  ceiling; to go over it is a bug or an exhausted machine (inputs
 *            are stopped by the ceiling of a struct buf long before) and ends
 *            the process through the handler below
 */
void arena_init(struct arena *a, size_t max_bytes);

/*
 * n bytes, zeroed, aligned for any type.  Never NULL.  Lives until a is
 * cleared or released.
 */
void *arena_alloc(struct arena *a, size_t n);

/* arena_alloc(a, n * size); a product that overflows is exhaustion. */
void *arena_array(struct arena *a, size_t n, size_t size);

/*
 * Grow p (from arena_alloc, old_n bytes) to n bytes.  In place when p was the
 * latest allocation, else a copy; the old bytes stay until the arena goes.
 */
void *arena_grow(struct arena *a, void *p, size_t old_n, size_t n);

/* A NUL-terminated copy of n bytes at p. */
char *arena_strndup(struct arena *a, const char *p, size_t n);

/* Call fn(arg) when a is cleared or released; newest first. */
void arena_defer(struct arena *a, void (*fn)(void *), void *arg);

/* Run the defers and free all; a is empty and usable again. */
void arena_clear(struct arena *a);

/* arena_clear() by the name of the pair init/release. */
void arena_release(struct arena *a);

/*
 * What to do when memory runs out, before _exit(1): e.g. write a static 503.
 * It must not allocate.  One per process, set at start; NULL is nothing.
 */
void arena_on_exhaustion(void (*fn)(void));

/* arena_alloc for a type and an array of a type. */
#define ARENA_NEW(a, type)      ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, n, type) ((type *)arena_array((a), (n), sizeof(type)))

#endif
