#ifndef SLIPWAY_BASE_BUF_H
#define SLIPWAY_BASE_BUF_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/*
 * A growable string in an arena, with a mandatory ceiling.
 *
 *	0 .. n	bytes written, always followed by a NUL
 *	n .. cap	room
 *
 * Appending over max adds nothing and sets `full`, which stays set: append
 * freely and ask buf_err() once at the end.
 */
struct buf {
	struct arena *arena;
	char *p;
	size_t n;
	size_t cap;
	size_t max;
	bool full;
};

/* Prepare b; allocates at the first append.  max: ceiling, bytes. */
void buf_init(struct buf *b, struct arena *a, size_t max);

void buf_add(struct buf *b, const void *p, size_t n);
void buf_add_str(struct buf *b, struct str s);
void buf_add_c(struct buf *b, const char *c);
void buf_add_char(struct buf *b, char c);
/* As "%lld" of buf_addf(), without printf(), which costs ten times as much. */
void buf_add_i64(struct buf *b, int64_t v);
void buf_addf(struct buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Room for n more bytes at the end, for a reader to fill; then buf_commit().
 * NULL, and `full`, when that would go over the ceiling.
 */
char *buf_room(struct buf *b, size_t n);
void buf_commit(struct buf *b, size_t n);

/* Forget the content and `full`; keep the memory. */
void buf_reset(struct buf *b);

/* Drop the first n bytes (n <= b->n). */
void buf_consume(struct buf *b, size_t n);

/* Drop what follows the first n bytes (n <= b->n), and `full`. */
void buf_cut(struct buf *b, size_t n);

/* The content, borrowed until the next append. */
static inline struct str buf_str(const struct buf *b)
{
	return (struct str){b->p, b->n};
}

/* The content as a C string; "" when nothing was written. */
const char *buf_c(const struct buf *b);

/* ERR_OK, or ERR_TOO_LARGE when an append went over the ceiling. */
ERR_MUST_USE static inline enum err buf_err(const struct buf *b)
{
	return b->full ? ERR_TOO_LARGE : ERR_OK;
}

#endif
