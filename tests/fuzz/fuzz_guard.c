/*
 * Fuzz target: the scanner.  Whatever the bytes are: the same comes out fed
 * whole, byte by byte and in random pieces; what comes out is the text in
 * order, but for what was taken out; nothing that was planted leaves; and
 * nothing is held that could go.
 *
 * tests/fuzz/run.sh builds and runs it.
 */
#include "base/arena.h"
#include "guard/scan.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_BYTES ((size_t)64 * 1024 * 1024)
#define MOST_HELD   WINDOW_MAX_BYTES

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct arena process;
static struct guard_rules rules;

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void prepare(void)
{
	struct str bad = STR_NONE;
	struct errbuf e = {0};

	arena_init(&process, ARENA_BYTES);
	rules.norm = guard_norm_new(&process);
	must(guard_policy_parse(STR("redact"), &rules.policy, &bad));
	rules.npatterns = 2;
	must(guard_regex_new(&process, "ACME-[0-9]+", &rules.patterns[0].regex,
			     &e) == ERR_OK);
	must(guard_regex_new(&process, "(?<=x)\\bcode \\S+ end",
			     &rules.patterns[1].regex, &e) == ERR_OK);
	rules.patterns[0].action = GUARD_REDACT;
	rules.patterns[1].action = GUARD_REDACT;
	guard_rules_ready(&rules);
}

/* Something private, and what stands in its place. */
struct secret {
	const char *text;
	const char *left;
};

struct run {
	struct arena arena;
	struct guard_scan scan;
	struct buf out;
	size_t fed;
};

static void on_text(void *arg, struct str text)
{
	struct run *const r = arg;

	buf_add_str(&r->out, text);
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

static enum err feed(struct run *r, struct str in, enum scan_mode mode,
		     uint32_t state)
{
	memset(r, 0, sizeof(*r));
	arena_init(&r->arena, ARENA_BYTES);
	buf_init(&r->out, &r->arena, ARENA_BYTES / 4);
	guard_scan_init(&r->scan, &r->arena, &rules, mode, on_text, r);
	while (in.n > 0) {
		const size_t n = next_piece(&state, in.n);
		char *const copy = malloc(n);
		must(copy != NULL);
		memcpy(copy, in.p, n);
		(void)!guard_scan_feed(&r->scan, (struct str){copy, n});
		free(copy);
		in = (struct str){in.p + n, in.n - n};
	}
	return guard_scan_finish(&r->scan);
}

/* Without what stands for a match, `out` is `in` with parts left out. */
static void must_be_in_order(struct str in, struct str out)
{
	size_t i = 0;

	for (size_t k = 0; k < out.n;) {
		size_t name = 0;
		for (int kind = 0; kind < GUARD_KINDS; kind++) {
			const struct str word = str_from(
				guard_kind_name((enum guard_kind)kind));
			if (out.n - k > word.n + 1 && out.p[k] == '[' &&
			    memcmp(out.p + k + 1, word.p, word.n) == 0 &&
			    out.p[k + 1 + word.n] == ']')
				name = word.n + 2;
		}
		if (name > 0 &&
		    (i >= in.n || in.p[i] != '[' || in.n - i < name ||
		     memcmp(in.p + i, out.p + k, name) != 0)) {
			k += name;
			continue;
		}
		while (i < in.n && in.p[i] != out.p[k])
			i++;
		must(i < in.n);
		i++;
		k++;
	}
}

static bool has(struct str text, struct str part)
{
	for (size_t i = 0; i + part.n <= text.n; i++)
		if (memcmp(text.p + i, part.p, part.n) == 0)
			return true;
	return false;
}

static size_t count_lines(struct str text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '\n' ? 1 : 0;
	return n;
}

/* Line number `at`, from 0. */
static struct str line_of(struct str text, size_t at)
{
	struct str line = STR_NONE;

	for (size_t i = 0; i <= at; i++)
		(void)str_cut(text, '\n', &line, &text);
	return line;
}

/*
 * It stood on a line of its own: no byte of it may stand there now.  What takes
 * a line end away with it takes more than the secret; then nothing is said.
 */
static void must_be_gone(struct str in, struct str out, size_t at,
			 const struct secret *secret)
{
	if (count_lines(in) == count_lines(out))
		must(str_eq_c(line_of(out, at), secret->left));
}

static void must_not_leave(struct str in, const struct secret *secret)
{
	const struct str s = str_from(secret->text);
	struct run r;
	char *const text = malloc(2 * in.n + s.n + 2);

	/* in the middle, behind a blank and before one */
	must(text != NULL);
	const size_t half = in.n / 2;
	if (half > 0)
		memcpy(text, in.p, half);
	text[half] = '\n';
	memcpy(text + half + 1, s.p, s.n);
	text[half + 1 + s.n] = '\n';
	if (in.n > 0)
		memcpy(text + half + s.n + 2, in.p + half, in.n - half);
	const struct str all = {text, in.n + s.n + 2};
	if (feed(&r, all, SCAN_TEXT, (uint32_t)in.n * 4 + 2) == ERR_OK) {
		must(has(in, s) || !has(buf_str(&r.out), s));
		must_be_gone(all, buf_str(&r.out),
			     count_lines((struct str){in.p, half}) + 1, secret);
	}
	arena_release(&r.arena);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct secret secrets[] = {
		{"bob@example.com", "[email]"},
		{"4111111111111111", "[card]"},
		{"DE89370400440532013000", "[iban]"},
		{"123-45-6789", "[ssn]"},
		{"(415) 555-2671", "[phone]"},
		{"AKIAIOSFODNN7EXAMPLE", "[key]"},
		{"00:1B:44:11:3A:B7", "[mac]"},
		{"ACME-1", "[pattern]"},
	};
	const struct str in = {(const char *)data, size};
	struct run whole;
	struct run cut;

	if (rules.norm == NULL)
		prepare();
	for (int mode = SCAN_TEXT; mode <= SCAN_JSON; mode++) {
		const enum err err = feed(&whole, in, (enum scan_mode)mode, 1);
		for (uint32_t i = 0; i < 4; i++) {
			const uint32_t state =
				i == 0 ? 0 : (uint32_t)size * 64 + i * 2 + 2;
			must(feed(&cut, in, (enum scan_mode)mode, state) ==
			     err);
			must(err != ERR_OK ||
			     str_eq(buf_str(&cut.out), buf_str(&whole.out)));
			must(cut.scan.window.cap <= MOST_HELD);
			arena_release(&cut.arena);
		}
		if (mode == SCAN_TEXT && err == ERR_OK)
			must_be_in_order(in, buf_str(&whole.out));
		arena_release(&whole.arena);
	}
	must_not_leave(in, &secrets[size % 8]);
	return 0;
}
