/*
 * How fast the scanner is: ordinary text through all detectors, in pieces as
 * they come from a provider and in large ones.
 *
 * Usage: guard_bench [SECONDS] FILE...
 * Prints one line for each size of piece: MB for each second of CPU time.
 */
#include "base/arena.h"
#include "base/num.h"
#include "guard/scan.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define TEXT_BYTES ((size_t)8 * 1024 * 1024)

static size_t out_bytes;

static void on_text(void *arg, struct str text)
{
	(void)arg;
	out_bytes += text.n;
}

static size_t read_files(int argc, char **argv, int first, char *text)
{
	size_t n = 0;

	for (int i = first; i < argc; i++) {
		FILE *const f = fopen(argv[i], "rb");
		if (f == NULL)
			continue;
		n += fread(text + n, 1, TEXT_BYTES - n, f);
		(void)fclose(f);
	}
	return n;
}

static void scan_once(const struct guard_rules *rules, struct str text,
		      size_t piece, struct guard_scan *s)
{
	struct arena arena;

	arena_init(&arena, (size_t)4 * 1024 * 1024);
	guard_scan_init(s, &arena, rules, SCAN_TEXT, on_text, NULL);
	while (text.n > 0) {
		const size_t n = piece < text.n ? piece : text.n;
		(void)!guard_scan_feed(s, (struct str){text.p, n});
		text.p += n;
		text.n -= n;
	}
	(void)!guard_scan_finish(s);
	arena_release(&arena);
}

static void measure(const struct guard_rules *rules, struct str text,
		    size_t piece, int64_t seconds)
{
	struct guard_scan s;
	clock_t used = 0;
	size_t bytes = 0;
	unsigned found = 0;
	const clock_t begin = clock();

	do {
		scan_once(rules, text, piece, &s);
		bytes += text.n;
		used = clock() - begin;
	} while (used < seconds * CLOCKS_PER_SEC);
	for (int kind = 0; kind < GUARD_KINDS; kind++)
		found += s.found[kind];
	(void)printf("pieces of %5zu bytes: %6.0f MB/s, %u found in %.1f MB\n",
		     piece, (double)bytes / 1e6 * CLOCKS_PER_SEC / (double)used,
		     found, (double)text.n / 1e6);
}

int main(int argc, char **argv)
{
	static const size_t pieces[] = {5, 16, 64, 256, 4096, 65536};
	static char text[TEXT_BYTES];
	struct guard_rules rules = {0};
	struct arena arena;
	struct str bad = STR_NONE;
	int64_t seconds = 2;
	int first = 1;

	if (argc > 1 &&
	    num_parse_i64(str_from(argv[1]), 1, 60, &seconds) == ERR_OK)
		first = 2;
	const size_t n = read_files(argc, argv, first, text);
	if (n == 0) {
		(void)fputs("usage: guard_bench [SECONDS] FILE...\n", stderr);
		return 1;
	}
	arena_init(&arena, (size_t)4 * 1024 * 1024);
	rules.norm = guard_norm_new(&arena);
	if (!guard_policy_parse(STR("redact"), &rules.policy, &bad))
		return 1;
	guard_rules_ready(&rules);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
		measure(&rules, (struct str){text, n}, pieces[i], seconds);
	arena_release(&arena);
	return 0;
}
