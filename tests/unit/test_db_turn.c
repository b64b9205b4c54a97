/*
 * db/turn: one process in a while has its turn, and one that cannot tell has.
 */
#include "db/turn.h"
#include "temp.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define EVERY_MS 30000

/* Let the last turn have been that long ago. */
static void set_back(const char *path, time_t seconds)
{
	const time_t then = time(NULL) - seconds;
	const struct timespec times[2] = {{.tv_sec = then}, {.tv_sec = then}};

	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void one_in_a_while(void **state)
{
	char dir[TEMP_BYTES];
	char path[TEMP_BYTES + 44];

	(void)state;
	assert_non_null(mkdtemp(temp_name(dir, "turn")));
	(void)snprintf(path, sizeof(path), "%s/chore", dir);
	assert_true(turn_take(dir, "chore", EVERY_MS));
	assert_false(turn_take(dir, "chore", EVERY_MS));
	assert_true(turn_take(dir, "chore", 0));
	set_back(path, 60);
	assert_true(turn_take(dir, "chore", EVERY_MS));
	assert_false(turn_take(dir, "chore", EVERY_MS));
	/* from the future: a clock that was set back */
	set_back(path, -3600);
	assert_true(turn_take(dir, "chore", EVERY_MS));
	assert_false(turn_take(dir, "chore", EVERY_MS));
	(void)unlink(path);
	(void)rmdir(dir);
}

static void who_cannot_tell(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_true(turn_take(NULL, "chore", EVERY_MS));
		assert_true(turn_take("", "chore", EVERY_MS));
		assert_true(turn_take("/nosuch", "chore", EVERY_MS));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_in_a_while),
		cmocka_unit_test(who_cannot_tell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
