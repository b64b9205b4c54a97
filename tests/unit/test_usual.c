/*
 * usual: which texts are read without a tree, and that every doubt is left to
 * the parser.  That both read the same is checked by check_unusual() of
 * tests/fuzz.
 */
#include "llm/usual.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { ID, LIST, TEXT, N, INNER, N_INNER, MEMBERS };

static const struct usual_member known[MEMBERS] = {
	[ID] = {"id", USUAL_TOP},  [LIST] = {"list", USUAL_TOP},
	[TEXT] = {"text", LIST},   [N] = {"n", USUAL_TOP},
	[INNER] = {"inner", LIST}, [N_INNER] = {"n", INNER},
};

static bool read(const char *text, struct usual_value v[MEMBERS])
{
	for (size_t i = 0; i < MEMBERS; i++)
		v[i] = (struct usual_value){.seen = false};
	return usual_read(str_from(text), known, MEMBERS, v);
}

static void values_are_where_they_stand(void **state)
{
	struct usual_value v[MEMBERS];

	(void)state;
	assert_true(read("{ \"n\" : 120, \"id\":null,\"list\": [ {\"text\":"
			 "\"a \xC3\xA9\",\"inner\":{\"n\":0}} ] }",
			 v));
	assert_int_equal(v[ID].type, JSON_NULL);
	assert_true(v[ID].seen);
	assert_int_equal(v[LIST].type, JSON_ARRAY);
	assert_false(v[LIST].empty);
	assert_int_equal(v[TEXT].type, JSON_STRING);
	assert_true(str_eq_c(v[TEXT].text, "a \xC3\xA9"));
	assert_int_equal(v[N].type, JSON_INT);
	assert_true(str_eq_c(v[N].text, "120"));
	assert_int_equal(v[INNER].type, JSON_OBJECT);
	assert_true(str_eq_c(v[N_INNER].text, "0"));
	assert_true(read("{\"list\":[],\"id\":true}", v));
	assert_true(v[LIST].empty);
	assert_int_equal(v[ID].type, JSON_BOOL);
	assert_false(v[N].seen);
	assert_true(read("{}", v));
}

static void doubts_are_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"{",
		"[]",
		"{}x",
		"{\"id\":1",
		"{\"id\":1,}",
		"{\"id\" 1}",
		"{\"id\":}",
		"{\"id\":01}",
		"{\"id\":-1}",
		"{\"id\":1.5}",
		"{\"id\":1e3}",
		"{\"id\":1234567890123456}",
		"{\"id\":nul}",
		"{\"id\":\"a\\n\"}",
		"{\"id\":\"a\nb\"}",
		"{\"id\":\"\xFF\"}",
		"{\"id\":\"a}",
		"{\"\\u0069d\":1}",
		/* twice, unknown, in the wrong place, more than one */
		"{\"id\":1,\"id\":2}",
		"{\"id\":null,\"id\":2}",
		"{\"i\":1}",
		"{\"ids\":1}",
		"{\"\":1}",
		"{\"text\":\"a\"}",
		"{\"id\":{\"n\":1}}",
		"{\"list\":[{},{}]}",
		"{\"list\":[1]}",
		"{\"list\":[[]]}",
		"{\"id\":\t1}",
	};
	struct usual_value v[MEMBERS];

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		if (read(texts[i], v))
			fail_msg("%s was read", texts[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_where_they_stand),
		cmocka_unit_test(doubts_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
