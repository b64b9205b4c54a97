#ifndef SLIPWAY_UNIT_CONF_FIXTURE_H
#define SLIPWAY_UNIT_CONF_FIXTURE_H

/*
 * What the tests of conf share: a folder of their own, an arena a test, and
 * load().
 */
#include "base/arena.h"
#include "conf/conf.h"
#include "temp.h"

#include <fcntl.h>
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

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define CONF_TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, conf_setup, conf_teardown)

static char dir[TEMP_BYTES];
static struct arena arena;
static struct conf conf;

static inline int conf_group_setup(void **state)
{
	(void)state;
	(void)umask(022);
	return mkdtemp(temp_name(dir, "conf")) != NULL ? 0 : -1;
}

static inline int conf_group_teardown(void **state)
{
	(void)state;
	return rmdir(dir);
}

static inline int conf_setup(void **state)
{
	(void)state;
	arena_init(&arena, (size_t)8 * 1024 * 1024);
	return 0;
}

static inline int conf_teardown(void **state)
{
	static const char *const names[] = {"slipway.conf", "key", "admin",
					    "prompt.txt"};
	char path[TEMP_BYTES + 32];

	(void)state;
	arena_release(&arena);
	for (size_t i = 0; i < COUNT(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		(void)unlink(path);
	}
	(void)unsetenv("CREDENTIALS_DIRECTORY");
	(void)unsetenv("SLIPWAY_TEST_KEY");
	(void)unsetenv("SLIPWAY_CONF");
	return 0;
}

/* The path of `name` in the test's folder. */
static inline const char *in_dir(const char *name)
{
	struct buf b;

	buf_init(&b, &arena, 256);
	buf_addf(&b, "%s/%s", dir, name);
	return buf_c(&b);
}

static inline void put_file(const char *name, const char *text, mode_t mode)
{
	const char *const path = in_dir(name);
	const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

static inline void load(const char *text)
{
	struct errbuf e = {0};

	put_file("slipway.conf", text, 0644);
	if (conf_load(&arena, in_dir("slipway.conf"), &conf, &e) != ERR_OK)
		fail_msg("%s", e.detail);
	assert_int_equal(e.code, ERR_OK);
}

/* text must be refused, with a message that is the path and then want. */
static inline void refuse(const char *text, const char *want)
{
	struct errbuf e = {0};
	const char *const path = in_dir("slipway.conf");

	put_file("slipway.conf", text, 0644);
	if (conf_load(&arena, path, &conf, &e) != ERR_CONFIG)
		fail_msg("taken: %s", text);
	assert_int_equal(e.code, ERR_CONFIG);
	assert_memory_equal(e.detail, path, strlen(path));
	if (strcmp(e.detail + strlen(path), want) != 0)
		fail_msg("\n%s\nsays   %s\nwanted %s", text,
			 e.detail + strlen(path), want);
}

/* Something that is refused, and how. */
struct row {
	const char *text;
	const char *want; /* what follows the path */
};

static inline void refuse_all(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		refuse(rows[i].text, rows[i].want);
}

#endif
