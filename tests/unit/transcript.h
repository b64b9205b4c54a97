#ifndef SLIPWAY_TESTS_UNIT_TRANSCRIPT_H
#define SLIPWAY_TESTS_UNIT_TRANSCRIPT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/container.h"
#include "llm/event.h"
#include "llm/provider.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/*
 * For the tests and fuzzers of the provider adapters: an event sink that
 * writes down what it gets, one line an event, and checks the order that
 * event.h promises.
 */
#define TRANSCRIPT_BYTES ((size_t)64 * 1024 * 1024)

struct transcript {
	struct llm_sink sink;
	struct arena arena;
	struct buf lines;
	struct buf text; /* of all DELTA events */
	size_t nevents;
	size_t nstarts;
	size_t nends; /* DONE and ERROR */
	bool order_broken;
	bool usage_seen;
	struct ledger_usage usage;
	enum err error;
	enum llm_finish finish;
};

static const char *const finish_names[] = {"stop", "length", "tool", "filter"};

static void transcript_line(struct buf *out, const struct llm_event *ev)
{
	const struct ledger_usage *const u = &ev->usage;

	switch (ev->kind) {
	case LLM_START:
		buf_add_c(out, "start\n");
		break;
	case LLM_DELTA:
		buf_addf(out, "delta " STR_FMT "\n", STR_ARG(ev->text));
		break;
	case LLM_TOOL_DELTA:
		buf_addf(out,
			 "tool %zu id=" STR_FMT " name=" STR_FMT " " STR_FMT
			 "\n",
			 ev->tool_index, STR_ARG(ev->tool_id),
			 STR_ARG(ev->tool_name), STR_ARG(ev->text));
		break;
	case LLM_THOUGHT:
		buf_addf(out, "thought %zu " STR_FMT "%s" STR_FMT "\n",
			 ev->tool_index, STR_ARG(ev->text),
			 ev->sealed            ? "sealed="
			 : ev->signature.n > 0 ? "signature="
					       : "",
			 STR_ARG(ev->signature));
		break;
	case LLM_USAGE:
		buf_addf(out,
			 "usage in=%" PRId64 " read=%" PRId64 " write=%" PRId64
			 " write1h=%" PRId64 " out=%" PRId64
			 " reasoning=%" PRId64 "\n",
			 u->input_tokens, u->cache_read_tokens,
			 u->cache_write_tokens, u->cache_write_1h_tokens,
			 u->output_tokens, u->reasoning_tokens);
		break;
	case LLM_VECTOR:
		buf_addf(out, "vector %zu " STR_FMT "\n", ev->tool_index,
			 STR_ARG(ev->text));
		break;
	case LLM_NOTICE:
		buf_addf(out, "notice " STR_FMT "\n", STR_ARG(ev->text));
		break;
	case LLM_ERROR:
		buf_addf(out, "error %s%s\n", err_entry(ev->error)->code,
			 ev->unread ? " unread" : "");
		break;
	case LLM_DONE:
		buf_addf(out, "done %s\n", finish_names[ev->finish]);
		break;
	}
}

static void transcript_emit(struct llm_sink *s, const struct llm_event *ev)
{
	struct transcript *const t = CONTAINER_OF(s, struct transcript, sink);
	const bool ends = ev->kind == LLM_DONE || ev->kind == LLM_ERROR;

	if (t->nends > 0)
		t->order_broken = true;
	if (ev->kind != LLM_START && ev->kind != LLM_ERROR && t->nstarts == 0)
		t->order_broken = true;
	t->nevents++;
	t->nstarts += ev->kind == LLM_START ? 1 : 0;
	t->nends += ends ? 1 : 0;
	if (t->nstarts > 1)
		t->order_broken = true;
	if (ev->kind == LLM_DELTA)
		buf_add_str(&t->text, ev->text);
	if (ev->kind == LLM_ERROR)
		t->error = ev->error;
	if (ev->kind == LLM_DONE)
		t->finish = ev->finish;
	if (ev->kind == LLM_USAGE) {
		t->usage = ev->usage;
		t->usage_seen = true;
	}
	transcript_line(&t->lines, ev);
}

static inline void transcript_init(struct transcript *t)
{
	memset(t, 0, sizeof(*t));
	arena_init(&t->arena, TRANSCRIPT_BYTES);
	buf_init(&t->lines, &t->arena, TRANSCRIPT_BYTES / 8);
	buf_init(&t->text, &t->arena, TRANSCRIPT_BYTES / 8);
	t->sink.emit = transcript_emit;
}

static inline void transcript_release(struct transcript *t)
{
	arena_release(&t->arena);
}

/*
 * Feed body in pieces and finish.  Each piece is a fresh copy of its bytes, so
 * that the sanitizer sees a reader that looks beyond it or keeps it.
 *
 * piece  gives the size of the next piece, at least 1
 */
static inline void transcript_feed(struct transcript *t,
				   const struct provider_adapter *adapter,
				   struct str body, size_t (*piece)(void *arg),
				   void *arg)
{
	struct provider_stream *const s =
		adapter->stream_new(&t->arena, &t->sink);

	while (body.n > 0) {
		size_t n = piece(arg);
		if (n > body.n)
			n = body.n;
		char *const copy = malloc(n);
		if (copy == NULL)
			abort();
		memcpy(copy, body.p, n);
		adapter->feed(s, (struct str){copy, n});
		free(copy);
		body = (struct str){body.p + n, body.n - n};
	}
	adapter->finish(s);
}

static inline size_t piece_whole(void *arg)
{
	(void)arg;
	return SIZE_MAX;
}

static inline size_t piece_byte(void *arg)
{
	(void)arg;
	return 1;
}

/* arg: a uint32_t, the state of the generator. */
static inline size_t piece_random(void *arg)
{
	uint32_t *const state = arg;

	*state = *state * 1664525U + 1013904223U;
	return 1 + (*state >> 16) % 97;
}

/* arg: a size_t, where to cut in two. */
static inline size_t piece_cut(void *arg)
{
	size_t *const first = arg;
	const size_t n = *first > 0 ? *first : SIZE_MAX;

	*first = 0;
	return n;
}

#endif
