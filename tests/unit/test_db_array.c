/*
 * db/array: what is put in comes out as the same elements, whatever is in them.
 */
#include "base/arena.h"
#include "db/db.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ARENA_BYTES ((size_t)64 * 1024)

static void texts(void **state)
{
	struct arena a;
	struct buf b;

	(void)state;
	arena_init(&a, ARENA_BYTES);
	buf_init(&b, &a, 1024);
	db_array_begin(&b);
	db_array_str(&b, STR("plain"));
	db_array_str(&b, STR(""));
	db_array_str(&b, STR_NONE);
	db_array_str(&b, STR("NULL"));
	db_array_str(&b, STR("a,b"));
	db_array_str(&b, STR("{x}"));
	db_array_str(&b, STR("say \"hi\" \\ bye"));
	db_array_str(&b, STR(" \n\xC3\xA4"));
	db_array_end(&b);
	assert_int_equal(buf_err(&b), ERR_OK);
	assert_string_equal(buf_c(&b),
			    "{\"plain\",\"\",NULL,\"NULL\",\"a,b\",\"{x}\","
			    "\"say \\\"hi\\\" \\\\ bye\",\" \n\xC3\xA4\"}");
	arena_release(&a);
}

static void empty(void **state)
{
	struct arena a;
	struct buf b;

	(void)state;
	arena_init(&a, ARENA_BYTES);
	buf_init(&b, &a, 1024);
	db_array_begin(&b);
	db_array_end(&b);
	assert_string_equal(buf_c(&b), "{}");
	arena_release(&a);
}

static void ceiling(void **state)
{
	struct arena a;
	struct buf b;

	(void)state;
	arena_init(&a, ARENA_BYTES);
	buf_init(&b, &a, 8);
	db_array_begin(&b);
	db_array_str(&b, STR("longer than that"));
	db_array_end(&b);
	assert_int_equal(buf_err(&b), ERR_TOO_LARGE);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(empty),
		cmocka_unit_test(ceiling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
