/*
 * What a piece of a stream costs in each dialect: its encoder, from begin() to
 * end(), with the pieces of a long answer.  What comes before it (the
 * provider's bytes, the guard) and after it (the client's socket) is the same
 * in all of them.
 *
 * Usage: dialects_bench [ROUNDS]
 * Prints a line for each dialect: nanoseconds of CPU time and bytes for each
 * piece, the best of the rounds.
 */
#include "api/anthropic.h"
#include "api/openai.h"
#include "api/responses.h"
#include "base/arena.h"
#include "base/num.h"
#include "conf/conf.h"
#include "http/req.h"
#include "llm/app.h"
#include "llm/call.h"
#include "llm/slipway.h"

#include <stdio.h>
#include <time.h>

#define PIECES      150000
#define FLUSH       16 /* pieces that go out together */
#define ARENA_BYTES ((size_t)64 * 1024 * 1024)
#define OUT_BYTES   ((size_t)16 * 1024 * 1024)

struct cost {
	double ns;
	double bytes;
};

static void openai_stream(struct call *c, bool stream)
{
	openai_encode_with(c, stream, true);
}

static const struct {
	const char *route;
	void (*encode_with)(struct call *c, bool stream);
} dialects[] = {
	{"/chat/stream", slipway_encode_with},
	{"/v1/chat/completions", openai_stream},
	{"/v1/messages", anthropic_encode_with},
	{"/v1/responses", responses_encode_with},
};

static double cpu_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static struct cost measure(struct call *c)
{
	static const char *const pieces[] = {
		"The", " tide", " is", " \"in\"", ",\n", " se\xC3\xB1or"};
	const double begin = cpu_ns();
	size_t bytes = 0;
	struct buf out;

	buf_init(&out, &c->req->arena, OUT_BYTES);
	c->encoder->begin(c, &out);
	for (size_t i = 0; i < PIECES; i++) {
		c->encoder->delta(c,
				  str_from(pieces[i % (sizeof(pieces) /
						       sizeof(pieces[0]))]),
				  &out);
		if (i % FLUSH == 0) {
			bytes += out.n;
			buf_reset(&out);
		}
	}
	c->encoder->end(c, &out);
	return (struct cost){(cpu_ns() - begin) / PIECES,
			     (double)(bytes + out.n) / PIECES};
}

static struct cost run(void (*encode_with)(struct call *c, bool stream))
{
	static const struct conf conf;
	static struct app app = {.conf = &conf};
	struct req req = {.id = "req_0123456789abcdef01234567"};
	static const struct conf_feature feature = {.name = "chat"};
	static struct call call;

	call = (struct call){.req = &req,
			     .app = &app,
			     .feature = &feature,
			     .model_asked = STR("chat")};

	arena_init(&req.arena, ARENA_BYTES);
	encode_with(&call, true);
	const struct cost cost = measure(&call);
	arena_release(&req.arena);
	return cost;
}

int main(int argc, char **argv)
{
	int64_t rounds = 5;
	double base = 0.0;

	if (argc > 1 &&
	    num_parse_i64(str_from(argv[1]), 1, 1000, &rounds) != ERR_OK) {
		(void)fputs("usage: dialects_bench [ROUNDS]\n", stderr);
		return 2;
	}
	(void)printf("%-22s %8s %8s %8s\n", "dialect", "ns/piece", "ratio",
		     "bytes");
	for (size_t i = 0; i < sizeof(dialects) / sizeof(dialects[0]); i++) {
		struct cost best = run(dialects[i].encode_with);
		for (int64_t k = 1; k < rounds; k++) {
			const struct cost c = run(dialects[i].encode_with);
			best = c.ns < best.ns ? c : best;
		}
		base = i == 0 ? best.ns : base;
		(void)printf("%-22s %8.0f %8.2f %8.0f\n", dialects[i].route,
			     best.ns, best.ns / base, best.bytes);
	}
	return 0;
}
