#ifndef SLIPWAY_GUARD_WINDOW_H
#define SLIPWAY_GUARD_WINDOW_H

#include "base/str.h"
#include "guard/norm.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/*
 * The part of a stream that is not decided yet, as it came and in normal form.
 *
 *	raw	released | context | held ........ | half a character
 *	text	         | context | held ........ |
 *
 * While all of it is ASCII both are the same bytes; else map[i] says where in
 * raw the i-th byte of text comes from.  Of an escape of JSON (`json`), text
 * has what it means.
 */
#define WINDOW_MAX_BYTES   ((size_t)16 * 1024)
#define WINDOW_SLICE_BYTES ((size_t)1024) /* of one window_add() */

struct window {
	const struct guard_norm *norm;
	struct arena *arena;
	bool json;
	bool same;    /* text is raw */
	bool dropped; /* something was released and dropped */
	unsigned invisible;
	char *raw;
	size_t nraw;
	size_t cap;
	size_t done; /* bytes of raw that are in text */
	char *text;  /* raw or form */
	size_t n;
	char *form; /* kept for when text and raw part again */
	uint16_t *map;
	size_t form_cap;
};

void window_init(struct window *w, struct arena *a,
		 const struct guard_norm *norm, bool json);

/*
 * Append a piece of at most WINDOW_SLICE_BYTES.
 *
 * whole  nothing follows: half a character is taken as it is
 *
 * Returns false when there is no room: too much is held.
 */
bool window_add(struct window *w, struct str piece, bool whole);

/* Where in raw the i-th byte of text comes from; w->n gives the end. */
size_t window_raw(const struct window *w, size_t i);

/* The first place at or behind i, or the last at or before it, that begins a
 * character of raw. */
size_t window_ceil(const struct window *w, size_t i);
size_t window_floor(const struct window *w, size_t i);

/* Drop what stands before text[i], which begins a character. */
void window_drop(struct window *w, size_t i);

#endif
