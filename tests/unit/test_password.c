/*
 * auth/password and the tokens beside API keys: what is accepted, what
 * matches, what a session's CSRF token depends on.
 */
#include "auth/cookie.h"
#include "auth/key.h"
#include "auth/password.h"
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

static void hash_and_match(void **state)
{
	struct errbuf e = {0};
	struct str a;
	struct str b;
	bool stale = true;

	(void)state;
	const struct str right = STR("correct horse");
	assert_int_equal(password_hash(&arena, right, &a, &e), ERR_OK);
	assert_int_equal(password_hash(&arena, right, &b, &e), ERR_OK);
	assert_true(str_starts(a, STR("$argon2id$v=19$m=65536,t=2,p=1$")));
	assert_false(str_eq(a, b)); /* salted */
	assert_true(password_matches(a, right, &stale));
	assert_false(stale);
	assert_false(password_matches(a, STR("correct horsf"), &stale));
	assert_false(password_matches(a, STR("correct hors"), &stale));
	assert_false(password_matches(a, STR_NONE, &stale));
}

static void nobody_matches(void **state)
{
	char overlong[300];
	bool stale = true;

	(void)state;
	memset(overlong, '$', sizeof(overlong));
	assert_false(password_matches(STR_NONE, STR(""), &stale));
	assert_false(password_matches(STR_NONE, STR("anything"), &stale));
	assert_false(password_matches(STR("$argon2id$"), STR("x"), &stale));
	assert_false(password_matches((struct str){overlong, sizeof(overlong)},
				      STR("x"), &stale));
}

/* Made with one pass and 8 MiB: right, and due for a new one. */
static void weak_parameters_are_stale(void **state)
{
	bool stale = false;

	(void)state;
	assert_true(password_matches(
		STR("$argon2id$v=19$m=8192,t=1,p=1$"
		    "MTIzNDU2Nzg5MDEyMzQ1Ng$"
		    "0zny428oQmSBgaHa033rON22htD5QSJfmj78ihugPb0"),
		STR("correct horse"), &stale));
	assert_true(stale);
}

static void accepted(void **state)
{
	static const struct {
		const char *password;
		enum err want;
	} rows[] = {
		{"", ERR_INVALID_REQUEST},
		{"nine char", ERR_INVALID_REQUEST},
		{"\xC3\xA4\xC3\xB6\xC3\xBC\xC3\xA4\xC3\xB6", /* five */
		 ERR_INVALID_REQUEST},
		{"aaaaaaaaaaaaaaaa", ERR_INVALID_REQUEST},
		{"Ann@Example.org", ERR_INVALID_REQUEST},
		{"ten chars!", ERR_OK},
		{"four words are enough", ERR_OK},
	};
	char overlong[PASSWORD_MAX_BYTES + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct errbuf e = {0};
		assert_int_equal(password_accept(str_from(rows[i].password),
						 STR("ann@example.org"), &e),
				 rows[i].want);
		assert_int_equal(e.code, rows[i].want);
		if (rows[i].password[0] != '\0')
			assert_null(strstr(e.detail, rows[i].password));
	}
	for (size_t i = 0; i < sizeof(overlong); i++)
		overlong[i] = (char)('a' + i % 20);
	assert_int_equal(
		password_accept((struct str){overlong, PASSWORD_MAX_BYTES},
				STR_NONE, NULL),
		ERR_OK);
	assert_int_equal(
		password_accept((struct str){overlong, sizeof(overlong)},
				STR_NONE, NULL),
		ERR_INVALID_REQUEST);
}

static void kinds_of_tokens(void **state)
{
	static const enum auth_kind kinds[] = {AUTH_KEY, AUTH_SESSION,
					       AUTH_VISITOR};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		unsigned char hash[AUTH_HASH_BYTES];
		char token[AUTH_KEY_BYTES];
		enum auth_kind kind = AUTH_KEY;
		auth_token_generate(kinds[i], token);
		assert_true(auth_token_parse(str_from(token), &kind));
		assert_int_equal(kind, kinds[i]);
		/* a session is no header, and a visitor is no key */
		assert_int_equal(
			auth_key_from_headers(STR_NONE, str_from(token), hash,
					      NULL),
			kinds[i] == AUTH_KEY ? ERR_OK : ERR_UNAUTHORIZED);
		assert_int_equal(
			auth_token_from_headers(STR_NONE, str_from(token),
						&kind, hash, NULL),
			kinds[i] == AUTH_SESSION ? ERR_UNAUTHORIZED : ERR_OK);
		assert_int_equal(kind, kinds[i]);
		token[3] = '-';
		assert_false(auth_token_parse(str_from(token), &kind));
	}
}

static void csrf_depends_on_the_token(void **state)
{
	char token[AUTH_KEY_BYTES];
	char a[AUTH_CSRF_BYTES];
	char b[AUTH_CSRF_BYTES];

	(void)state;
	auth_token_generate(AUTH_SESSION, token);
	auth_csrf(str_from(token), a);
	auth_csrf(str_from(token), b);
	assert_string_equal(a, b);
	assert_null(strstr(a, token + 4));
	token[AUTH_KEY_CHARS - 1] ^= 1;
	auth_csrf(str_from(token), b);
	assert_string_not_equal(a, b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hash_and_match),
		cmocka_unit_test(nobody_matches),
		cmocka_unit_test(weak_parameters_are_stale),
		cmocka_unit_test(accepted),
		cmocka_unit_test(kinds_of_tokens),
		cmocka_unit_test(csrf_depends_on_the_token),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
