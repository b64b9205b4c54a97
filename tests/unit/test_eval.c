/*
 * Evaluations: files of cases in and out, what is refused with its line, what
 * an assertion says of an answer, and what a report looks like.
 */
#include "base/arena.h"
#include "eval/check.h"
#include "eval/sum.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;
static struct errbuf problem;
static struct eval_suite *suite;
static const char *files[2]; /* what x.… and more.… hold */

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena, (size_t)256 * 1024 * 1024);
	suite = ARENA_NEW(&arena, struct eval_suite);
	err_clear(&problem);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

static enum err read_file(void *arg, const char *path, struct str *out)
{
	(void)arg;
	*out = str_from(files[strstr(path, "more") != NULL]);
	return ERR_OK;
}

static enum err add(const char *path, const char *text)
{
	const struct eval_source src = {
		.arena = &arena, .read = read_file, .e = &problem};

	files[0] = text;
	return eval_suite_add(suite, &src, path);
}

static void reads(const char *path, const char *text, size_t cases)
{
	suite->ncases = 0;
	if (add(path, text) != ERR_OK)
		fail_msg("%s", problem.detail);
	assert_int_equal(suite->ncases, cases);
}

static void refuses(const char *path, const char *text, const char *why)
{
	suite->ncases = 0;
	err_clear(&problem);
	assert_int_equal(add(path, text), ERR_INVALID_REQUEST);
	if (strstr(problem.detail, why) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", problem.detail, why);
}

#define CASE(lines) "prompts: ['{{q}}']\ntests:\n" lines

static void yaml_of_promptfoo(void **state)
{
	(void)state;
	reads("d/x.yaml",
	      "description: d\n"
	      "prompts: ['Say: {{ q }}']\n"
	      "providers: [{id: 'openai:chat:docs', config: {apiKey: x}}]\n"
	      "defaultTest:\n"
	      "  vars: {q: a, who: me}\n"
	      "  metadata: {feature: docs}\n"
	      "  assert: [{type: latency, threshold: 900}]\n"
	      "tests:\n"
	      "  - description: Asks, \"twice\".\n"
	      "    vars: {q: b}\n"
	      "    tags: [smoke]\n"
	      "    assert:\n"
	      "      - {type: not-icontains, value: 'for {{who}}'}\n"
	      "  - metadata: {id: second, tags: [a, smoke], feature: chat}\n"
	      "    assert: [{type: equals, value: 5}]\n",
	      2);
	const struct eval_case *const c = suite->cases;
	assert_string_equal(c[0].id, "asks-twice");
	assert_true(str_eq_c(c[0].prompt, "Say: b"));
	assert_string_equal(c[0].feature, "docs");
	assert_true(eval_has_tag(&c[0], "smoke"));
	assert_int_equal(c[0].line, 9);
	assert_int_equal(c[0].nchecks, 2);
	assert_int_equal(c[0].checks[0].threshold, 900);
	assert_int_equal(c[0].checks[1].line, 13);
	assert_true(c[0].checks[1].negated && c[0].checks[1].nocase);
	assert_true(str_eq_c(c[0].checks[1].texts[0], "for me"));
	assert_string_equal(c[1].id, "second");
	assert_string_equal(c[1].feature, "chat");
	assert_true(str_eq_c(c[1].prompt, "Say: a"));
	assert_true(str_eq_c(c[1].checks[1].texts[0], "5"));
	assert_string_equal(suite->targets[0].feature, "docs");
}

static void lines_of_json(void **state)
{
	(void)state;
	reads("x.jsonl",
	      "{\"input\":\"How?\",\"ideal\":[\"So\",\"Thus\"]}\n\n"
	      "{\"input\":[{\"role\":\"user\",\"content\":\"Hi\"}],"
	      "\"ideal\":\"Hello\"}\n"
	      "{\"vars\":{\"prompt\":\"x\"},\"assert\":[{\"type\":\"is-json\"}]}",
	      3);
	assert_string_equal(suite->cases[0].id, "x-1");
	assert_int_equal(suite->cases[0].checks[0].ntexts, 2);
	assert_int_equal(json_type(suite->cases[1].messages), JSON_ARRAY);
	assert_int_equal(suite->cases[2].line, 4);
	assert_true(str_eq_c(suite->cases[2].prompt, "x"));
}

static void prompts_and_conversations(void **state)
{
	(void)state;
	reads("x.yaml",
	      "prompts:\n"
	      "  - '[{\"role\":\"user\",\"content\":\"Say {{q}}\"}]'\n"
	      "  - {id: other, raw: '{{q}}'}\n"
	      "tests: [{description: both, vars: {q: 'a \"b\"'}, "
	      "assert: [{type: equals, value: ''}]}]\n",
	      2);
	const struct json m = json_at(suite->cases[0].messages, 0);
	assert_true(str_eq_c(json_str(json_get(m, "content")), "Say a \"b\""));
	assert_string_equal(suite->cases[1].id, "both-2");
	assert_true(str_eq_c(suite->cases[1].prompt, "a \"b\""));
	assert_int_equal(json_type(suite->cases[1].messages), JSON_NULL);
}

static void files_that_name_files(void **state)
{
	(void)state;
	files[1] = "- {vars: {q: 1}, assert: [{type: equals, value: 1}]}\n"
		   "- {vars: {q: 2}, assert: [{type: equals, value: 2}]}\n";
	reads("d/x.yaml", "prompts: ['{{q}}']\ntests: file://more.yaml\n", 2);
	assert_string_equal(suite->cases[1].file, "d/more.yaml");
	assert_string_equal(suite->cases[1].id, "more-2");
	assert_int_equal(suite->cases[1].line, 2);
	files[1] = "- file://more.yaml\n";
	refuses("x.yaml", "prompts: ['{{q}}']\ntests: file://more.yaml\n",
		"more.yaml:1: \"tests\": expected cases");
}

static void what_is_not_understood(void **state)
{
	static const char *const wrong[][2] = {
		{CASE("  - assert: [{type: javascript, value: x}]\n"),
		 "x.yaml:3: there is no assertion of type \"javascript\""},
		{CASE("  - vars: {q: a}\n    assert:\n      - type: contains\n"
		      "        value: a\n        weight: 2\n"),
		 "x.yaml:5: \"weight\" of an assertion is not supported"},
		{CASE("  - vars: {q: a}\n"), "x.yaml:3: a case without"},
		{CASE("  - {vars: {q: [a, b]}, assert: []}\n"),
		 "lists of values are not supported"},
		{CASE("  - {vars: {q: 'file://x'}, assert: []}\n"), "file"},
		{CASE("  - {vars: {p: a}, assert: [{type: is-json}]}\n"),
		 "{{q}}: \"vars\" has no such text"},
		{"prompts: ['{{q | upper}}']\ntests:\n"
		 "  - {vars: {q: a}, assert: [{type: is-json}]}\n",
		 "name of a variable and nothing else"},
		{"prompts: ['{% if q %}']\ntests:\n"
		 "  - {vars: {q: a}, assert: [{type: is-json}]}\n",
		 "begins an expression"},
		{CASE("  - {vars: {q: a}, threshold: 1, assert: []}\n"),
		 "\"threshold\" of a case is not supported"},
		{CASE("  - vars: {q: a}\n    assert: [{type: is-json}]\n"
		      "    assert: [{type: is-json}]\n"),
		 "x.yaml:5: a key stands twice"},
		{CASE("  - {vars: {q: a}, assert: [{type: regex, value: '('}]}"),
		 "regex: the pattern \"(\""},
		{CASE("  - {vars: {q: a}, assert: [{type: contains-any, "
		      "value: x}]}"),
		 "must be a list of 1 to"},
		{CASE("  - {vars: {q: a}, assert: [{type: contains, "
		      "value: ''}]}"),
		 "its value is empty"},
		{CASE("  - {vars: {q: a}, assert: [{type: cost, value: 1}]}"),
		 "cost has a \"threshold\", no value"},
		{CASE("  - {vars: {q: a}, assert: [{type: status, value: 9}]}"),
		 "HTTP status"},
		{CASE("  - {vars: {q: a}, assert: [{type: is-json, value: "
		      "{unevaluatedItems: 1}}]}"),
		 "unevaluatedItems"},
		{CASE("  - {description: A b, assert: [{type: is-json}], "
		      "vars: {q: a}}\n"
		      "  - {description: a B, assert: [{type: is-json}], "
		      "vars: {q: a}}\n"),
		 "x.yaml:4: \"a-b\" is the name of another case, x.yaml:3"},
		{"tests: []\n", "there are no \"tests\""},
		{"scenarios: []\n", "\"scenarios\" of a file of cases"},
		{"a: &x 1\nb: *x\n", "x.yaml:2: anchors and aliases"},
		{"a: [\n", "x.yaml:"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		refuses("x.yaml", wrong[i][0], wrong[i][1]);
	refuses("x.jsonl", "\n{\"input\":\"a\"}\n", "x.jsonl:2: \"ideal\"");
	refuses("x.jsonl", "{\"input\":1,\"ideal\":\"a\"}", "\"input\" must");
	refuses("x.jsonl", "{\"input\"", "x.jsonl:1: ");
	refuses("x.jsonl", "\n\n", "there is no case in it");
}

/* Answers -------------------------------------------------------------------
 */

static struct eval_answer answer;

static void holds(const char *assertion, bool expected, const char *why)
{
	struct eval_verdict v;
	struct buf text;

	buf_init(&text, &arena, (size_t)64 * 1024);
	buf_addf(&text, CASE("  - {vars: {q: a}, assert: [%s]}\n"), assertion);
	reads("x.yaml", buf_c(&text), 1);
	eval_check(&arena, &suite->cases[0].checks[0], &answer, &v);
	if (v.pass != expected)
		fail_msg("%s: %d, %s", assertion, v.pass, v.reason);
	if (strstr(v.reason, why) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", v.reason, why);
}

static void said(const char *text)
{
	answer = (struct eval_answer){.status = 200, .text = str_from(text)};
}

static void texts(void **state)
{
	(void)state;
	said("The quick brown Fox");
	holds("{type: equals, value: The quick brown Fox}", true, "");
	holds("{type: equals, value: the}", false,
	      "equals: expected \"the\", seen The quick");
	holds("{type: contains, value: Fox}", true, "");
	holds("{type: contains, value: fox}", false, "contains: expected");
	holds("{type: icontains, value: fOX}", true, "");
	holds("{type: not-icontains, value: fOX}", false, "not \"fOX\"");
	holds("{type: contains-any, value: [cat, Fox]}", true, "");
	holds("{type: contains-any, value: [cat, dog]}", false,
	      "\"cat\", \"dog\"");
	holds("{type: contains-all, value: [quick, Fox]}", true, "");
	holds("{type: contains-all, value: [quick, fox]}", false, "");
	holds("{type: icontains-all, value: [QUICK, fox]}", true, "");
	holds("{type: not-contains-any, value: [cat, dog]}", true, "");
	holds("{type: starts-with, value: The q}", true, "");
	holds("{type: starts-with, value: quick}", false, "");
	holds("{type: regex, value: 'qu\\w+ b'}", true, "");
	holds("{type: not-regex, value: '^fox'}", true, "");
	holds("{type: levenshtein, value: The quick brown Fax}", true, "");
	holds("{type: levenshtein, value: The, threshold: 3}", false,
	      "16 changes away, at most 3 may be");
	said("");
	holds("{type: contains, value: x}", false, "seen ");
	holds("{type: not-contains, value: x}", true, "");
}

/* Neither an assertion nor its contrary holds of what cannot be told. */
static void what_cannot_be_decided(void **state)
{
	(void)state;
	said("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!");
	holds("{type: regex, value: '^(a+)+$'}", false, "too many steps");
	holds("{type: not-regex, value: '^(a+)+$'}", false, "too many steps");
	holds("{type: cost, threshold: 1}", false, "its cost is not known");
	holds("{type: not-cites}", false, "this route tells no citations");
}

static void forms_and_figures(void **state)
{
	(void)state;
	said("{\"a\":1}");
	holds("{type: is-json}", true, "");
	holds("{type: is-json, value: {type: object, required: [a], "
	      "properties: {a: {type: integer}}}}",
	      true, "");
	holds("{type: is-json, value: {type: object, required: [b]}}", false,
	      "JSON as the schema says");
	said("no");
	holds("{type: is-json}", false, "expected JSON, seen no");
	answer.latency_ms = 20;
	answer.cost_pico = 1000;
	answer.cost_known = true;
	holds("{type: latency, threshold: 20}", true, "");
	holds("{type: latency, threshold: 19}", false, "19 ms, seen 20 ms");
	holds("{type: cost, threshold: 0.000000001}", true, "");
	holds("{type: cost, threshold: 0}", false, "seen 0.000000001");
	holds("{type: status, value: 200}", true, "");
	holds("{type: error, value: blocked}", false, "seen an answer");
	answer.status = 403;
	answer.code = STR("blocked");
	holds("{type: status, value: 200}", false, "expected 200, seen 403");
	holds("{type: error, value: blocked}", true, "");
}

static void citations(void **state)
{
	(void)state;
	said("So it is. [2]");
	answer.has_citations = true;
	assert_int_equal(
		json_parse(&arena,
			   STR("[{\"n\":1,\"title\":\"One\",\"url\":\"u/one\"},"
			       "{\"n\":2,\"title\":\"Two\",\"url\":\"\"}]"),
			   &answer.citations, NULL),
		ERR_OK);
	holds("{type: cites}", true, "");
	holds("{type: cites, value: two}", true, "");
	holds("{type: cites, value: one}", false, "seen Two");
	holds("{type: not-cites, value: one}", true, "");
	answer.text = STR("So it is.");
	holds("{type: cites}", false, "no citation");
}

static void distance(void **state)
{
	(void)state;
	assert_int_equal(eval_distance(&arena, STR("kitten"), STR("sitting")),
			 3);
	assert_int_equal(eval_distance(&arena, STR(""), STR("abc")), 3);
	assert_int_equal(eval_distance(&arena, STR("Füße"), STR("Fuße")), 1);
}

/* Reports -------------------------------------------------------------------
 */

static void reports(void **state)
{
	struct eval_run run = {.repeat = 1, .parallel = 1, .max_pico = -1};
	struct eval_sum sum;
	struct buf out;
	struct json v;

	(void)state;
	reads("x.yaml",
	      CASE("  - {description: <a>, vars: {q: a}, tags: [t], "
		   "assert: [{type: equals, value: '<&>'}]}\n"
		   "  - {vars: {q: b}, assert: [{type: is-json}]}\n"),
	      2);
	run.tag = "none";
	assert_int_equal(eval_run_plan(&run, &arena, suite, &problem),
			 ERR_INVALID_REQUEST);
	run.tag = NULL;
	run.service.url = "http://127.0.0.1";
	assert_int_equal(eval_run_plan(&run, &arena, suite, &problem), ERR_OK);
	said("\x01 no");
	run.results[0].answer = answer;
	run.results[0].state = EVAL_FAILED;
	run.results[0].cost_pico = run.spent_pico = 1500;
	eval_check(&arena, &suite->cases[0].checks[0], &answer,
		   &run.results[0].verdicts[0]);
	eval_sum(&run, &arena, &sum);
	assert_int_equal(sum.failed, 1);
	assert_int_equal(sum.not_run, 1);
	buf_init(&out, &arena, (size_t)64 * 1024);
	eval_report_junit(&run, &arena, &out);
	assert_non_null(strstr(buf_c(&out), "tests=\"2\" failures=\"1\" "
					    "errors=\"0\" skipped=\"1\""));
	assert_non_null(strstr(buf_c(&out), "&lt;&amp;&gt;"));
	assert_null(strchr(buf_c(&out), '\x01'));
	buf_reset(&out);
	eval_report_json(&run, &arena, &out);
	assert_int_equal(json_parse(&arena, buf_str(&out), &v, NULL), ERR_OK);
	v = json_get(v, "results");
	assert_int_equal(json_i64(json_get(json_get(v, "stats"), "failures")),
			 1);
	v = json_at(json_get(v, "results"), 0);
	assert_true(str_eq_c(json_text(json_get(v, "cost")), "0.0000000015"));
	assert_true(str_eq_c(json_str(json_get(v, "state")), "failed"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(yaml_of_promptfoo, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(lines_of_json, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(prompts_and_conversations,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(files_that_name_files, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(what_is_not_understood, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(texts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_cannot_be_decided, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(forms_and_figures, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(citations, set_up, tear_down),
		cmocka_unit_test_setup_teardown(distance, set_up, tear_down),
		cmocka_unit_test_setup_teardown(reports, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
