/*
 * A file that is replaced while others read it: whole or not at all, readable
 * by the web server, and nothing left beside it.
 */
#include "ops/publish.h"
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

struct fixture {
	char folder[TEMP_BYTES];
	char path[TEMP_BYTES + 32];
};

static int setup(void **state)
{
	static struct fixture f;

	if (mkdtemp(temp_name(f.folder, "publish")) == NULL)
		return -1;
	(void)snprintf(f.path, sizeof(f.path), "%s/status.json", f.folder);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	const struct fixture *const f = *state;

	(void)unlink(f->path);
	(void)rmdir(f->path);
	return rmdir(f->folder); /* fails when something was left there */
}

static void holds(const char *path, const char *text)
{
	char is[64] = "";
	FILE *const file = fopen(path, "r");

	assert_non_null(file);
	assert_int_equal(fread(is, 1, sizeof(is) - 1, file), strlen(text));
	(void)fclose(file);
	assert_string_equal(is, text);
}

static void test_writes_and_replaces(void **state)
{
	const struct fixture *const f = *state;
	struct errbuf e = {0};
	struct stat st;
	const mode_t before = umask(077);

	assert_int_equal(publish_file(f->path, STR("one"), &e), ERR_OK);
	holds(f->path, "one");
	assert_int_equal(publish_file(f->path, STR("two, longer"), &e), ERR_OK);
	holds(f->path, "two, longer");
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	(void)umask(before);
}

static void test_who_reads_keeps_the_old_file(void **state)
{
	const struct fixture *const f = *state;
	struct errbuf e = {0};
	char is[8] = "";

	assert_int_equal(publish_file(f->path, STR("old"), &e), ERR_OK);
	FILE *const reader = fopen(f->path, "r");
	assert_non_null(reader);
	assert_int_equal(publish_file(f->path, STR("new"), &e), ERR_OK);
	assert_int_equal(fread(is, 1, sizeof(is) - 1, reader), 3);
	(void)fclose(reader);
	assert_string_equal(is, "old");
	holds(f->path, "new");
}

static void test_no_such_folder(void **state)
{
	struct errbuf e = {0};

	(void)state;
	assert_int_equal(publish_file("/nonexistent/status.json", STR("x"), &e),
			 ERR_IO);
	assert_non_null(strstr(e.detail, "/nonexistent/status.json"));
}

static void test_target_cannot_be_replaced(void **state)
{
	const struct fixture *const f = *state;
	struct errbuf e = {0};

	assert_int_equal(mkdir(f->path, 0700), 0);
	assert_int_equal(publish_file(f->path, STR("x"), &e), ERR_IO);
	assert_non_null(strstr(e.detail, f->path));
	/* teardown finds the folder empty: no file was left beside it */
}

static void test_path_too_long(void **state)
{
	char path[8192];
	struct errbuf e = {0};

	(void)state;
	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(publish_file(path, STR("x"), &e), ERR_IO);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_writes_and_replaces),
		CASE(test_who_reads_keeps_the_old_file),
		CASE(test_no_such_folder),
		CASE(test_target_cannot_be_replaced),
		CASE(test_path_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
