/*
 * docs/tree, docs/source: which files of a folder an ingest takes, what it
 * makes of their bytes, fingerprints and links.
 */
#include "base/arena.h"
#include "docs/source.h"
#include "docs/tree.h"
#include "temp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct arena arena;
static char root[TEMP_BYTES];

static const char *at(const char *below)
{
	struct buf b;

	buf_init(&b, &arena, 4096);
	buf_addf(&b, "%s/%s", root, below);
	return buf_c(&b);
}

static void put(const char *below, const char *bytes, size_t n)
{
	FILE *const f = fopen(at(below), "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static int setup(void **state)
{
	(void)state;
	arena_init(&arena, (size_t)64 << 20);
	assert_non_null(mkdtemp(temp_name(root, "docs")));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	/* only files and folders that the tests made */
	static const char *const names[] = {
		"b.md",       "a.html",   "sub/c.txt", "sub/d.c",
		".hidden.md", "in.md",    "out.md",    "gone.md",
		"sub/up",     "x\xff.md", "big.txt",   "sub/deep/e.md",
		"sub/deep",   "sub",      "tree.md",   "pipe.txt"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)remove(at(names[i]));
	assert_int_equal(rmdir(root), 0);
	arena_release(&arena);
	return 0;
}

static const char *listed(const struct tree *t)
{
	struct buf b;

	buf_init(&b, &arena, 1 << 16);
	for (size_t i = 0; i < t->npaths; i++)
		buf_addf(&b, "%s ", t->paths[i]);
	return buf_c(&b);
}

static void folder_is_listed_in_order(void **state)
{
	struct tree t;

	(void)state;
	assert_int_equal(mkdir(at("sub"), 0700), 0);
	assert_int_equal(mkdir(at("sub/deep"), 0700), 0);
	put("b.md", "b", 1);
	put("a.html", "a", 1);
	put("sub/c.txt", "c", 1);
	put("sub/d.c", "d", 1);
	put("sub/deep/e.md", "e", 1);
	put(".hidden.md", "h", 1);
	put("x\xff.md", "x", 1);
	/* links: inside, outside, dangling, to a folder above */
	assert_int_equal(symlink("sub/c.txt", at("in.md")), 0);
	assert_int_equal(symlink("/etc/passwd", at("out.md")), 0);
	assert_int_equal(symlink("nowhere", at("gone.md")), 0);
	assert_int_equal(symlink("..", at("sub/up")), 0);
	assert_int_equal(tree_list(&arena, root, &t, NULL), ERR_OK);
	assert_string_equal(listed(&t),
			    "a.html b.md in.md sub/c.txt sub/deep/e.md ");
	assert_int_equal(t.nhidden, 1);
	assert_int_equal(t.noutside, 3);
	assert_int_equal(t.nother, 1);
	assert_int_equal(t.nbadname, 1);
	assert_false(t.is_file);
}

static void folder_with_a_like_name_is_outside(void **state)
{
	struct tree t;

	(void)state;
	/* "<root>/sub" must not pass for a part of "<root>/su" */
	assert_int_equal(mkdir(at("sub"), 0700), 0);
	assert_int_equal(mkdir(at("sub/deep"), 0700), 0);
	put("b.md", "b", 1);
	assert_int_equal(symlink(at("b.md"), at("sub/up")), 0);
	assert_int_equal(tree_list(&arena, at("sub"), &t, NULL), ERR_OK);
	assert_int_equal(t.npaths, 0);
	assert_int_equal(t.noutside, 1);
}

static void single_file_is_a_tree_of_one(void **state)
{
	struct tree t;

	(void)state;
	put("b.md", "b", 1);
	assert_int_equal(tree_list(&arena, at("b.md"), &t, NULL), ERR_OK);
	assert_string_equal(listed(&t), "b.md ");
	assert_string_equal(t.root, root);
	assert_true(t.is_file);
}

static void what_is_no_document_is_refused(void **state)
{
	struct errbuf e = {0};
	struct tree t;

	(void)state;
	assert_int_equal(tree_list(&arena, at("nope"), &t, &e), ERR_IO);
	assert_non_null(strstr(e.detail, "No such file"));
	err_clear(&e);
	put("sub", "x", 1);
	assert_int_equal(tree_list(&arena, at("sub"), &t, &e), ERR_IO);
	assert_non_null(strstr(e.detail, "not a document"));
}

static enum docs_skip why_skipped(const char *below)
{
	enum docs_skip why = DOCS_SKIP_MAX;
	struct str s;

	assert_int_equal(source_read(&arena, root, below, &s, &why), ERR_IO);
	return why;
}

static void files_are_read_or_skipped(void **state)
{
	enum docs_skip why;
	struct str s;

	(void)state;
	put("b.md", "bytes", 5);
	assert_int_equal(source_read(&arena, root, "b.md", &s, &why), ERR_OK);
	assert_true(str_eq_c(s, "bytes"));
	put("b.md", "", 0);
	assert_int_equal(source_read(&arena, root, "b.md", &s, &why), ERR_OK);
	assert_int_equal(s.n, 0);
	/* UTF-16 is text though it has NUL bytes */
	put("b.md", "\xFF\xFEx\0", 4);
	assert_int_equal(source_read(&arena, root, "b.md", &s, &why), ERR_OK);
	put("b.md", "ELF\0x", 5);
	assert_int_equal(why_skipped("b.md"), DOCS_SKIP_BINARY);
	assert_int_equal(why_skipped("gone.md"), DOCS_SKIP_CLOSED);
	put("big.txt", "x", 1);
	assert_int_equal(truncate(at("big.txt"), DOCS_MAX_FILE_BYTES + 1), 0);
	assert_int_equal(why_skipped("big.txt"), DOCS_SKIP_LARGE);
	assert_int_equal(mkfifo(at("pipe.txt"), 0600), 0);
	assert_int_equal(why_skipped("pipe.txt"), DOCS_SKIP_CLOSED);
}

static void hash_depends_on_all_parts(void **state)
{
	char base[DOCS_HASH_BYTES];
	char other[DOCS_HASH_BYTES];

	(void)state;
	source_hash(STR("1"), STR("u"), STR("bytes"), base);
	assert_int_equal(strlen(base), 64);
	source_hash(STR("1"), STR("u"), STR("bytes"), other);
	assert_string_equal(base, other);
	source_hash(STR("2"), STR("u"), STR("bytes"), other);
	assert_string_not_equal(base, other);
	source_hash(STR("1"), STR("v"), STR("bytes"), other);
	assert_string_not_equal(base, other);
	source_hash(STR("1"), STR("u"), STR("bytez"), other);
	assert_string_not_equal(base, other);
	/* where one part ends and the next begins counts */
	source_hash(STR("1"), STR("ub"), STR("ytes"), other);
	assert_string_not_equal(base, other);
}

static void links_are_encoded(void **state)
{
	(void)state;
#define URL(base, below) str_dup(&arena, source_url(&arena, base, below))
	assert_string_equal(URL("https://x/docs/", "a/b.html"),
			    "https://x/docs/a/b.html");
	assert_string_equal(URL("https://x/docs", "a b.md"),
			    "https://x/docs/a%20b.md");
	assert_string_equal(URL("https://x/?f=", "a"), "https://x/?f=a");
	assert_string_equal(URL("/d", "\xC3\xA9#?\"<.md"),
			    "/d/%C3%A9%23%3F%22%3C.md");
	assert_string_equal(URL(NULL, "a.md"), "");
	assert_string_equal(URL("", "a.md"), "");
}

static void only_safe_links_are_taken(void **state)
{
	(void)state;
	assert_true(source_base_ok("https://x/"));
	assert_true(source_base_ok("http://x"));
	assert_true(source_base_ok("/docs/"));
	assert_false(source_base_ok("javascript:alert(1)//"));
	assert_false(source_base_ok("data:text/html,"));
	assert_false(source_base_ok("//evil/"));
	assert_false(source_base_ok("docs/"));
	assert_false(source_base_ok("https://x/\" onclick=\""));
	assert_false(source_base_ok("https://x/ y"));
	assert_false(source_base_ok("https://x/\n"));
}

static void summary_names_the_reasons(void **state)
{
	struct docs_ingest_report r = {.nnew = 3, .nunchanged = 12};
	struct buf b;

	(void)state;
	buf_init(&b, &arena, 1000);
	docs_ingest_summary(&r, &b);
	assert_string_equal(buf_c(&b), "3 new, 0 changed, 0 removed, "
				       "12 unchanged, 0 skipped");
	r.skipped[DOCS_SKIP_HIDDEN] = 1;
	r.skipped[DOCS_SKIP_EMPTY] = 2;
	buf_reset(&b);
	docs_ingest_summary(&r, &b);
	assert_string_equal(buf_c(&b),
			    "3 new, 0 changed, 0 removed, 12 unchanged, "
			    "3 skipped (1 hidden, 2 no text)");
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(folder_is_listed_in_order),
		T(folder_with_a_like_name_is_outside),
		T(single_file_is_a_tree_of_one),
		T(what_is_no_document_is_refused),
		T(files_are_read_or_skipped),
		T(hash_depends_on_all_parts),
		T(links_are_encoded),
		T(only_safe_links_are_taken),
		T(summary_names_the_reasons),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
