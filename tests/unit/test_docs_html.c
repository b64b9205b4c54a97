/*
 * docs/html: what is read of a page, what is left out, and that nothing in a
 * page can hurt the reader.
 */
#include "base/arena.h"
#include "docs/html_nesting.h"
#include "docs/text.h"
#include "docs_flat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;

static int teardown(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	arena_init(&arena, (size_t)256 << 20);
	return 0;
}

static const char *read_html(const char *html, struct docs_text *t)
{
	assert_int_equal(docs_read_html(&arena, str_from(html), t), ERR_OK);
	return docs_flat(&arena, t);
}

static void expect(const char *html, const char *flat)
{
	struct docs_text t;

	assert_string_equal(read_html(html, &t), flat);
}

static void headings_become_the_section_path(void **state)
{
	(void)state;
	expect("<p>intro</p><h1 id=a>One</h1><p>x</p><h2>Two</h2><p>y</p>"
	       "<h2 id=c>Three</h2><p>z</p><h1>Four</h1><p>w</p>",
	       "P intro\n{One #a}\nP x\n{One > Two}\nP y\n"
	       "{One > Three #c}\nP z\n{Four}\nP w\n");
}

static void title_is_left_out_of_the_path(void **state)
{
	struct docs_text t;

	(void)state;
	assert_string_equal(read_html("<title> The\n Book </title><h1>The "
				      "Book</h1><h2>One</h2><p>x",
				      &t),
			    "{One}\nP x\n");
	assert_true(str_eq_c(t.title, "The Book"));
}

static void anchor_comes_from_heading_link_or_section(void **state)
{
	(void)state;
	expect("<div id=s1><div><h2>A</h2></div><p>x</p></div>"
	       "<h2><a name=s2></a>B</h2><p>y</p>"
	       "<section id=s3><h2 id=s4>C</h2><p>z</p></section>",
	       "{A #s1}\nP x\n{B #s2}\nP y\n{C #s4}\nP z\n");
}

static void white_space_is_squeezed_but_for_code(void **state)
{
	(void)state;
	expect("<p> a\n\t b&nbsp;&nbsp;c<b> d</b>e\xC2\xAD"
	       "f </p><pre>\n  x\n    y\n\n</pre>",
	       "P a b c def\nC       x\n        y\n");
}

static void lists_keep_their_marks(void **state)
{
	(void)state;
	expect("<ul><li>a<li><p>b</p><p>c</p></ul><ol><li>d</li>"
	       "<li>e<ul><li>f</ul></li><li>g</ol>",
	       "I - a\nI - b\nP c\nI 1. d\nI 2. e\nI - f\nI 3. g\n");
}

static void tables_become_rows(void **state)
{
	(void)state;
	expect("<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td> 2"
	       "</td></tr><tr><td><p>x</p><p>y</p></td></tr></table><p>z",
	       "R a | b\nR 1 | 2\nR x\nL y\nP z\n");
}

static void linkable_terms_are_sections(void **state)
{
	(void)state;
	expect("<h2>S</h2><dl><dt id=t1>port (integer)</dt><dd>x</dd>"
	       "<dt>plain</dt><dd>y</dd></dl><p>after</p>",
	       "{S > port (integer) #t1}\nT port (integer)\nP x\nT plain\n"
	       "P y\n{S}\nP after\n");
}

static void navigation_is_left_out(void **state)
{
	(void)state;
	expect("<head><title>t</title><style>s</style></head><body>"
	       "<header>site</header><nav>menu</nav>"
	       "<div class='navheader x'>prev</div><div class=toc>toc</div>"
	       "<script>if (a < b) c()</script><noscript>no</noscript>"
	       "<div hidden>h</div><div role=navigation>r</div>"
	       "<article><header><h1>T2</h1></header><p>body</p></article>"
	       "<select><option>o</select><footer>f</footer>",
	       "{T2}\nP body\n");
}

static void note_is_a_label_not_a_section(void **state)
{
	(void)state;
	expect("<h2>S</h2><div class=note><h3>Note</h3><p>n</p></div><p>x",
	       "{S}\nP Note\nP n\nP x\n");
}

static void inline_marks_keep_the_meaning(void **state)
{
	(void)state;
	expect("<p>2<sup>31</sup> a<br>b <code>c</code><i>d</i>",
	       "P 2^31 a\nb cd\n");
}

static void entities_are_text(void **state)
{
	(void)state;
	expect("<p>&lt;b&gt; &amp;amp; &#65;&#xE9;&#0;</p>",
	       "P <b> &amp; A\xC3\xA9\xEF\xBF\xBD\n");
	/* Gumbo's number overflows, and its text is no UTF-8 */
	expect("<p>(&#66666666666666666666666666666666666666666666",
	       "P (\xEF\xBF\xBD\n");
}

static void empty_pages_have_no_blocks(void **state)
{
	(void)state;
	expect("", "");
	expect("<title>only</title>", "");
	expect("<p> \n &nbsp; </p><ul><li></ul>", "");
}

static void malformed_pages_are_read_as_far_as_possible(void **state)
{
	(void)state;
	expect("<p>a<b>b<i>c</b>d</i><p>e</table></div>f<", "P abcd\nP ef<\n");
	expect("<!-- never closed <p>x", "");
	expect("<table><p>out<tr><td>in", "P out\nR in\n");
	expect("<p a='", "");
	expect("</p></html>x<li>y", "P x\nI - y\n");
}

static void every_cut_of_a_page_is_read(void **state)
{
	static const char page[] =
		"<!DOCTYPE html><html><head><title>T</title></head><body>"
		"<h1 id='a'>H&eacute;</h1><ul><li>x<ol><li>y</ol></ul><pre>p\n"
		"</pre><table><tr><td>1<td>2</table><dl><dt id=q>t<dd>d</dl>"
		"<!-- c --><script>s</script></body></html>";

	(void)state;
	for (size_t n = 0; n < sizeof(page); n++) {
		struct docs_text t;
		assert_int_equal(
			docs_read_html(&arena, (struct str){page, n}, &t),
			ERR_OK);
		for (size_t i = 0; i < t.nblocks; i++)
			assert_true(str_is_utf8(t.blocks[i].text));
	}
}

static struct str repeated(const char *piece, size_t n)
{
	struct buf b;

	buf_init(&b, &arena, strlen(piece) * n + 1);
	for (size_t i = 0; i < n; i++)
		buf_add_c(&b, piece);
	return buf_str(&b);
}

static void hopeless_nesting_is_refused(void **state)
{
	struct docs_text t;

	(void)state;
	assert_int_equal(docs_read_html(&arena, repeated("<div>", 100000), &t),
			 ERR_TOO_LARGE);
	assert_int_equal(t.nblocks, 0);
	assert_int_equal(
		docs_read_html(&arena, repeated("<b x=1>", 100000), &t),
		ERR_TOO_LARGE);
}

static void deep_but_bearable_nesting_is_read(void **state)
{
	struct docs_text t;
	struct buf b;

	(void)state;
	buf_init(&b, &arena, 1 << 20);
	buf_add_c(&b, "<p>top</p>");
	buf_add_str(&b, repeated("<div>", HTML_MAX_NESTING - 1));
	buf_add_c(&b, "too deep for the walk");
	assert_int_equal(docs_read_html(&arena, buf_str(&b), &t), ERR_OK);
	assert_string_equal(docs_flat(&arena, &t), "P top\n");
}

static void nesting_counts_what_must_be_closed(void **state)
{
	(void)state;
	assert_int_equal(html_nesting(STR("")), 0);
	assert_int_equal(html_nesting(STR("<div><b></b></div><div>")), 2);
	assert_int_equal(html_nesting(STR("<p><p><li><td><br><hr>")), 0);
	assert_int_equal(html_nesting(STR("<DIV></div><Div></DIV>")), 1);
	assert_int_equal(html_nesting(STR("<script>'<div><div>'</script><i>")),
			 1);
	assert_int_equal(html_nesting(STR("<!--<div><div>--><i>")), 1);
	assert_int_equal(html_nesting(STR("a < b << c <")), 0);
	assert_int_equal(html_nesting(STR("</div></div><div>")), 1);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(headings_become_the_section_path),
		T(title_is_left_out_of_the_path),
		T(anchor_comes_from_heading_link_or_section),
		T(white_space_is_squeezed_but_for_code),
		T(lists_keep_their_marks),
		T(tables_become_rows),
		T(linkable_terms_are_sections),
		T(navigation_is_left_out),
		T(note_is_a_label_not_a_section),
		T(inline_marks_keep_the_meaning),
		T(entities_are_text),
		T(empty_pages_have_no_blocks),
		T(malformed_pages_are_read_as_far_as_possible),
		T(every_cut_of_a_page_is_read),
		T(hopeless_nesting_is_refused),
		T(deep_but_bearable_nesting_is_read),
		T(nesting_counts_what_must_be_closed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
