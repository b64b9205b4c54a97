/*
 * base/str: comparison, cutting and the whole UTF-8 table of RFC 3629.
 */
#include "base/str.h"

#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void from_counts_bytes(void **state)
{
	(void)state;
	assert_int_equal(str_from("").n, 0);
	assert_int_equal(str_from("abc").n, 3);
	assert_int_equal(str_from(NULL).n, 0);
	assert_null(str_from(NULL).p);
	assert_int_equal(STR("a\0b").n, 3);
}

static void eq_compares_length_and_bytes(void **state)
{
	(void)state;
	assert_true(str_eq(STR("ab"), STR("ab")));
	assert_false(str_eq(STR("ab"), STR("abc")));
	assert_false(str_eq(STR("ab"), STR("aB")));
	assert_true(str_eq(STR_NONE, STR("")));
	assert_false(str_eq(STR("a\0b"), STR("a\0c")));
	assert_true(str_eq_c(STR("ab"), "ab"));
	assert_true(str_eq_c(STR_NONE, NULL));
	assert_false(str_eq_c(STR("a\0b"), "a"));
}

/* The published values of FNV-1a. */
static void hash_is_fnv_1a(void **state)
{
	(void)state;
	assert_int_equal(str_hash(STR_NONE), 0xcbf29ce484222325U);
	assert_int_equal(str_hash(STR("a")), 0xaf63dc4c8601ec8cU);
	assert_int_equal(str_hash(STR("foobar")), 0x85944171f73967e8U);
}

static void eq_nocase_folds_ascii_only(void **state)
{
	(void)state;
	assert_true(str_eq_nocase(STR("Content-Type"), STR("content-tYPE")));
	assert_false(str_eq_nocase(STR("a"), STR("ab")));
	assert_true(str_eq_nocase(STR_NONE, STR_NONE));
	/* "Ä" and "ä" */
	assert_false(str_eq_nocase(STR("\xC3\x84"), STR("\xC3\xA4")));
}

static void starts_takes_the_empty_prefix(void **state)
{
	(void)state;
	assert_true(str_starts(STR("Bearer x"), STR("Bearer ")));
	assert_true(str_starts(STR("x"), STR_NONE));
	assert_true(str_starts(STR_NONE, STR_NONE));
	assert_false(str_starts(STR("Bear"), STR("Bearer")));
}

static void trim_removes_ascii_space_at_both_ends(void **state)
{
	(void)state;
	assert_true(str_eq_c(str_trim(STR(" \t\r\n\f\va b ")), "a b"));
	assert_int_equal(str_trim(STR(" \n")).n, 0);
	assert_int_equal(str_trim(STR_NONE).n, 0);
	/* U+00A0 is not ASCII */
	assert_int_equal(str_trim(STR("\xC2\xA0")).n, 2);
}

static void cut_splits_at_the_first_separator(void **state)
{
	struct str head;
	struct str tail;

	(void)state;
	assert_true(str_cut(STR("openai/gpt/5"), '/', &head, &tail));
	assert_true(str_eq_c(head, "openai"));
	assert_true(str_eq_c(tail, "gpt/5"));
	assert_true(str_cut(STR("/"), '/', &head, &tail));
	assert_int_equal(head.n, 0);
	assert_int_equal(tail.n, 0);
	assert_false(str_cut(STR("abc"), '/', &head, &tail));
	assert_true(str_eq_c(head, "abc"));
	assert_int_equal(tail.n, 0);
	assert_false(str_cut(STR_NONE, '/', &head, &tail));
	assert_int_equal(head.n, 0);
}

static void cut_may_write_over_its_input(void **state)
{
	struct str rest = STR("a,b,c");
	struct str head;
	char seen[4] = "";
	size_t n = 0;
	bool more = true;

	(void)state;
	while (more) {
		more = str_cut(rest, ',', &head, &rest);
		assert_int_equal(head.n, 1);
		seen[n++] = head.p[0];
	}
	assert_string_equal(seen, "abc");
}

static void dup_keeps_nul_bytes(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 4096);
	const char *const p = str_dup(&a, STR("a\0b"));
	assert_memory_equal(p, "a\0b", 4);
	assert_string_equal(str_dup(&a, STR_NONE), "");
	arena_release(&a);
}

static const struct {
	const char *p;
	size_t n;
	size_t len; /* of the first character; 0: not well-formed */
} utf8[] = {
	{"", 0, 0},
	{"\x00", 1, 1},
	{"a", 1, 1},
	{"\x7F", 1, 1},
	/* first and last of each length */
	{"\xC2\x80", 2, 2},
	{"\xDF\xBF", 2, 2},
	{"\xE0\xA0\x80", 3, 3},
	{"\xEF\xBF\xBF", 3, 3},
	{"\xF0\x90\x80\x80", 4, 4},
	{"\xF4\x8F\xBF\xBF", 4, 4},
	/* around the surrogates */
	{"\xED\x9F\xBF", 3, 3},
	{"\xEE\x80\x80", 3, 3},
	{"\xED\xA0\x80", 3, 0},
	{"\xED\xBF\xBF", 3, 0},
	/* overlong */
	{"\xC0\x80", 2, 0},
	{"\xC1\xBF", 2, 0},
	{"\xE0\x80\x80", 3, 0},
	{"\xE0\x9F\xBF", 3, 0},
	{"\xF0\x80\x80\x80", 4, 0},
	{"\xF0\x8F\xBF\xBF", 4, 0},
	/* above U+10FFFF */
	{"\xF4\x90\x80\x80", 4, 0},
	{"\xF5\x80\x80\x80", 4, 0},
	{"\xF8\x88\x80\x80\x80", 5, 0},
	{"\xFE", 1, 0},
	{"\xFF", 1, 0},
	/* truncated */
	{"\xC2", 1, 0},
	{"\xE2\x82", 2, 0},
	{"\xF0\x9F\x98", 3, 0},
	/* a continuation that is none */
	{"\xC2\x41", 2, 0},
	{"\xE2\x82\x41", 3, 0},
	{"\xE2\x41\xAC", 3, 0},
	{"\xF0\x9F\x98\x41", 4, 0},
	/* a continuation alone */
	{"\x80", 1, 0},
	{"\xBF", 1, 0},
};

static void utf8_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(utf8) / sizeof(utf8[0]); i++) {
		const struct str s = {utf8[i].p, utf8[i].n};
		if (str_utf8_len(s) != utf8[i].len)
			fail_msg("row %zu: %zu", i, str_utf8_len(s));
		if (str_is_utf8(s) != (s.n == 0 || utf8[i].len == s.n))
			fail_msg("row %zu: wrong verdict", i);
	}
}

/* Encode every code point and ask; the surrogates are the only gap. */
static void utf8_every_code_point(void **state)
{
	(void)state;
	for (uint32_t c = 0x80; c <= 0x10FFFF; c++) {
		unsigned char b[4];
		size_t n = 2;
		if (c < 0x800)
			b[0] = (unsigned char)(0xC0 | c >> 6);
		else if (c < 0x10000) {
			n = 3;
			b[0] = (unsigned char)(0xE0 | c >> 12);
		} else {
			n = 4;
			b[0] = (unsigned char)(0xF0 | c >> 18);
		}
		for (size_t i = 1; i < n; i++)
			b[i] = (unsigned char)(0x80 |
					       (c >> 6 * (n - 1 - i) & 0x3F));
		const bool surrogate = c >= 0xD800 && c <= 0xDFFF;
		if (str_is_utf8((struct str){(char *)b, n}) == surrogate)
			fail_msg("U+%04X", c);
	}
}

static void utf8_fault_anywhere_is_found(void **state)
{
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++) {
		memset(text, 'x', sizeof(text));
		text[i] = '\xFF';
		assert_false(str_is_utf8((struct str){text, sizeof(text)}));
	}
}

static void prefix_ends_between_characters(void **state)
{
	const struct str s = STR("a\xE2\x82\xAC\xF0\x9F\x98\x80"); /* a€😀 */
	static const size_t want[] = {0, 1, 1, 1, 4, 4, 4, 4, 8, 8};

	(void)state;
	for (size_t max = 0; max < sizeof(want) / sizeof(want[0]); max++)
		assert_int_equal(str_utf8_prefix(s, max).n, want[max]);
	assert_int_equal(str_utf8_prefix(STR_NONE, 0).n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(from_counts_bytes),
		cmocka_unit_test(eq_compares_length_and_bytes),
		cmocka_unit_test(hash_is_fnv_1a),
		cmocka_unit_test(eq_nocase_folds_ascii_only),
		cmocka_unit_test(starts_takes_the_empty_prefix),
		cmocka_unit_test(trim_removes_ascii_space_at_both_ends),
		cmocka_unit_test(cut_splits_at_the_first_separator),
		cmocka_unit_test(cut_may_write_over_its_input),
		cmocka_unit_test(dup_keeps_nul_bytes),
		cmocka_unit_test(utf8_table),
		cmocka_unit_test(utf8_every_code_point),
		cmocka_unit_test(utf8_fault_anywhere_is_found),
		cmocka_unit_test(prefix_ends_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
