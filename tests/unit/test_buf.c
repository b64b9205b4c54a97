/*
 * base/buf: the ceiling is exact, `full` stays, the NUL is always there.
 */
#include "base/buf.h"

#include "base/arena.h"

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
	arena_init(&arena, (size_t)1024 * 1024);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

static void empty_is_an_empty_c_string(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, &arena, 10);
	assert_string_equal(buf_c(&b), "");
	assert_int_equal(buf_str(&b).n, 0);
	assert_int_equal(buf_err(&b), ERR_OK);
	assert_int_equal(arena.used_bytes, 0);
	buf_add(&b, NULL, 0);
	buf_add_str(&b, STR_NONE);
	assert_int_equal(buf_err(&b), ERR_OK);
}

static void numbers(void **state)
{
	static const int64_t all[] = {0,          7,         -7,       10,
				      1234567890, INT64_MIN, INT64_MAX};
	struct buf fast;
	struct buf slow;

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		buf_init(&fast, &arena, 20);
		buf_init(&slow, &arena, 20);
		buf_add_i64(&fast, all[i]);
		buf_addf(&slow, "%lld", (long long)all[i]);
		assert_string_equal(buf_c(&fast), buf_c(&slow));
	}
}

static void appends_follow_each_other(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, &arena, 100);
	buf_add(&b, "a\0b", 3);
	buf_add_str(&b, STR("-str"));
	buf_add_c(&b, "-c");
	buf_add_char(&b, '!');
	buf_addf(&b, "%s", "");
	buf_addf(&b, "%d%s", 42, "x");
	assert_int_equal(b.n, 13);
	assert_memory_equal(b.p, "a\0b-str-c!42x", 14);
}

static void ceiling_is_exact(void **state)
{
	struct buf b;

	(void)state;
	for (size_t max = 1; max < 600; max += 13) {
		buf_init(&b, &arena, max);
		for (size_t i = 0; i < max; i++)
			buf_add_char(&b, 'x');
		assert_int_equal(b.n, max);
		assert_int_equal(buf_err(&b), ERR_OK);
		assert_int_equal(b.p[max], '\0');
		assert_in_range(b.cap, 1, max + 1);
		buf_add_char(&b, 'y');
		assert_int_equal(b.n, max);
		assert_int_equal(buf_err(&b), ERR_TOO_LARGE);
		assert_int_equal(b.p[max], '\0');
	}
}

static void one_append_at_the_ceiling(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, &arena, 5);
	buf_add(&b, "12345", 5);
	assert_int_equal(buf_err(&b), ERR_OK);
	buf_init(&b, &arena, 5);
	buf_add(&b, "123456", 6);
	assert_int_equal(buf_err(&b), ERR_TOO_LARGE);
	assert_int_equal(b.n, 0);
	assert_string_equal(buf_c(&b), "");
}

static void full_stays_even_for_what_would_fit(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, &arena, 4);
	buf_add_c(&b, "abc");
	buf_add_c(&b, "too long");
	buf_add_c(&b, "d");
	assert_string_equal(buf_c(&b), "abc");
	assert_int_equal(buf_err(&b), ERR_TOO_LARGE);
	buf_reset(&b);
	assert_int_equal(buf_err(&b), ERR_OK);
	assert_string_equal(buf_c(&b), "");
	buf_add_c(&b, "abcd");
	assert_int_equal(buf_err(&b), ERR_OK);
	assert_string_equal(buf_c(&b), "abcd");
}

static void addf_beyond_its_small_buffer(void **state)
{
	struct buf b;
	char want[301];

	(void)state;
	memset(want, 'z', sizeof(want) - 1);
	want[sizeof(want) - 1] = '\0';
	for (size_t n = 250; n < 260; n++) {
		buf_init(&b, &arena, n);
		buf_addf(&b, "%.*s", (int)n, want);
		assert_int_equal(b.n, n);
		assert_int_equal(strlen(buf_c(&b)), n);
		assert_int_equal(buf_err(&b), ERR_OK);
		buf_init(&b, &arena, n - 1);
		buf_addf(&b, "%.*s", (int)n, want);
		assert_int_equal(b.n, 0);
		assert_int_equal(buf_err(&b), ERR_TOO_LARGE);
	}
}

static void room_and_commit(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, &arena, 8);
	char *const p = buf_room(&b, 8);
	assert_non_null(p);
	memcpy(p, "abc", 3);
	buf_commit(&b, 3);
	assert_string_equal(buf_c(&b), "abc");
	assert_non_null(buf_room(&b, 5));
	assert_null(buf_room(&b, 6));
	assert_int_equal(buf_err(&b), ERR_TOO_LARGE);
	assert_string_equal(buf_c(&b), "abc");
}

static void room_does_not_overflow(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, &arena, 8);
	buf_add_c(&b, "abc");
	assert_null(buf_room(&b, SIZE_MAX));
	assert_null(buf_room(&b, SIZE_MAX - 2));
}

static void consume_drops_the_front(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, &arena, 8);
	buf_consume(&b, 0);
	buf_add_c(&b, "abcdef");
	buf_consume(&b, 2);
	assert_string_equal(buf_c(&b), "cdef");
	buf_consume(&b, 4);
	assert_string_equal(buf_c(&b), "");
	buf_add_c(&b, "12345678");
	assert_int_equal(buf_err(&b), ERR_OK);
}

static void cut_drops_the_end_and_that_it_was_full(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, &arena, 8);
	buf_cut(&b, 0);
	buf_add_c(&b, "abc");
	buf_add_c(&b, "defghi");
	assert_int_equal(buf_err(&b), ERR_TOO_LARGE);
	buf_cut(&b, 2);
	assert_int_equal(buf_err(&b), ERR_OK);
	assert_string_equal(buf_c(&b), "ab");
	buf_add_c(&b, "345678");
	assert_string_equal(buf_c(&b), "ab345678");
}

static void grows_by_copies_that_keep_the_content(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, &arena, 100000);
	for (int i = 0; i < 50000; i++) {
		buf_add_char(&b, (char)('a' + i % 26));
		if (i % 1000 == 0) /* something else moves in behind it */
			(void)arena_alloc(&arena, 1);
	}
	for (int i = 0; i < 50000; i++)
		if (b.p[i] != (char)('a' + i % 26))
			fail_msg("byte %d", i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(numbers, setup, teardown),
		cmocka_unit_test_setup_teardown(empty_is_an_empty_c_string,
						setup, teardown),
		cmocka_unit_test_setup_teardown(appends_follow_each_other,
						setup, teardown),
		cmocka_unit_test_setup_teardown(ceiling_is_exact, setup,
						teardown),
		cmocka_unit_test_setup_teardown(one_append_at_the_ceiling,
						setup, teardown),
		cmocka_unit_test_setup_teardown(
			full_stays_even_for_what_would_fit, setup, teardown),
		cmocka_unit_test_setup_teardown(addf_beyond_its_small_buffer,
						setup, teardown),
		cmocka_unit_test_setup_teardown(room_and_commit, setup,
						teardown),
		cmocka_unit_test_setup_teardown(room_does_not_overflow, setup,
						teardown),
		cmocka_unit_test_setup_teardown(consume_drops_the_front, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			cut_drops_the_end_and_that_it_was_full, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			grows_by_copies_that_keep_the_content, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
