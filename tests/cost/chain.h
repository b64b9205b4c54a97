#ifndef SLIPWAY_TESTS_COST_CHAIN_H
#define SLIPWAY_TESTS_COST_CHAIN_H

#include "api/anthropic.h"
#include "api/openai.h"
#include "api/responses.h"
#include "base/arena.h"
#include "base/container.h"
#include "conf/conf.h"
#include "guard/scan.h"
#include "http/req.h"
#include "llm/adapters.h"
#include "llm/app.h"
#include "llm/call.h"
#include "llm/slipway.h"

#include <stddef.h>

/*
 * The way of a token, from the provider's bytes to those of the client, in each
 * dialect: parser, events, guard, encoder.  All of the worker's work for it but
 * the two sockets.
 */
#define CHAIN_ARENA_BYTES ((size_t)256 * 1024 * 1024)
#define CHAIN_OUT_BYTES   ((size_t)32 * 1024 * 1024)
#define CHAIN_FLUSH_BYTES ((size_t)4096)

struct chain {
	struct req req;
	struct app app;
	struct conf conf;
	struct conf_feature feature;
	struct call call;
	struct guard_rules rules;
	struct guard_scan scan;
	struct llm_sink sink;
	struct provider_stream *stream;
	struct buf out;
	size_t bytes; /* for the client, in all */
};

static inline void chain_openai(struct call *c, bool stream)
{
	openai_encode_with(c, stream, true);
}

static const struct {
	const char *name;
	const char *route;
	void (*encode_with)(struct call *c, bool stream);
} chain_dialects[] = {
	{"token", "/chat/stream", slipway_encode_with},
	{"token_openai", "/v1/chat/completions", chain_openai},
	{"token_anthropic", "/v1/messages", anthropic_encode_with},
	{"token_responses", "/v1/responses", responses_encode_with},
};
#define CHAIN_DIALECTS (sizeof(chain_dialects) / sizeof(chain_dialects[0]))

/* A chunk that says " harbour"; the whole of the bytes of an event. */
#define CHAIN_CHUNK                                                          \
	"data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\"," \
	"\"created\":1764000000,\"model\":\"gpt-5-mini\",\"choices\":[{"     \
	"\"index\":0,\"delta\":{\"content\":\" harbour\"},"                  \
	"\"finish_reason\":null}]}\n\n"

static inline void chain_flush(struct chain *ch, size_t at)
{
	if (ch->out.n < at)
		return;
	ch->bytes += ch->out.n;
	buf_reset(&ch->out);
}

static inline void chain_on_guarded(void *arg, struct str text)
{
	struct chain *const ch = arg;

	ch->call.encoder->delta(&ch->call, text, &ch->out);
	chain_flush(ch, CHAIN_FLUSH_BYTES);
}

static inline void chain_on_event(struct llm_sink *sink,
				  const struct llm_event *ev)
{
	struct chain *const ch = CONTAINER_OF(sink, struct chain, sink);

	if (ev->kind == LLM_DELTA)
		(void)!guard_scan_feed(&ch->scan, ev->text);
}

/* Begin a stream in dialect number i; then feed, end and free. */
static inline void chain_begin(struct chain *ch, size_t i)
{
	struct arena *const a = &ch->req.arena;
	struct str bad = STR_NONE;

	*ch = (struct chain){.req = {.id = "req_0123456789abcdef01234567"},
			     .feature = {.name = "chat"},
			     .sink = {chain_on_event}};
	arena_init(a, CHAIN_ARENA_BYTES);
	buf_init(&ch->out, a, CHAIN_OUT_BYTES);
	ch->app.conf = &ch->conf;
	ch->call = (struct call){.req = &ch->req,
				 .app = &ch->app,
				 .feature = &ch->feature,
				 .model_asked = STR("chat")};
	ch->rules.norm = guard_norm_new(a);
	(void)!guard_policy_parse(STR("redact"), &ch->rules.policy, &bad);
	guard_rules_ready(&ch->rules);
	guard_scan_init(&ch->scan, a, &ch->rules, SCAN_TEXT, chain_on_guarded,
			ch);
	chain_dialects[i].encode_with(&ch->call, true);
	ch->call.encoder->begin(&ch->call, &ch->out);
	ch->stream = provider_openai.stream_new(a, &ch->sink);
}

/* The provider's bytes. */
static inline void chain_feed(struct chain *ch, struct str bytes)
{
	provider_openai.feed(ch->stream, bytes);
}

static inline void chain_end(struct chain *ch)
{
	(void)!guard_scan_finish(&ch->scan);
	ch->call.encoder->end(&ch->call, &ch->out);
	chain_flush(ch, 0);
}

static inline void chain_free(struct chain *ch)
{
	arena_release(&ch->req.arena);
}

#endif
