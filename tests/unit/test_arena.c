/*
 * base/arena: zeroed and aligned memory, defers in reverse, and a ceiling that
 * ends the process through its handler.
 */
#include "base/arena.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define KIB ((size_t)1024)

static void alloc_is_zeroed_and_aligned(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 1024 * KIB);
	assert_int_equal(a.used_bytes, 0);
	for (size_t n = 0; n < 300; n++) {
		unsigned char *const p = arena_alloc(&a, n);
		assert_non_null(p);
		assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xAA, n);
	}
	arena_release(&a);
	assert_int_equal(a.used_bytes, 0);
}

static void blocks_do_not_overlap(void **state)
{
	struct arena a;
	unsigned char *p[200];

	(void)state;
	arena_init(&a, 1024 * KIB);
	for (size_t i = 0; i < 200; i++) {
		p[i] = arena_alloc(&a, i * 7 + 1);
		memset(p[i], (int)i, i * 7 + 1);
	}
	for (size_t i = 0; i < 200; i++)
		for (size_t j = 0; j < i * 7 + 1; j++)
			assert_int_equal(p[i][j], i);
	arena_release(&a);
}

static void grow_in_place_when_latest(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 64 * KIB);
	char *const p = arena_alloc(&a, 10);
	memcpy(p, "0123456789", 10);
	char *const q = arena_grow(&a, p, 10, 100);
	assert_ptr_equal(p, q);
	assert_memory_equal(q, "0123456789", 10);
	for (size_t i = 10; i < 100; i++)
		assert_int_equal(q[i], 0);
	/* what comes next must not land inside */
	char *const next = arena_alloc(&a, 1);
	assert_true(next >= q + 100);
	arena_release(&a);
}

static void grow_copies_when_not_latest(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 64 * KIB);
	char *const p = arena_alloc(&a, 10);
	memcpy(p, "0123456789", 10);
	(void)arena_alloc(&a, 1);
	char *const q = arena_grow(&a, p, 10, 20);
	assert_ptr_not_equal(p, q);
	assert_memory_equal(q, "0123456789\0\0\0\0\0\0\0\0\0\0", 20);
	assert_memory_equal(p, "0123456789", 10);
	assert_non_null(arena_grow(&a, NULL, 0, 8));
	arena_release(&a);
}

static void grow_over_the_end_of_a_chunk(void **state)
{
	struct arena a;
	size_t n = 1;

	(void)state;
	arena_init(&a, 1024 * KIB);
	unsigned char *p = arena_alloc(&a, n);
	p[0] = 1;
	for (size_t to = 2; to <= 100 * KIB; to = to * 3 / 2 + 1) {
		p = arena_grow(&a, p, n, to);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i], 1);
		for (size_t i = n; i < to; i++)
			assert_int_equal(p[i], 0);
		memset(p, 1, to);
		n = to;
	}
	arena_release(&a);
}

static void strndup_ends_in_nul(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 64 * KIB);
	assert_memory_equal(arena_strndup(&a, "abcdef", 3), "abc", 4);
	assert_string_equal(arena_strndup(&a, NULL, 0), "");
	arena_release(&a);
}

static char order[8];
static size_t norder;

static void note(void *arg)
{
	order[norder++] = *(const char *)arg;
}

static void defers_run_newest_first_and_once(void **state)
{
	static char names[] = "abc";
	struct arena a;

	(void)state;
	memset(order, 0, sizeof(order));
	norder = 0;
	arena_init(&a, 64 * KIB);
	for (size_t i = 0; i < 3; i++)
		arena_defer(&a, note, &names[i]);
	arena_clear(&a);
	assert_string_equal(order, "cba");
	arena_clear(&a);
	assert_string_equal(order, "cba");
	arena_defer(&a, note, &names[0]);
	arena_release(&a);
	assert_string_equal(order, "cbaa");
}

/* A defer may still use the memory of the arena. */
static void touch(void *arg)
{
	memset(arg, 0x55, 3000);
}

static void defers_run_before_the_memory_goes(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 64 * KIB);
	for (int i = 0; i < 5; i++)
		arena_defer(&a, touch, arena_alloc(&a, 3000));
	arena_release(&a);
}

static void clear_makes_it_usable_again(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 8 * KIB);
	for (int i = 0; i < 100; i++) {
		(void)arena_alloc(&a, 7 * KIB);
		arena_clear(&a);
		assert_int_equal(a.used_bytes, 0);
	}
	arena_release(&a);
}

static void ceiling_can_be_reached(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 8 * KIB);
	(void)arena_alloc(&a, 8 * KIB);
	assert_int_equal(a.used_bytes, 8 * KIB);
	arena_clear(&a);
	/* in small steps, too: the last chunk shrinks to what is left */
	for (size_t i = 0; i < 8 * KIB / 64; i++)
		(void)arena_alloc(&a, 64);
	assert_in_range(a.used_bytes, 0, 8 * KIB);
	arena_release(&a);
}

static int report_fd = -1;

static void report(void)
{
	(void)!write(report_fd, "!", 1);
}

/* Runs out of memory itself: must not come round again. */
static void report_and_allocate(void)
{
	struct arena a;

	(void)!write(report_fd, "!", 1);
	arena_init(&a, 1);
	(void)arena_alloc(&a, 100);
}

static void too_much(struct arena *a)
{
	(void)arena_alloc(a, 1);
	(void)arena_alloc(a, 4 * KIB);
}

static void too_much_bit_by_bit(struct arena *a)
{
	for (size_t i = 0; i < 5 * KIB; i += 16)
		(void)arena_alloc(a, 16);
}

static void too_much_by_growing(struct arena *a)
{
	char *const p = arena_alloc(a, 16);

	(void)arena_grow(a, p, 16, 5 * KIB);
}

static void far_too_much(struct arena *a)
{
	(void)arena_alloc(a, SIZE_MAX);
}

static void an_overflowing_array(struct arena *a)
{
	(void)ARENA_ARRAY(a, SIZE_MAX / 4, uint64_t);
}

/*
 * In a child process: set handler, run fn on an arena of 4 KiB.  Returns how
 * often the handler ran; the child must have ended with status 1.
 */
static size_t exhaust(void (*handler)(void), void (*fn)(struct arena *a))
{
	int fds[2];
	int status = 0;
	char seen[8];
	struct arena a;

	assert_int_equal(pipe(fds), 0);
	const pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		report_fd = fds[1];
		arena_on_exhaustion(handler);
		arena_init(&a, 4 * KIB);
		fn(&a);
		_exit(99); /* it was allowed */
	}
	(void)close(fds[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	const ssize_t n = read(fds[0], seen, sizeof(seen));
	(void)close(fds[0]);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
	assert_true(n >= 0);
	return (size_t)n;
}

static void over_the_ceiling_ends_the_process(void **state)
{
	(void)state;
	assert_int_equal(exhaust(report, too_much), 1);
	assert_int_equal(exhaust(report, too_much_bit_by_bit), 1);
	assert_int_equal(exhaust(report, too_much_by_growing), 1);
	assert_int_equal(exhaust(report, far_too_much), 1);
	assert_int_equal(exhaust(report, an_overflowing_array), 1);
	assert_int_equal(exhaust(NULL, too_much), 0);
}

static void exhaustion_in_the_handler_ends_it_too(void **state)
{
	(void)state;
	assert_int_equal(exhaust(report_and_allocate, too_much), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alloc_is_zeroed_and_aligned),
		cmocka_unit_test(blocks_do_not_overlap),
		cmocka_unit_test(grow_in_place_when_latest),
		cmocka_unit_test(grow_copies_when_not_latest),
		cmocka_unit_test(grow_over_the_end_of_a_chunk),
		cmocka_unit_test(strndup_ends_in_nul),
		cmocka_unit_test(defers_run_newest_first_and_once),
		cmocka_unit_test(defers_run_before_the_memory_goes),
		cmocka_unit_test(clear_makes_it_usable_again),
		cmocka_unit_test(ceiling_can_be_reached),
		cmocka_unit_test(over_the_ceiling_ends_the_process),
		cmocka_unit_test(exhaustion_in_the_handler_ends_it_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
