/*
 * docs/extract, docs/sentence, docs/words: what is quoted, how, and when the
 * answer is that there is none.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "docs/chunk.h"
#include "docs/retrieve.h"
#include "docs/sentence.h"
#include "docs/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define OPEN  "\xE2\x80\x9C"
#define CLOSE "\xE2\x80\x9D"

static struct arena arena;

static int setup(void **state)
{
	(void)state;
	arena_init(&arena, (size_t)64 << 20);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

static const char *sentences_of(const char *text)
{
	struct sentence_reader r = {.rest = str_from(text)};
	struct sentence s;
	struct buf b;

	buf_init(&b, &arena, 1 << 16);
	while (sentence_next(&r, &s)) {
		if (s.head.n > 0)
			buf_addf(&b, "(" STR_FMT ") ", STR_ARG(s.head));
		buf_add_str(&b, s.text);
		if (s.code.n > 0)
			buf_addf(&b, " <" STR_FMT ">", STR_ARG(s.code));
		buf_add_char(&b, '\n');
	}
	return buf_c(&b);
}

static void sentences_end_where_a_reader_ends_them(void **state)
{
	(void)state;
	assert_string_equal(
		sentences_of("Use e.g. a big table. It has 3.5 GB (see B. "
			     "Smith). Is it so? Yes, so \"it is.\" And so on"),
		"Use e.g. a big table.\nIt has 3.5 GB (see B. Smith).\n"
		"Yes, so \"it is.\"\n");
	assert_string_equal(
		sentences_of("Run ALTER TABLE ... ENABLE on all of them."),
		"Run ALTER TABLE ... ENABLE on all of them.\n");
	assert_string_equal(sentences_of("It says " OPEN "no, never." CLOSE
					 " Then it goes on."),
			    "It says " OPEN "no, never." CLOSE
			    "\nThen it goes on.\n");
	assert_string_equal(sentences_of(""), "");
	assert_string_equal(sentences_of("\n\n \n"), "");
}

static void labels_become_heads_and_bullets_go(void **state)
{
	(void)state;
	assert_string_equal(
		sentences_of("port (integer)\nThe TCP port it listens on.\n\n"
			     "- A first thing to know.\n"
			     "12. A second thing to know."),
		"(port (integer)) The TCP port it listens on.\n"
		"(port (integer)) A first thing to know.\n"
		"(port (integer)) A second thing to know.\n");
}

static void code_belongs_to_what_introduces_it(void **state)
{
	(void)state;
	assert_string_equal(
		sentences_of("To make one, you write:\n\n    a b\n      c\n\n"
			     "Then it is there.\n\n    not introduced"),
		"To make one, you write: <    a b\n      c>\n"
		"Then it is there.\n");
}

static void cut_sentences_are_dropped(void **state)
{
	(void)state;
	assert_string_equal(
		sentences_of(DOCS_CUT_MARK
			     "end of one. The next is whole.\n\n" DOCS_CUT_MARK
			     "no end at all"),
		"The next is whole.\n");
}

static void words_are_stemmed(void **state)
{
	static const char *const same[][2] = {
		{"index", "indexes"},
		{"create", "creating"},
		{"create", "created"},
		{"query", "queries"},
		{"connection", "Connections"},
		{"run", "running"},
		{"limit", "LIMITED"},
		{"concurrent", "concurrently"},
		{"user", "users"},
		{"process", "processes"},
		{"vacuum", "vacuuming"},
		{"rename", "renaming"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		struct words w;
		words_of(&arena, str_from(same[i][0]), &w);
		assert_int_equal(w.n, 1);
		if (words_in(&w, str_from(same[i][1])) != 1)
			fail_msg("%s and %s differ", same[i][0], same[i][1]);
	}
}

static void question_words_do_not_count(void **state)
{
	struct words w;

	(void)state;
	words_of(&arena, STR("How do I set max_connections, please?"), &w);
	assert_int_equal(w.n, 3);
	assert_int_equal(words_in(&w, STR("the max of a set")), 3);
	words_of(&arena, STR("what is it"), &w);
	assert_int_equal(w.n, 3); /* nothing else to go by */
	words_of(&arena, STR(" ?! "), &w);
	assert_int_equal(w.n, 0);
	words_of(&arena,
		 STR("a b c d e f g h j k l m n o p q r u v w x y z "
		     "aa bb cc dd ee ff gg hh"),
		 &w);
	assert_int_equal(w.n, WORDS_MAX_TERMS);
}

static void any_bytes_are_words_or_not(void **state)
{
	char all[256];
	char buf[WORDS_MAX_BYTES];
	struct words w;

	(void)state;
	for (int i = 0; i < 256; i++)
		all[i] = (char)i;
	struct str rest = {all, sizeof(all)};
	while (words_next(&rest, buf) > 0)
		assert_in_range(rest.n, 0, 255);
	words_of(&arena, (struct str){all, sizeof(all)}, &w);
	assert_in_range(w.n, 1, 10);
	/* a word longer than the buffer is cut, not lost */
	memset(all, 'x', sizeof(all));
	rest = (struct str){all, sizeof(all)};
	assert_in_range(words_next(&rest, buf), 1, WORDS_MAX_BYTES);
	assert_int_equal(rest.n, 0);
}

/* The answer to question from passages of these texts, all in one string. */
static const char *answer(const char *question, const char *const *texts)
{
	struct docs_passage p[DOCS_MAX_PASSAGES] = {{0}};
	struct str *s;
	struct buf b;
	size_t n = 0;
	size_t m;

	for (; texts[n] != NULL; n++) {
		p[n].title = STR("The manual");
		p[n].section = STR("");
		p[n].url = STR("");
		p[n].text = str_from(texts[n]);
	}
	docs_extract(&arena, str_from(question), p, n, &s, &m);
	assert_in_range(m, 1, 5);
	buf_init(&b, &arena, 1 << 20);
	for (size_t i = 0; i < m; i++) {
		assert_true(str_is_utf8(s[i]));
		assert_true(s[i].n > 0 && s[i].p[s[i].n - 1] == ' ');
		buf_add_str(&b, s[i]);
	}
	return buf_c(&b);
}

static void best_sentences_are_quoted_with_their_number(void **state)
{
	static const char *const texts[] = {
		"Coffee is hot and black. A partial index covers a subset of "
		"the rows of a table. The weather is fine in spring.",
		"Tea is green. Such a partial index is small, too. "
		"Nobody knows why.",
		NULL};

	(void)state;
	assert_string_equal(
		answer("What is a partial index?", texts), OPEN
		"A partial index covers a subset of the rows of a table." CLOSE
		" [1] " OPEN "Such a partial index is small, too." CLOSE
		" [2] ");
}

static void code_and_rows_are_readable(void **state)
{
	static const char *const texts[] = {
		"To rename a table:\n\n    ALTER TABLE a RENAME TO b;\n\n"
		"rename | what a table does when it gets a new name.",
		NULL};

	(void)state;
	assert_string_equal(
		answer("How do I rename a table?", texts),
		OPEN "To rename a table:" CLOSE
		     "\n\n    ALTER TABLE a RENAME TO b;\n\n[1] " OPEN
		     "rename, what a table does when it gets a new name." CLOSE
		     " [1] ");
}

static void overlap_is_quoted_once(void **state)
{
	static const char *const texts[] = {
		"Some words here first. A deadlock ends one transaction.",
		"A deadlock ends one transaction. Some words there later.",
		NULL};

	(void)state;
	assert_string_equal(
		answer("What ends a transaction in a deadlock?", texts),
		OPEN "A deadlock ends one transaction." CLOSE " [1] ");
}

static void nothing_is_invented(void **state)
{
	static const char *const none[] = {NULL};
	static const char *const other[] = {
		"The capital letter is larger than the small one.",
		"An inherited table is like France in nothing at all.", NULL};
	static const char *const blank[] = {"", "\n\n", NULL};
	static const char plain[] = "do not answer this question";

	(void)state;
	assert_non_null(
		strstr(answer("What is a partial index?", none), plain));
	assert_non_null(
		strstr(answer("What is the capital of France?", other), plain));
	assert_non_null(strstr(answer("partial index", blank), plain));
	assert_non_null(strstr(answer("", other), plain));
}

static void most_of_a_long_question_is_enough(void **state)
{
	static const char *const texts[] = {
		"The limit of connections is set per role in this server.",
		NULL};

	(void)state;
	assert_null(strstr(answer("How can I limit the number of connections "
				  "per user?",
				  texts),
			   "do not answer"));
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(sentences_end_where_a_reader_ends_them),
		T(labels_become_heads_and_bullets_go),
		T(code_belongs_to_what_introduces_it),
		T(cut_sentences_are_dropped),
		T(words_are_stemmed),
		T(question_words_do_not_count),
		T(any_bytes_are_words_or_not),
		T(best_sentences_are_quoted_with_their_number),
		T(code_and_rows_are_readable),
		T(overlap_is_quoted_once),
		T(nothing_is_invented),
		T(most_of_a_long_question_is_enough),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
