/*
 * json/schema: which schemas are taken, and which values follow them.
 */
#include "base/arena.h"
#include "json/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct json parse(struct arena *a, const char *text)
{
	struct errbuf e = {0};
	struct json v;

	assert_int_equal(json_parse(a, str_from(text), &v, &e), ERR_OK);
	return v;
}

/* NULL when value follows schema, else what is wrong. */
static const char *fault(const char *schema, const char *value)
{
	static struct errbuf e;
	struct arena a;
	struct json s;

	memset(&e, 0, sizeof(e));
	arena_init(&a, 1 << 20);
	s = parse(&a, schema);
	assert_int_equal(json_schema_check(s, &e), ERR_OK);
	const enum err err = json_schema_validate(s, parse(&a, value), &e);
	arena_release(&a);
	if (err == ERR_OK)
		return NULL;
	assert_int_equal(err, ERR_ANSWER_FORM);
	return e.detail;
}

#define ADDRESS                                                 \
	"{\"type\":\"object\",\"properties\":{\"street\":"      \
	"{\"type\":\"string\",\"minLength\":2},\"tags\":"       \
	"{\"type\":\"array\",\"maxItems\":2,\"items\":"         \
	"{\"enum\":[\"a\",\"b\"]}}},\"required\":[\"street\"]," \
	"\"additionalProperties\":false}"

static void objects(void **state)
{
	(void)state;
	assert_null(fault(ADDRESS, "{\"street\":\"Am Kai\"}"));
	assert_null(fault(ADDRESS, "{\"street\":\"xy\",\"tags\":[\"a\"]}"));
	assert_string_equal(fault(ADDRESS, "{}"), "$ has no member \"street\"");
	assert_string_equal(fault(ADDRESS, "{\"street\":1}"),
			    "$.street must be of type \"string\"");
	assert_string_equal(fault(ADDRESS, "{\"street\":\"x\"}"),
			    "$.street is too short or too long");
	assert_string_equal(fault(ADDRESS, "{\"street\":\"xy\",\"z\":1}"),
			    "$.z is not allowed here");
	assert_string_equal(
		fault(ADDRESS, "{\"street\":\"xy\",\"tags\":[\"a\",\"c\"]}"),
		"$.tags[1] must be one of [\"a\",\"b\"]");
	assert_string_equal(
		fault(ADDRESS,
		      "{\"street\":\"xy\",\"tags\":[\"a\",\"a\",\"a\"]}"),
		"$.tags has too few or too many elements");
	assert_string_equal(fault(ADDRESS, "[]"),
			    "$ must be of type \"object\"");
	/* one character, two bytes */
	assert_non_null(fault(ADDRESS, "{\"street\":\"\xC3\xA4\"}"));
}

static void numbers(void **state)
{
	(void)state;
	assert_null(fault("{\"type\":\"integer\"}", "3.0"));
	assert_non_null(fault("{\"type\":\"integer\"}", "3.5"));
	assert_null(fault("{\"minimum\":1,\"maximum\":2}", "1"));
	assert_non_null(fault("{\"minimum\":1}", "0.99"));
	assert_non_null(fault("{\"exclusiveMaximum\":2}", "2"));
	assert_null(fault("{\"multipleOf\":0.1}", "0.3"));
	assert_non_null(fault("{\"multipleOf\":3}", "10"));
	assert_null(fault("{\"const\":1}", "1.0"));
	assert_null(fault("{\"minimum\":5}", "\"a string has none\""));
}

static void combinations(void **state)
{
	(void)state;
	assert_null(fault("{\"anyOf\":[{\"type\":\"null\"},{\"type\":"
			  "\"string\"}]}",
			  "null"));
	assert_string_equal(fault("{\"anyOf\":[{\"type\":\"null\"}]}", "1"),
			    "$ follows none of anyOf");
	assert_non_null(
		fault("{\"oneOf\":[{\"minimum\":1},{\"minimum\":2}]}", "3"));
	assert_null(
		fault("{\"oneOf\":[{\"minimum\":1},{\"minimum\":2}]}", "1"));
	assert_non_null(fault("{\"not\":{\"type\":\"null\"}}", "null"));
	assert_non_null(
		fault("{\"allOf\":[{\"minimum\":1},{\"maximum\":0}]}", "1"));
	assert_null(fault("{\"type\":[\"string\",\"null\"]}", "null"));
	assert_null(fault("{\"enum\":[null,{\"a\":[1]}]}", "{\"a\":[1]}"));
	assert_null(fault("{\"enum\":[null]}", "null"));
	assert_non_null(fault("{\"enum\":[{\"a\":1}]}", "{\"b\":1}"));
}

#define TREE                                                               \
	"{\"$defs\":{\"n\":{\"type\":\"object\",\"properties\":{\"kids\":" \
	"{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/n\"}}}}},"      \
	"\"$ref\":\"#/$defs/n\"}"

static void references(void **state)
{
	(void)state;
	assert_null(fault(TREE, "{\"kids\":[{\"kids\":[]},{}]}"));
	assert_string_equal(fault(TREE, "{\"kids\":[{\"kids\":[1]}]}"),
			    "$.kids[0].kids[0] must be of type \"object\"");
	/* that goes round in a circle */
	assert_non_null(fault("{\"$ref\":\"#\"}", "1"));
}

static void refused(void **state)
{
	static const char *const schemas[] = {
		"3",
		"{\"type\":\"text\"}",
		"{\"type\":3}",
		"{\"pattern\":\"(a\"}",
		"{\"pattern\":1}",
		"{\"pattern\":\"((a{60000}){60000})\"}",
		"{\"contains\":{}}",
		"{\"if\":3}",
		"{\"patternProperties\":{\"[\":{}}}",
		"{\"patternProperties\":{\"a\":3}}",
		"{\"patternProperties\":[]}",
		"{\"dependentRequired\":{\"a\":\"b\"}}",
		"{\"properties\":{\"a\":{\"unevaluatedProperties\":false}}}",
		"{\"items\":[{\"type\":\"null\"}]}",
		"{\"anyOf\":[]}",
		"{\"anyOf\":{}}",
		"{\"minLength\":-1}",
		"{\"minimum\":\"1\"}",
		"{\"$ref\":\"#/$defs/none\"}",
		"{\"$ref\":\"https://x.example/s.json\"}",
		"{\"uniqueItems\":1}",
		"{\"required\":\"a\"}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++) {
		struct errbuf e = {0};
		struct arena a;
		arena_init(&a, 1 << 20);
		assert_int_equal(json_schema_check(parse(&a, schemas[i]), &e),
				 ERR_INVALID_REQUEST);
		assert_true(e.detail[0] != '\0');
		arena_release(&a);
	}
}

#define PATTERN(p) "{\"pattern\":\"" p "\"}"

/* What zod writes for z.email() and z.uuid(). */
#define EMAIL                                                           \
	PATTERN("^(?!\\\\.)(?!.*\\\\.\\\\.)([A-Za-z0-9_'+\\\\-\\\\.]*)" \
		"[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9\\\\-]*\\\\.)+"   \
		"[A-Za-z]{2,}$")
#define UUID                                                           \
	PATTERN("^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-" \
		"[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12})$")

static void patterns(void **state)
{
	(void)state;
	assert_null(fault(EMAIL, "\"ann.b@mail.example.org\""));
	assert_non_null(fault(EMAIL, "\"ann..b@mail.example.org\""));
	assert_null(fault(UUID, "\"8c5f9ce0-3b7a-4c8e-9a55-4a7d1f0c2b11\""));
	assert_non_null(fault(UUID, "\"8c5f9ce0\""));
	assert_string_equal(fault(PATTERN("^a+$"), "\"ab\""),
			    "$ must match the pattern \"^a+$\"");
	assert_null(fault(PATTERN("b"), "\"abc\""));
	assert_null(fault(PATTERN("b"), "7"));
	assert_null(fault(PATTERN("^$"), "\"\""));
	/* as JavaScript reads them */
	assert_non_null(fault(PATTERN("^a$"), "\"a\\n\""));
	assert_null(
		fault(PATTERN("^\\\\u00e4\\\\/.$"), "\"\xC3\xA4/\xC3\xA4\""));
	assert_null(fault(PATTERN("^[^]$"), "\"\\n\""));
	assert_non_null(fault(PATTERN("^\\\\d$"), "\"\xD9\xA1\""));
	/* describes only */
	assert_null(fault("{\"format\":\"email\"}", "\"nobody\""));
}

#define MANY_AS "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* They end, and what hides a fault does not hide this one. */
static void endless_patterns(void **state)
{
	static const char *const all[] = {
		PATTERN("^(a+)+$"),
		PATTERN("^(a|aa)+$"),
		PATTERN("^(a|a?)+$"),
		PATTERN("(.*a){20}[bc]"),
		PATTERN("^(?:a?){40}a{40}[bc]"),
		PATTERN("^(a*)*(a*)*[bc]"),
		PATTERN("(?=(a+)+[bc])c|(a(?1)?)+[bd]"),
		"{\"not\":" PATTERN("^(a+)+$") "}",
		"{\"anyOf\":[" PATTERN("^(a+)+$") ",{\"type\":\"null\"}]}",
		"{\"if\":" PATTERN("^(a+)+$") "}",
		"{\"patternProperties\":{\"^(a+)+$\":true}}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		const char *const why =
			fault(all[i], strstr(all[i], "Properties") != NULL
					      ? "{\"" MANY_AS "!\":1}"
					      : "\"" MANY_AS "!\"");
		if (why == NULL || strstr(why, "long to check") == NULL)
			fail_msg("%s: %s", all[i], why != NULL ? why : "ok");
	}
}

static void names(void **state)
{
	static const char by_name[] =
		"{\"properties\":{\"n1\":{\"minimum\":1}},"
		"\"patternProperties\":{\"^n\":{\"type\":\"integer\"}},"
		"\"additionalProperties\":{\"type\":\"string\"}}";
	static const char record[] =
		"{\"propertyNames\":{\"type\":\"string\",\"pattern\":"
		"\"^[a-z]+$\"},\"additionalProperties\":{\"type\":"
		"\"number\"}}";
	static const char pair[] =
		"{\"dependentRequired\":{\"card\":[\"name\",\"street\"]}}";

	(void)state;
	assert_null(fault(by_name, "{\"n1\":1,\"n2\":0,\"x\":\"y\"}"));
	assert_non_null(fault(by_name, "{\"n1\":0}"));
	assert_string_equal(fault(by_name, "{\"n1\":1.5}"),
			    "$.n1 must be of type \"integer\"");
	assert_string_equal(fault(by_name, "{\"n2\":\"y\"}"),
			    "$.n2 must be of type \"integer\"");
	assert_non_null(fault(by_name, "{\"x\":1}"));
	assert_null(fault(record, "{\"a\":1,\"b\":2}"));
	assert_string_equal(fault(record, "{\"a1\":1}"),
			    "$.a1 must match the pattern \"^[a-z]+$\"");
	assert_non_null(fault(record, "{\"a\":\"b\"}"));
	assert_null(fault(pair, "{\"name\":1}"));
	assert_string_equal(fault(pair, "{\"card\":1,\"name\":2}"),
			    "$ has no member \"street\"");
}

static void branches(void **state)
{
	static const char either[] =
		"{\"if\":{\"type\":\"string\"},\"then\":{\"minLength\":2},"
		"\"else\":{\"minimum\":5}}";
	static const char tuple[] = "{\"prefixItems\":[{\"type\":\"string\"},"
				    "{\"type\":\"number\"}],\"items\":false}";

	(void)state;
	assert_null(fault(either, "\"ab\""));
	assert_non_null(fault(either, "\"a\""));
	assert_null(fault(either, "5"));
	assert_string_equal(fault(either, "4"), "$ must be at least 5");
	assert_null(fault("{\"if\":false,\"then\":false}", "1"));
	assert_null(fault(tuple, "[\"a\",1]"));
	assert_null(fault(tuple, "[\"a\"]"));
	assert_string_equal(fault(tuple, "[\"a\",\"b\"]"),
			    "$[1] must be of type \"number\"");
	assert_string_equal(fault(tuple, "[\"a\",1,2]"),
			    "$[2] is not allowed here");
	assert_null(
		fault("{\"prefixItems\":[{\"type\":\"null\"}]}", "[null,1]"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects),
		cmocka_unit_test(numbers),
		cmocka_unit_test(combinations),
		cmocka_unit_test(references),
		cmocka_unit_test(refused),
		cmocka_unit_test(patterns),
		cmocka_unit_test(names),
		cmocka_unit_test(branches),
		cmocka_unit_test(endless_patterns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
