/*
 * docs/chunk: sizes, boundaries, overlap, and that no text is lost.
 */
#include "base/arena.h"
#include "docs/chunk.h"
#include "docs/retrieve.h"
#include "docs/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;
static struct docs_text text;
static struct docs_chunk *chunks;
static size_t nchunks;

static int setup(void **state)
{
	(void)state;
	arena_init(&arena, (size_t)64 << 20);
	docs_text_init(&text, &arena);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

/* "w0001 w0002 … ." sentences of eight words, n bytes or a little more. */
static struct str prose(size_t n, int *word)
{
	struct buf b;

	buf_init(&b, &arena, n + 64);
	while (b.n < n) {
		for (int i = 0; i < 8; i++)
			buf_addf(&b, "w%05d%s", ++*word, i < 7 ? " " : ". ");
	}
	return docs_trim_end(buf_str(&b));
}

static void cut(void)
{
	docs_chunk(&arena, &text, &chunks, &nchunks);
	for (size_t i = 0; i < nchunks; i++) {
		assert_in_range(chunks[i].body.n, 1, DOCS_MAX_CHUNK_BYTES);
		assert_true(str_is_utf8(chunks[i].body));
	}
}

/* s ends in a NUL, as all of them here do. */
static bool contains(struct str s, struct str part)
{
	return s.n > 0 && strstr(s.p, str_dup(&arena, part)) != NULL;
}

static void assert_body(size_t i, const char *body)
{
	assert_in_range(i, 0, nchunks - 1);
	assert_string_equal(str_dup(&arena, chunks[i].body), body);
}

static void nothing_gives_nothing(void **state)
{
	(void)state;
	cut();
	assert_int_equal(nchunks, 0);
	docs_text_heading(&text, 1, STR("only a heading"), STR(""));
	cut();
	assert_int_equal(nchunks, 0);
}

static void short_text_is_one_chunk(void **state)
{
	(void)state;
	docs_text_heading(&text, 1, STR("A"), STR("a"));
	docs_text_add(&text, DOCS_PARA, STR("one"));
	docs_text_add(&text, DOCS_ITEM, STR("- two"));
	docs_text_add(&text, DOCS_ITEM, STR("- three"));
	docs_text_add(&text, DOCS_TERM, STR("four"));
	docs_text_add(&text, DOCS_PARA, STR("five"));
	docs_text_add(&text, DOCS_CODE, STR("six"));
	cut();
	assert_int_equal(nchunks, 1);
	assert_body(0, "one\n\n- two\n- three\n\nfour\nfive\n\n    six");
	assert_true(str_eq_c(chunks[0].section, "A"));
	assert_true(str_eq_c(chunks[0].anchor, "a"));
}

static void sections_do_not_mix(void **state)
{
	(void)state;
	docs_text_heading(&text, 1, STR("A"), STR("a"));
	docs_text_add(&text, DOCS_PARA, STR("in a"));
	docs_text_heading(&text, 1, STR("B"), STR("b"));
	docs_text_add(&text, DOCS_PARA, STR("in b"));
	cut();
	assert_int_equal(nchunks, 2);
	assert_body(0, "in a");
	assert_body(1, "in b");
	assert_true(str_eq_c(chunks[1].section, "B"));
}

static void short_lead_in_joins_its_subsection(void **state)
{
	(void)state;
	docs_text_heading(&text, 1, STR("A"), STR("a"));
	docs_text_add(&text, DOCS_PARA, STR("lead"));
	docs_text_heading(&text, 2, STR("B"), STR("b"));
	docs_text_add(&text, DOCS_PARA, STR("in b"));
	cut();
	assert_int_equal(nchunks, 1);
	assert_body(0, "lead\n\nin b");
	assert_true(str_eq_c(chunks[0].section, "A > B"));
}

static void prose_overlaps_by_a_sentence(void **state)
{
	int word = 0;

	(void)state;
	for (int i = 0; i < 6; i++)
		docs_text_add(&text, DOCS_PARA, prose(600, &word));
	cut();
	assert_in_range(nchunks, 3, 6);
	for (size_t i = 1; i < nchunks; i++) {
		/* it begins with a whole sentence of the chunk before */
		const struct str b = chunks[i].body;
		const char *const stop = memchr(b.p, '.', b.n);
		assert_non_null(stop);
		const struct str first = {b.p, (size_t)(stop - b.p) + 1};
		assert_true(contains(chunks[i - 1].body, first));
		assert_true(first.n <= DOCS_CHUNK_OVERLAP_BYTES);
	}
}

static void cut_sentence_is_marked(void **state)
{
	struct buf b;

	(void)state;
	/* one sentence without an end, longer than a chunk */
	buf_init(&b, &arena, 4000);
	for (int i = 0; b.n < 3000; i++)
		buf_addf(&b, "word%d ", i);
	docs_text_add(&text, DOCS_PARA, docs_trim_end(buf_str(&b)));
	cut();
	assert_in_range(nchunks, 3, 4);
	assert_true(str_starts(chunks[1].body, STR(DOCS_CUT_MARK "word")));
	assert_false(str_starts(chunks[0].body, STR(DOCS_CUT_MARK)));
}

static void code_is_cut_between_lines_and_not_repeated(void **state)
{
	struct buf b;
	size_t lines = 0;

	(void)state;
	buf_init(&b, &arena, 8000);
	for (int i = 0; b.n < 4000; i++)
		buf_addf(&b, "line_%04d();\n", i);
	docs_text_add(&text, DOCS_CODE, buf_str(&b));
	cut();
	assert_in_range(nchunks, 4, 8);
	for (size_t i = 0; i < nchunks; i++) {
		struct str rest = chunks[i].body;
		struct str line;
		bool more = true;
		while (more) {
			more = str_cut(rest, '\n', &line, &rest);
			assert_true(str_starts(line, STR("    line_")));
			assert_true(
				str_eq_c((struct str){line.p + 13, 3}, "();"));
			lines++;
		}
	}
	assert_int_equal(lines, 4000 / 13 + 1);
}

static void term_stays_with_its_definition(void **state)
{
	int word = 0;

	(void)state;
	docs_text_add(&text, DOCS_PARA, prose(600, &word));
	docs_text_add(&text, DOCS_TERM, STR("the term"));
	docs_text_add(&text, DOCS_PARA, prose(900, &word));
	cut();
	assert_int_equal(nchunks, 2);
	assert_false(contains(chunks[0].body, STR("the term")));
	assert_true(str_starts(chunks[1].body, STR("the term\nw")));
}

static void full_chunk_ends_before_a_row(void **state)
{
	int word = 0;

	(void)state;
	docs_text_add(&text, DOCS_PARA, prose(800, &word));
	docs_text_add(&text, DOCS_ROW, STR("a | b"));
	docs_text_add(&text, DOCS_LINE, STR("more of it"));
	docs_text_add(&text, DOCS_ROW, STR("c | d"));
	cut();
	assert_int_equal(nchunks, 2);
	assert_body(1, "a | b\nmore of it\n\nc | d");
}

static void characters_are_not_cut(void **state)
{
	char run[5001];

	(void)state;
	/* no blank, no stop: three-byte characters, off by one */
	run[0] = 'x';
	for (size_t i = 1; i + 2 < sizeof(run); i += 3)
		memcpy(run + i, "\xE2\x82\xAC", 3);
	docs_text_add(&text, DOCS_PARA, (struct str){run, 4999});
	cut();
	assert_in_range(nchunks, 4, 6);
	size_t n = 0;
	for (size_t i = 0; i < nchunks; i++)
		n += chunks[i].body.n;
	assert_int_equal(n, 4999);
}

/* A document of random blocks: no word may be lost, no chunk too large. */
static void random_documents_keep_every_word(void **state)
{
	(void)state;
	srand(20261122);
	for (int round = 0; round < 300; round++) {
		int word = 0;
		struct buf all;

		docs_text_init(&text, &arena);
		for (int i = rand() % 12; i >= 0; i--) {
			if (rand() % 4 == 0)
				docs_text_heading(
					&text, 1 + rand() % 7,
					prose(1 + (size_t)rand() % 40, &word),
					STR(""));
			const size_t n = (size_t)(1 + rand() % 100) *
					 (size_t)(1 + rand() % 40);
			docs_text_add(&text, (enum docs_kind)(rand() % 6),
				      prose(n, &word));
		}
		cut();
		buf_init(&all, &arena, (size_t)4 << 20);
		for (size_t i = 0; i < nchunks; i++) {
			buf_add_str(&all, chunks[i].body);
			buf_add_str(&all, chunks[i].section);
		}
		for (int w = 1; w <= word; w++) {
			char name[8];
			struct buf b;
			buf_init(&b, &arena, sizeof(name));
			buf_addf(&b, "w%05d", w);
			/* of a heading only what a path has room for */
			bool found = contains(buf_str(&all), buf_str(&b));
			for (size_t i = 0; !found && i < text.nsections; i++)
				found = contains(text.sections[i].path,
						 buf_str(&b));
			assert_true(found);
		}
		arena_clear(&arena);
	}
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(nothing_gives_nothing),
		T(short_text_is_one_chunk),
		T(sections_do_not_mix),
		T(short_lead_in_joins_its_subsection),
		T(prose_overlaps_by_a_sentence),
		T(cut_sentence_is_marked),
		T(code_is_cut_between_lines_and_not_repeated),
		T(term_stays_with_its_definition),
		T(full_chunk_ends_before_a_row),
		T(characters_are_not_cut),
		T(random_documents_keep_every_word),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
