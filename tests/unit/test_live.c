/*
 * The set of calls under way.
 */
#include "db/live.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MANY 5000

static void name_of(int i, char out[static ID_REQUEST_BYTES])
{
	(void)snprintf(out, ID_REQUEST_BYTES, "req_%08d", i);
}

static void what_was_added_and_not_removed_is_there(void **state)
{
	char id[ID_REQUEST_BYTES];
	struct live l;
	struct arena a;
	struct buf out;

	(void)state;
	live_init(&l);
	arena_init(&a, (size_t)4 * 1024 * 1024);
	for (int i = 0; i < MANY; i++) {
		name_of(i, id);
		live_add(&l, id);
		live_add(&l, id);
	}
	assert_int_equal(l.n, MANY);
	for (int i = 0; i < MANY; i++) {
		name_of(i, id);
		if (i != 17)
			live_remove(&l, id);
		live_remove(&l, "req_unknown");
	}
	assert_int_equal(l.n, 1);
	buf_init(&out, &a, 1024);
	live_array(&l, &out);
	assert_string_equal(buf_c(&out), "{\"req_00000017\"}");
	arena_release(&a);
	live_release(&l);
}

static void entries_are_used_again(void **state)
{
	char id[ID_REQUEST_BYTES];
	struct live l;

	(void)state;
	live_init(&l);
	for (int i = 0; i < MANY; i++) {
		name_of(i, id);
		live_add(&l, id);
		live_remove(&l, id);
	}
	assert_int_equal(l.n, 0);
	assert_in_range(l.arena.used_bytes, 1, 4096);
	live_release(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_added_and_not_removed_is_there),
		cmocka_unit_test(entries_are_used_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
