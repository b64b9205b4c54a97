/*
 * The hot paths, for callgrind to count: each a few times first, so that what
 * is done once has been done, and then a given number of times between two
 * calls of mark().
 *
 * Usage: hot TIMES
 * Prints the names of the paths in their order.
 */
#include "base/num.h"
#include "chain.h"
#include "db/ledger.h"
#include "db/ledger_wire.h"
#include "llm/eventstream.h"
#include "llm/sse.h"
#include "json/json.h"

#include <assert.h>
#include <stdio.h>

#define WARM_UP     200
#define ARENA_BYTES ((size_t)64 * 1024 * 1024)
#define OUT_BYTES   ((size_t)4096)

#define PROSE                                                                \
	"The \"ferry\" leaves at nine,\nso be there \xe2\x80\x94 with your " \
	"ticket \xe2\x80\x94 at ten to nine."

/* What the paths share. */
struct hot {
	struct arena arena;
	struct buf out;
	size_t seen; /* so that nothing is optimised away */
};

/* Where callgrind writes down what it has counted: --dump-before=mark. */
__attribute__((noinline)) static void mark(struct hot *h)
{
	h->seen++;
}

/* Tokens ---------------------------------------------------------------- */

static void token(struct hot *h, size_t dialect, int64_t times)
{
	static struct chain chain;

	chain_begin(&chain, dialect);
	for (int64_t i = 0; i < WARM_UP; i++)
		chain_feed(&chain, STR(CHAIN_CHUNK));
	mark(h);
	for (int64_t i = 0; i < times; i++)
		chain_feed(&chain, STR(CHAIN_CHUNK));
	mark(h);
	chain_end(&chain);
	h->seen += chain.bytes;
	chain_free(&chain);
}

/* Frames ---------------------------------------------------------------- */

static void on_frame(void *arg, struct str name, struct str data)
{
	struct hot *const h = arg;

	h->seen += name.n + data.n;
}

static void sse_frame(struct hot *h, int64_t times)
{
	struct sse s;

	sse_init(&s, &h->arena, on_frame, h);
	for (int64_t i = 0; i < times; i++)
		(void)!sse_feed(&s, STR(CHAIN_CHUNK));
}

/* What stands around the text of a stream ------------------------------- */

#define HEAD                                                                 \
	"data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\"," \
	"\"created\":1764000000,\"model\":\"gpt-5-mini\","                   \
	"\"system_fingerprint\":\"fp_1\",\"choices\":["
#define AROUND                                                                        \
	HEAD "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\","       \
	     "\"refusal\":null},\"logprobs\":null,\"finish_reason\":null}]}\n\n" HEAD \
	     "{\"index\":0,\"delta\":{},\"logprobs\":null,"                           \
	     "\"finish_reason\":\"stop\"}],\"usage\":null}\n\n" HEAD                  \
	     "],\"usage\":{\"prompt_tokens\":16,\"completion_tokens\":300,"           \
	     "\"total_tokens\":316,\"prompt_tokens_details\":"                        \
	     "{\"cached_tokens\":0},\"completion_tokens_details\":"                   \
	     "{\"reasoning_tokens\":0}}}\n\ndata: [DONE]\n\n"

struct seen {
	struct llm_sink sink;
	size_t n;
};

static void on_event(struct llm_sink *sink, const struct llm_event *ev)
{
	CONTAINER_OF(sink, struct seen, sink)->n += (size_t)ev->kind;
}

static void around(struct hot *h, int64_t times)
{
	struct seen seen = {.sink = {on_event}};

	for (int64_t i = 0; i < times; i++) {
		provider_openai.feed(
			provider_openai.stream_new(&h->arena, &seen.sink),
			STR(AROUND));
		arena_clear(&h->arena);
	}
	h->seen += seen.n;
}

static void on_message(void *arg, const struct eventstream_message *m)
{
	struct hot *const h = arg;

	h->seen += m->payload.n;
}

/* A message around PROSE without headers: lengths, sum, PROSE, sum. */
static const char message[] = "\x00\x00\x00\x60\x00\x00\x00\x00"
			      "\xfc\x10\xa8\x24" PROSE "\xa0\x22\x5d\x45";

static void eventstream_frame(struct hot *h, int64_t times)
{
	struct eventstream s;
	const char *why = NULL;
	const struct str bytes = {message, sizeof(message) - 1};

	eventstream_init(&s, &h->arena, on_message, h);
	for (int64_t i = 0; i < times; i++)
		(void)!eventstream_feed(&s, bytes, &why);
	assert(s.nmessages == (size_t)times);
}

/* Writing --------------------------------------------------------------- */

static void quote(struct hot *h, int64_t times)
{
	for (int64_t i = 0; i < times; i++) {
		json_quote(&h->out, STR(PROSE));
		h->seen += h->out.n;
		buf_reset(&h->out);
	}
}

static void entries(struct hot *h, const struct ledger_op *op, int64_t times)
{
	for (int64_t i = 0; i < times; i++) {
		h->seen += ledger_wire_entry(&h->arena, op).n;
		arena_clear(&h->arena);
	}
}

static const struct ledger_op admission = {
	.kind = LEDGER_ADMIT,
	.admit =
		{
			.request_id = "req_01kb0000000000000000000000",
			.feature = "chat",
			.input_pico = 12000000,
			.output_pico = 4000000,
			.max_output_tokens = 200,
			.min_output_tokens = 1,
			.lease_ms = 600000,
		},
};

static void admit_entry(struct hot *h, int64_t times)
{
	entries(h, &admission, times);
}

static void settle_entry(struct hot *h, int64_t times)
{
	struct ledger_settle s = {
		.request_id = "req_01kb0000000000000000000000",
		.basis = LEDGER_BASIS_PROVIDER_USAGE,
		.cost_pico = 42000000,
		.usage = {.input_tokens = 10, .output_tokens = 8},
		.model_route = "openai/gpt-5-mini",
		.prompt_version = "chat@1",
		.trace_id = "0af7651916cd43dd8448eb211c80319c",
		.ttft_ms = 250,
		.latency_ms = 900,
		.nattempts = 1,
		.attempts = {{.model_route = STR("openai/gpt-5-mini"),
			      .http_status = 200,
			      .ttft_ms = 250,
			      .latency_ms = 900}},
	};
	const struct ledger_op op = {.kind = LEDGER_SETTLE, .settle = &s};

	entries(h, &op, times);
}

static const struct {
	const char *name;
	void (*run)(struct hot *h, int64_t times);
} paths[] = {
	{"around", around},
	{"sse_frame", sse_frame},
	{"eventstream_frame", eventstream_frame},
	{"json_quote", quote},
	{"admit_entry", admit_entry},
	{"settle_entry", settle_entry},
};

static void measure(void (*run)(struct hot *h, int64_t times), int64_t times)
{
	static struct hot h;

	h = (struct hot){.seen = 0};
	arena_init(&h.arena, ARENA_BYTES);
	buf_init(&h.out, &h.arena, OUT_BYTES);
	run(&h, WARM_UP);
	mark(&h);
	run(&h, times);
	mark(&h);
	assert(h.seen > 0);
	arena_release(&h.arena);
}

int main(int argc, char **argv)
{
	struct hot h = {.seen = 0};
	int64_t times = 0;

	if (argc != 2 ||
	    num_parse_i64(str_from(argv[1]), 1, 1000000, &times) != ERR_OK)
		return 2;
	for (size_t i = 0; i < CHAIN_DIALECTS; i++) {
		(void)puts(chain_dialects[i].name);
		token(&h, i, times);
	}
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		(void)puts(paths[i].name);
		measure(paths[i].run, times);
	}
	return 0;
}
