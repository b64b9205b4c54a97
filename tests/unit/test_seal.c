/*
 * auth/seal: what was sealed is opened by the same key alone, and says nothing
 * of itself.
 */
#include "auth/seal.h"
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
	arena_init(&arena, (size_t)16 * 1024 * 1024);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

static void comes_back(void **state)
{
	static const size_t sizes[] = {0, 1, 2, 3, 63, 64, 65, 300000};
	unsigned char key[SEAL_KEY_BYTES] = {7, 1};
	char *const text = arena_alloc(&arena, 300000);

	(void)state;
	memset(text, 'x', 300000);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		const struct str in = {text, sizes[i]};
		struct str out = STR_NONE;
		const struct str sealed = seal_text(&arena, key, in);
		assert_int_equal(seal_open(&arena, key, sealed, &out), ERR_OK);
		assert_true(str_eq(in, out));
	}
}

static void not_for_another(void **state)
{
	const struct str parts[] = {STR("key"), STR("/chat"), STR("body")};
	const struct str moved[] = {STR("key/"), STR("chat"), STR("body")};
	unsigned char key[SEAL_KEY_BYTES];
	unsigned char other[SEAL_KEY_BYTES];
	struct str out = STR_NONE;

	(void)state;
	seal_key(parts, 3, key);
	seal_key(moved, 3, other);
	const struct str sealed = seal_text(&arena, key, STR("an answer"));
	assert_null(strstr(sealed.p, "answer"));
	assert_int_equal(seal_open(&arena, other, sealed, &out), ERR_INTERNAL);
	seal_key(parts, 3, other);
	assert_int_equal(seal_open(&arena, other, sealed, &out), ERR_OK);
	/* the same text never looks the same */
	assert_false(str_eq(sealed, seal_text(&arena, key, STR("an answer"))));
}

static void nothing_else_opens(void **state)
{
	unsigned char key[SEAL_KEY_BYTES] = {1};
	struct str out = STR_NONE;

	(void)state;
	const struct str sealed = seal_text(&arena, key, STR("an answer"));
	for (size_t n = 0; n < sealed.n; n++)
		assert_int_equal(
			seal_open(&arena, key, (struct str){sealed.p, n}, &out),
			ERR_INTERNAL);
	for (size_t i = 0; i < sealed.n; i++) {
		char *const copy = arena_strndup(&arena, sealed.p, sealed.n);
		copy[i] = copy[i] == 'A' ? 'B' : 'A';
		const struct str changed = {copy, sealed.n};
		assert_true(str_eq(changed, sealed) ||
			    seal_open(&arena, key, changed, &out) != ERR_OK);
	}
	assert_int_equal(
		seal_open(&arena, key, STR("{\"answer\":\"plain\"}"), &out),
		ERR_INTERNAL);
	assert_int_equal(out.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_back),
		cmocka_unit_test(not_for_another),
		cmocka_unit_test(nothing_else_opens),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
