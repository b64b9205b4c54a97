/*
 * docs/text, docs/markdown, docs/charset: the readers that are not HTML, and
 * what all readers share.
 */
#include "base/arena.h"
#include "docs/text.h"
#include "docs_flat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

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

static void expect_markdown(const char *md, const char *title, const char *flat)
{
	struct docs_text t;

	assert_int_equal(docs_read_markdown(&arena, str_from(md), &t), ERR_OK);
	assert_string_equal(docs_flat(&arena, &t), flat);
	assert_true(str_eq_c(t.title, title));
}

static void markdown_blocks(void **state)
{
	(void)state;
	expect_markdown("# The *Book*\n\nOne\ntwo.\n\n## Get `it`, now!\n\n"
			"```sh\nmake\n  run\n```\n\n- a\n- b\n\n"
			"3. c\n4. d\n\n   e\n",
			"The Book",
			"{ #the-book}\nP One two.\n"
			"{Get it, now! #get-it-now}\n"
			"C     make\n      run\nI - a\nI - b\n"
			"I 3. c\nI 4. d\nP e\n");
}

static void markdown_tables_and_links(void **state)
{
	(void)state;
	expect_markdown(
		"| a | b |\n|---|---|\n| 1 | [x](http://y) |\n\n"
		"> quote\n\n![alt](i.png) <b>raw</b>\n\n<div>no</div>\n",
		"", "R a | b\nR 1 | x\nP quote\nP alt raw\n");
}

static void markdown_front_matter(void **state)
{
	(void)state;
	expect_markdown("---\nlayout: x\ntitle: \"Hello\"\n---\n# H\n\ntext\n",
			"Hello", "{H #h}\nP text\n");
	/* a break, not front matter */
	expect_markdown("---\n\ntext\n", "", "P text\n");
}

static void markdown_odd_input(void **state)
{
	(void)state;
	expect_markdown("", "", "");
	expect_markdown("#\n\n##\n", "", "");
	expect_markdown("- \n-\n", "", "");
	expect_markdown("```\nnever closed", "", "C     never closed\n");
}

static void expect_plain(const char *text, const char *title, const char *flat)
{
	struct docs_text t;

	assert_int_equal(docs_read_plain(&arena, str_from(text), &t), ERR_OK);
	assert_string_equal(docs_flat(&arena, &t), flat);
	assert_true(str_eq_c(t.title, title));
}

static void plain_text(void **state)
{
	(void)state;
	expect_plain(
		"Release notes\n\nOne\nparagraph.\r\n\r\n  - item\n    more\n"
		"  - next\n\n    code\n      deep\nprose\n",
		"Release notes",
		"P Release notes\nP One paragraph.\nI - item more\n"
		"I - next\nC         code\n          deep\nP prose\n");
	expect_plain("", "", "");
	expect_plain("\n\n \t\n", "", "");
}

static void long_first_line_is_no_title(void **state)
{
	char line[120];

	(void)state;
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\0';
	struct docs_text t;
	assert_int_equal(docs_read_plain(&arena, str_from(line), &t), ERR_OK);
	assert_int_equal(t.title.n, 0);
	assert_int_equal(t.nblocks, 1);
}

static void control_bytes_vanish(void **state)
{
	struct docs_text t;
	struct buf b;

	(void)state;
	buf_init(&b, &arena, 100);
	docs_squeeze(&b, STR("a\x01\x1b[1mb\0c\x7f\xE2\x80\x8B "
			     "\xEF\xBB\xBF d"));
	assert_string_equal(buf_c(&b), "a[1mbc d");
	docs_text_init(&t, &arena);
	docs_text_add(&t, DOCS_CODE, STR("a\0b\x1b\n\tc"));
	assert_string_equal(docs_flat(&arena, &t), "C     ab\n    \tc\n");
}

static void titles_and_paths_have_a_ceiling(void **state)
{
	char word[3 * DOCS_MAX_SECTION_BYTES];
	struct docs_text t;

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(word); i += 2)
		memcpy(word + i, "\xC3\xA9", 2);
	const struct str s = {word, sizeof(word)};
	docs_text_init(&t, &arena);
	docs_text_title(&t, s);
	assert_in_range(t.title.n, 1, DOCS_MAX_TITLE_BYTES);
	assert_true(str_is_utf8(t.title));
	docs_text_heading(&t, 1, STR("a"), s);
	docs_text_heading(&t, 2, (struct str){word, 290}, STR(""));
	docs_text_heading(&t, 3, (struct str){word, 290}, STR(""));
	const struct docs_section *const last = &t.sections[t.nsections - 1];
	assert_in_range(last->path.n, 1, DOCS_MAX_SECTION_BYTES);
	assert_true(str_is_utf8(last->path));
	assert_in_range(t.sections[1].anchor.n, 1, DOCS_MAX_ANCHOR_BYTES);
}

static void term_end_goes_back_to_its_section(void **state)
{
	struct docs_text t;

	(void)state;
	docs_text_init(&t, &arena);
	docs_text_heading(&t, 1, STR("A"), STR("a"));
	docs_text_term_end(&t); /* no term is open: nothing happens */
	assert_int_equal(t.nsections, 2);
	docs_text_heading(&t, DOCS_TERM_LEVEL, STR("t"), STR("x"));
	docs_text_add(&t, DOCS_PARA, STR("in"));
	docs_text_term_end(&t);
	docs_text_add(&t, DOCS_PARA, STR("out"));
	assert_string_equal(docs_flat(&arena, &t),
			    "{A > t #x}\nP in\n{A #a}\nP out\n");
}

static void expect_utf8(struct str bytes, const char *text)
{
	const struct str s = docs_utf8(&arena, bytes);

	assert_true(str_is_utf8(s));
	assert_true(str_eq_c(s, text));
}

static void charsets_are_converted(void **state)
{
	(void)state;
	expect_utf8(STR("caf\xC3\xA9"), "caf\xC3\xA9");
	/* no charset: windows-1252, as browsers do */
	expect_utf8(STR("caf\xE9 \x93x\x94"),
		    "caf\xC3\xA9 \xE2\x80\x9Cx\xE2\x80\x9D");
	expect_utf8(STR("<meta charset=\"iso-8859-1\">\xE9"),
		    "<meta charset=\"iso-8859-1\">\xC3\xA9");
	expect_utf8(STR("<meta content='text/html; CHARSET=koi8-r'>\xC1"),
		    "<meta content='text/html; CHARSET=koi8-r'>\xD0\xB0");
	expect_utf8(STR("<?xml encoding='ISO-8859-2'?>\xB1"),
		    "<?xml encoding='ISO-8859-2'?>\xC4\x85");
	/* UTF-8 wins over a wrong declaration */
	expect_utf8(STR("<meta charset=latin1>\xC3\xA9"),
		    "<meta charset=latin1>\xC3\xA9");
}

static void byte_order_marks_decide(void **state)
{
	(void)state;
	expect_utf8(STR("\xEF\xBB\xBFx"), "x");
	expect_utf8(STR("\xFF\xFEx\0y\0"), "xy");
	expect_utf8(STR("\xFE\xFF\0x\0y"), "xy");
}

static void what_cannot_be_converted_is_replaced(void **state)
{
	(void)state;
	expect_utf8(STR("<meta charset=utf-8>a\xE9z\xC3"),
		    "<meta charset=utf-8>a\xEF\xBF\xBDz\xEF\xBF\xBD");
	expect_utf8(STR("<meta charset=no-such>\xE9"),
		    "<meta charset=no-such>\xEF\xBF\xBD");
	expect_utf8(STR("<meta charset=ascii>\xE9 ok"),
		    "<meta charset=ascii>\xEF\xBF\xBD ok");
}

static void formats_by_ending(void **state)
{
	(void)state;
	assert_int_equal(docs_format_of("a/b.html"), DOCS_HTML);
	assert_int_equal(docs_format_of("B.HTM"), DOCS_HTML);
	assert_int_equal(docs_format_of("README.md"), DOCS_MARKDOWN);
	assert_int_equal(docs_format_of("x.y.txt"), DOCS_PLAIN);
	assert_int_equal(docs_format_of("x.html.gz"), DOCS_NO_FORMAT);
	assert_int_equal(docs_format_of("a.md/file"), DOCS_NO_FORMAT);
	assert_int_equal(docs_format_of(".txt"), DOCS_NO_FORMAT);
	assert_int_equal(docs_format_of("a/.md"), DOCS_NO_FORMAT);
	assert_int_equal(docs_format_of("Makefile"), DOCS_NO_FORMAT);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(markdown_blocks),
		T(markdown_tables_and_links),
		T(markdown_front_matter),
		T(markdown_odd_input),
		T(plain_text),
		T(long_first_line_is_no_title),
		T(control_bytes_vanish),
		T(titles_and_paths_have_a_ceiling),
		T(term_end_goes_back_to_its_section),
		T(charsets_are_converted),
		T(byte_order_marks_decide),
		T(what_cannot_be_converted_is_replaced),
		T(formats_by_ending),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
