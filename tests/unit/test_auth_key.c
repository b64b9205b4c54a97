/*
 * auth/key: the form of a key, its hash, and what counts as one in a request.
 */
#include "auth/key.h"
#include "base/id.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define NKEYS    64
#define KEY_A    "slw_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaA"
#define KEY_B    "slw_bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb-_"

static void generate(void **state)
{
	char keys[NKEYS][AUTH_KEY_BYTES];

	(void)state;
	for (size_t i = 0; i < NKEYS; i++) {
		unsigned char hash[AUTH_HASH_BYTES];
		struct errbuf e = {.code = ERR_OK};

		auth_key_generate(keys[i]);
		assert_int_equal(strlen(keys[i]), AUTH_KEY_CHARS);
		assert_int_equal(auth_key_from_headers(
					 STR_NONE, str_from(keys[i]), hash, &e),
				 ERR_OK);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(keys[i], keys[k]);
	}
}

static void wipe(void **state)
{
	static const char zero[AUTH_KEY_BYTES];
	char key[AUTH_KEY_BYTES];

	(void)state;
	auth_key_generate(key);
	auth_key_wipe(key);
	assert_memory_equal(key, zero, sizeof(key));
}

static void prefix(void **state)
{
	char out[AUTH_PREFIX_BYTES];

	(void)state;
	auth_key_prefix(STR(KEY_A), out);
	assert_string_equal(out, "slw_aaaaaaaa");
	auth_key_prefix(STR("ab"), out);
	assert_string_equal(out, "ab");
	auth_key_prefix(STR_NONE, out);
	assert_string_equal(out, "");
}

/* The example of FIPS 180-2, B.1, and the empty message. */
static void hash(void **state)
{
	char hex[AUTH_HEX_BYTES];

	(void)state;
	auth_sha256_hex(STR("abc"), hex);
	assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223"
				 "b00361a396177a9cb410ff61f20015ad");
	auth_sha256_hex(STR_NONE, hex);
	assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb924"
				 "27ae41e4649b934ca495991b7852b855");
}

struct header_row {
	const char *authorization;
	const char *x_api_key;
	const char *want; /* the key that counts; NULL: refused */
};

static void headers(void **state)
{
	static const struct header_row rows[] = {
		{"Bearer " KEY_A, "", KEY_A},
		{"bearer " KEY_A, "", KEY_A},
		{"BEARER   " KEY_A " ", "", KEY_A},
		{"", KEY_B, KEY_B},
		{"", " " KEY_B "\t", KEY_B},
		{"Bearer " KEY_A, KEY_A, KEY_A},
		/* a site's own login is passed over */
		{"Basic dXNlcjpwYXNz", KEY_B, KEY_B},
		{"", "", NULL},
		{"Bearer", "", NULL},
		{"Bearer ", "", NULL},
		{"Basic dXNlcjpwYXNz", "", NULL},
		{KEY_A, "", NULL},
		{"Bearer" KEY_A, "", NULL},
		{"Bearer " KEY_A " x", "", NULL},
		{"Bearer " KEY_A "x", "", NULL},
		{"Bearer sk-1234", "", NULL},
		{"Bearer slw_", "", NULL},
		{"", "slw_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa+A", NULL},
		{"", "slw_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa A", NULL},
		{"", "SLW_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaA", NULL},
		{"Bearer " KEY_A, KEY_B, NULL},
		{"Bearer " KEY_A, "sk-1234", NULL},
		{"Bearer sk-1234", KEY_A, NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		unsigned char got[AUTH_HASH_BYTES] = {0};
		unsigned char want[AUTH_HASH_BYTES] = {0};
		struct errbuf e = {.code = ERR_OK};
		const enum err err = auth_key_from_headers(
			str_from(rows[i].authorization),
			str_from(rows[i].x_api_key), got, &e);

		if (rows[i].want != NULL)
			auth_key_hash(str_from(rows[i].want), want);
		if (err != (rows[i].want != NULL ? ERR_OK : ERR_UNAUTHORIZED))
			fail_msg("row %zu: error %d", i, (int)err);
		assert_memory_equal(got, want, sizeof(got));
		/* the log gets the detail, so it must not have the key */
		assert_null(strstr(e.detail, "aaaa"));
		assert_null(strstr(e.detail, "1234"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(generate), cmocka_unit_test(wipe),
		cmocka_unit_test(prefix),   cmocka_unit_test(hash),
		cmocka_unit_test(headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
