/*
 * What a piece of a stream costs in each dialect, without the two sockets,
 * which are the same for all: the whole way from the provider's bytes through
 * parser, events and guard, and of it the encoder alone.
 *
 * Usage: dialects_bench [ROUNDS]
 * Prints a line for each dialect: nanoseconds of CPU time and bytes for each
 * piece, the best of the rounds, in which the dialects take turns.
 */
#include "../cost/chain.h"

#include "base/num.h"

#include <stdio.h>
#include <time.h>

#define PIECES 150000

struct cost {
	double way;
	double encoder;
	double bytes;
};

/* As they stand in a chunk, and what they say. */
static const struct {
	const char *chunk;
	const char *said;
} pieces[] = {
	{"The", "The"},
	{" tide", " tide"},
	{" at", " at"},
	{" the", " the"},
	{" quay", " quay"},
	{" of", " of"},
	{" se\xC3\xB1or", " se\xC3\xB1or"},
	{" Ruiz", " Ruiz"},
	{" turns", " turns"},
	{" at", " at"},
	{" nine", " nine"},
	{",", ","},
	{" he", " he"},
	{" said", " said"},
	{".", "."},
	{"\\n", "\n"},
};
#define NPIECES (sizeof(pieces) / sizeof(pieces[0]))

static double cpu_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* The chunks that say the pieces. */
static void make_chunks(struct arena *a, struct str chunks[NPIECES])
{
	for (size_t i = 0; i < NPIECES; i++) {
		struct buf b;
		buf_init(&b, a, 1024);
		buf_addf(&b,
			 "data: {\"id\":\"chatcmpl-1\",\"object\":"
			 "\"chat.completion.chunk\",\"created\":1764000000,"
			 "\"model\":\"gpt-5-mini\",\"choices\":[{\"index\":0,"
			 "\"delta\":{\"content\":\"%s\"},"
			 "\"finish_reason\":null}]}\n\n",
			 pieces[i].chunk);
		chunks[i] = buf_str(&b);
	}
}

static void whole_way(size_t dialect, struct cost *cost)
{
	static struct chain chain;
	struct str chunks[NPIECES];

	chain_begin(&chain, dialect);
	make_chunks(&chain.req.arena, chunks);
	const double begin = cpu_ns();
	for (size_t i = 0; i < PIECES; i++)
		chain_feed(&chain, chunks[i % NPIECES]);
	chain_end(&chain);
	const double ns = (cpu_ns() - begin) / PIECES;
	chain_free(&chain);
	cost->way = cost->way > 0.0 && cost->way < ns ? cost->way : ns;
	cost->bytes = (double)chain.bytes / PIECES;
}

static void encoder_alone(size_t dialect, struct cost *cost)
{
	static struct chain chain;

	chain_begin(&chain, dialect);
	const double begin = cpu_ns();
	for (size_t i = 0; i < PIECES; i++)
		chain_on_guarded(&chain, str_from(pieces[i % NPIECES].said));
	chain_end(&chain);
	const double ns = (cpu_ns() - begin) / PIECES;
	chain_free(&chain);
	cost->encoder =
		cost->encoder > 0.0 && cost->encoder < ns ? cost->encoder : ns;
}

int main(int argc, char **argv)
{
	static struct cost costs[CHAIN_DIALECTS];
	int64_t rounds = 9;

	if (argc > 1 &&
	    num_parse_i64(str_from(argv[1]), 1, 1000, &rounds) != ERR_OK) {
		(void)fputs("usage: dialects_bench [ROUNDS]\n", stderr);
		return 2;
	}
	for (int64_t k = 0; k < rounds; k++)
		for (size_t i = 0; i < CHAIN_DIALECTS; i++) {
			whole_way(i, &costs[i]);
			encoder_alone(i, &costs[i]);
		}
	(void)printf("%-22s %8s %8s %8s %8s\n", "dialect", "ns/piece", "ratio",
		     "encoder", "bytes");
	for (size_t i = 0; i < CHAIN_DIALECTS; i++)
		(void)printf("%-22s %8.0f %8.2f %8.0f %8.0f\n",
			     chain_dialects[i].route, costs[i].way,
			     costs[i].way / costs[0].way, costs[i].encoder,
			     costs[i].bytes);
	return 0;
}
