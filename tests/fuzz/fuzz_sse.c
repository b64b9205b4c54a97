/*
 * Fuzz target: the reader of event streams.  Whatever the bytes are, the same
 * events come out fed whole, byte by byte and in random pieces, and no data
 * holds a line end that the standard would have taken for one.
 *
 * tests/fuzz/run.sh builds and runs it.
 */
#include "base/arena.h"
#include "llm/sse.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_BYTES ((size_t)256 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

struct reader {
	struct arena arena;
	struct sse sse;
	struct buf out;
	size_t total; /* bytes of all events */
	enum err err;
};

static void on_event(void *arg, struct str name, struct str data)
{
	struct reader *const r = arg;

	must(name.n == 0 || (memchr(name.p, '\n', name.n) == NULL &&
			     memchr(name.p, '\r', name.n) == NULL));
	must(data.n == 0 || memchr(data.p, '\r', data.n) == NULL);
	r->total += name.n + data.n;
	buf_addf(&r->out, "%zu %zu ", name.n, data.n);
	buf_add_str(&r->out, name);
	buf_add_str(&r->out, data);
}

/* state 0: one byte at a time, 1: whole, else random pieces. */
static size_t next_piece(uint32_t *state, size_t left)
{
	size_t n = 1;

	if (*state == 1)
		return left;
	if (*state > 1) {
		*state = *state * 1664525U + 1013904223U;
		*state |= 2;
		n = 1 + (*state >> 16) % 31;
	}
	return n < left ? n : left;
}

static void run(struct reader *r, struct str in, uint32_t state)
{
	const size_t all = in.n;

	memset(r, 0, sizeof(*r));
	arena_init(&r->arena, ARENA_BYTES);
	buf_init(&r->out, &r->arena, ARENA_BYTES / 4);
	sse_init(&r->sse, &r->arena, on_event, r);
	while (in.n > 0) {
		/* a copy of its own: reading or keeping more is caught */
		const size_t n = next_piece(&state, in.n);
		char *const copy = malloc(n);
		must(copy != NULL);
		memcpy(copy, in.p, n);
		const enum err err = sse_feed(&r->sse, (struct str){copy, n});
		free(copy);
		must(r->err == ERR_OK || err == r->err);
		r->err = err;
		in = (struct str){in.p + n, in.n - n};
	}
	sse_finish(&r->sse);
	must(r->total <= all);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct str in = {(const char *)data, size};
	struct reader whole;
	struct reader cut;

	run(&whole, in, 1);
	for (uint32_t i = 0; i < 4; i++) {
		run(&cut, in, i == 0 ? 0 : (uint32_t)size * 64 + i * 2 + 2);
		must(cut.err == whole.err);
		must(str_eq(buf_str(&cut.out), buf_str(&whole.out)));
		arena_release(&cut.arena);
	}
	arena_release(&whole.arena);
	return 0;
}
