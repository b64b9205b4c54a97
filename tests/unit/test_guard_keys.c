/*
 * Keys in files: found at every cut and in every place of the window, with
 * their line, and shown without what makes them work.
 */
#include "guard/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka needs the above */
#include <cmocka.h>

#define KEY  "sk-proj-abcdefghij1234567890"
#define PEM  "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7bq8\n"
#define OURS "slw_abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"

struct seen {
	size_t n;
	int64_t line[8];
	enum guard_kind kind[8];
	char text[8][128];
};

static void note(void *arg, const struct guard_key *key)
{
	struct seen *const s = arg;

	assert_true(s->n < 8);
	s->line[s->n] = key->line;
	s->kind[s->n] = key->kind;
	assert_true(key->text.n < sizeof(s->text[0]));
	memcpy(s->text[s->n], key->text.p, key->text.n);
	s->text[s->n][key->text.n] = '\0';
	s->n++;
}

static void scan(const char *text, size_t cut, struct seen *s)
{
	static struct guard_keys k;

	memset(s, 0, sizeof(*s));
	guard_keys_init(&k, 1, note, s);
	guard_keys_feed(&k, (struct str){text, cut});
	guard_keys_feed(&k, (struct str){text + cut, strlen(text) - cut});
	guard_keys_finish(&k);
}

static void finds_the_kinds(void **state)
{
	static const char text[] = "a: 1\nOPENAI_API_KEY=" KEY "\n\n" PEM
				   "db = postgres://app:s3cret@host/db\n"
				   "key \"" OURS "\"\n";
	struct seen s;

	(void)state;
	for (size_t cut = 0; cut <= sizeof(text) - 1; cut++) {
		scan(text, cut, &s);
		assert_int_equal(s.n, 4);
		assert_int_equal(s.line[0], 2);
		assert_memory_equal(s.text[0], "sk-proj-", 8);
		assert_int_equal(s.line[1], 4);
		assert_int_equal(s.kind[1], GUARD_PRIVATE_KEY);
		assert_int_equal(s.line[2], 6);
		assert_string_equal(s.text[2], "s3cret");
		assert_int_equal(s.line[3], 7);
		assert_string_equal(s.text[3], OURS);
	}
}

static void finds_nothing_in_prose(void **state)
{
	struct seen s;

	(void)state;
	scan("task-based risk-free sk-learn https://example.org/a:b@c\n"
	     "https://user:pass@host https://ci:$TOKEN_OF_CI@host\n"
	     "-----BEGIN PUBLIC KEY-----\nMIIEpAIBAAKCAQEA7bq8\n",
	     10, &s);
	assert_int_equal(s.n, 0);
}

/* Around the end of the window, at each distance from it. */
static void finds_across_windows(void **state)
{
	static char text[3 * GUARD_KEYS_BYTES];
	struct seen s;

	(void)state;
	for (size_t i = 0; i < 200; i += 7) {
		memset(text, 'x', sizeof(text));
		for (size_t k = 79; k < sizeof(text) - 1; k += 80)
			text[k] = '\n';
		const size_t at = GUARD_KEYS_BYTES - 100 + i;
		text[at - 1] = ' ';
		memcpy(text + at, KEY " ", strlen(KEY) + 1);
		text[sizeof(text) - 1] = '\0';
		int64_t line = 1;
		for (size_t k = 0; k < at; k++)
			line += text[k] == '\n';
		scan(text, i, &s);
		assert_int_equal(s.n, 1);
		assert_int_equal(s.line[0], line);
	}
}

static void shows_little(void **state)
{
	char out[GUARD_KEY_MASK_BYTES];

	(void)state;
	assert_string_equal(guard_key_mask(STR(KEY), out), "sk-proj…");
	assert_string_equal(guard_key_mask(STR("s3cret"), out), "s…");
	assert_string_equal(guard_key_mask(STR(""), out), "…");
	assert_string_equal(
		guard_key_mask(STR("ab\033[2Jcdefghijklmnopqrs"), out), "ab…");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_kinds),
		cmocka_unit_test(finds_nothing_in_prose),
		cmocka_unit_test(finds_across_windows),
		cmocka_unit_test(shows_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
