/*
 * The words of pages: every language has all of them, with places for the same
 * values, and a reader gets the language that is wanted.
 */
#include "base/arena.h"
#include "http/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static size_t places(const char *text)
{
	size_t n = 0;

	for (const char *p = strstr(text, "{}"); p != NULL;
	     p = strstr(p + 2, "{}"))
		n++;
	return n;
}

static void every_language_has_all(void **state)
{
	(void)state;
	for (int k = 0; k < WORDS_MAX; k++) {
		const char *const en = words(WORDS_EN, (enum words_key)k);
		const char *const de = words(WORDS_DE, (enum words_key)k);
		if (en == NULL || de == NULL)
			fail_msg("key %d has no words", k);
		if (places(en) != places(de))
			fail_msg("\"%s\" and \"%s\" differ in their values", en,
				 de);
	}
	for (size_t i = 0; i < words_npairs; i++)
		if (places(words_pairs[i].en) != places(words_pairs[i].de))
			fail_msg("\"%s\" has other values in German",
				 words_pairs[i].en);
	for (int i = 1; i < ERR_MAX; i++)
		assert_true(words_error(WORDS_DE, (enum err)i)[0] != '\0');
	assert_string_equal(words_error(WORDS_EN, ERR_PAUSED),
			    err_entry(ERR_PAUSED)->message);
	assert_string_not_equal(words_error(WORDS_DE, ERR_PAUSED),
				err_entry(ERR_PAUSED)->message);
}

static void the_reader_chooses(void **state)
{
	static const struct {
		const char *asked;
		const char *accepted;
		enum words_lang wanted;
	} cases[] = {
		{"", "", WORDS_EN},
		{"", "de", WORDS_DE},
		{"", "de-AT,de;q=0.9,en;q=0.8", WORDS_DE},
		{"", "fr, DE-ch ;q=0.7, en;q=0.6", WORDS_DE},
		{"", "en;q=0.5, de;q=0.9", WORDS_DE},
		{"", "en, de", WORDS_EN},
		{"", "de, en", WORDS_DE},
		{"", "de;q=0, en;q=0.1", WORDS_EN},
		{"", "de;q=0", WORDS_EN},
		{"", "de;q=1.000, en", WORDS_DE},
		{"", "*", WORDS_EN},
		{"", "deu, dex", WORDS_EN},
		{"", ";;,,q=,de;q=x", WORDS_DE},
		{"de", "en", WORDS_DE},
		{"de-DE", "en", WORDS_DE},
		{"en", "de", WORDS_EN},
		{"fr", "de", WORDS_DE},
		{"d", "-,d,;", WORDS_EN},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (words_choose(str_from(cases[i].asked),
				 str_from(cases[i].accepted)) !=
		    cases[i].wanted)
			fail_msg("asked \"%s\", accepted \"%s\"",
				 cases[i].asked, cases[i].accepted);
}

static void values_go_into_their_places(void **state)
{
	struct arena arena;
	struct buf out;

	(void)state;
	arena_init(&arena, 1 << 16);
	buf_init(&out, &arena, 4096);
	const char *rest = words_open(&out, WORDS_DE, W_ABOUT_TOOLS);
	buf_add_c(&out, "A");
	rest = words_on(&out, rest);
	buf_add_c(&out, "b, c");
	assert_string_equal(words_on(&out, rest), "");
	assert_string_equal(buf_c(&out),
			    "Die Werkzeuge von <strong>A</strong> (b, c): was "
			    "sein Modell von ihnen verlangt");
	buf_reset(&out);
	words_count(&out, WORDS_DE, 1, W_HOUR);
	buf_add_c(&out, ", ");
	words_count(&out, WORDS_DE, 30, W_DAY);
	buf_add_c(&out, ", ");
	words_count(&out, WORDS_EN, 0, W_MINUTE);
	assert_string_equal(buf_c(&out), "1 Stunde, 30 Tage, 0 minutes");
	arena_release(&arena);
}

static const char *said(struct buf *out, enum words_lang lang, const char *en)
{
	buf_reset(out);
	words_say(out, lang, str_from(en));
	return buf_c(out);
}

static void sentences_are_found_with_their_values(void **state)
{
	struct arena arena;
	struct buf out;

	(void)state;
	arena_init(&arena, 1 << 16);
	buf_init(&out, &arena, 4096);
	assert_string_equal(said(&out, WORDS_DE, "It answers."), "Antwortet.");
	assert_string_equal(said(&out, WORDS_EN, "It answers."), "It answers.");
	assert_string_equal(
		said(&out, WORDS_DE,
		     "3 of 9 requests failed in the last 15 minutes."),
		"3 von 9 Anfragen der letzten 15 Minuten schlugen fehl.");
	assert_string_equal(
		said(&out, WORDS_DE,
		     "3 of 9 requests failed in the last 15 minutes, the "
		     "latest were answered."),
		"3 von 9 Anfragen der letzten 15 Minuten schlugen fehl, die "
		"letzten wurden beantwortet.");
	assert_string_equal(said(&out, WORDS_DE, "<b> documents are indexed."),
			    "&lt;b&gt; Dokumente sind erfasst.");
	/* what is nobody's sentence stays as it is, and text */
	assert_string_equal(said(&out, WORDS_DE, "3 of 9 <i>"),
			    "3 of 9 &lt;i&gt;");
	assert_string_equal(said(&out, WORDS_DE, ""), "");
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_language_has_all),
		cmocka_unit_test(the_reader_chooses),
		cmocka_unit_test(values_go_into_their_places),
		cmocka_unit_test(sentences_are_found_with_their_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
