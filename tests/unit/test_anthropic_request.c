/*
 * The adapter `anthropic`: the requests it writes, model by model.
 */
#include "base/num.h"
#include "llm/adapters.h"
#include "requests.h"

static const struct conf_provider conf = {
	.name = "claude",
	.base_url = "https://api.anthropic.com",
	.api_key = {"sk-ant-1", 8},
	.api_key_source = "api_key_file (/k)",
};

static const char *body_of(const struct llm_request *req)
{
	return written(&arena, &provider_anthropic, &conf, req);
}

static void all_of_a_request_is_written(void **state)
{
	const struct llm_request req = requests_rich("claude-opus-4-1");

	(void)state;
	assert_string_equal(
		body_of(&req),
		"{\"model\":\"claude-opus-4-1\",\"max_tokens\":300,\"system\":["
		"{\"type\":\"text\",\"text\":\"Be brief.\"}],\"messages\":["
		"{\"role\":\"user\",\"content\":["
		"{\"type\":\"text\",\"text\":\"Where is this?\"},"
		"{\"type\":\"image\",\"source\":{\"type\":\"base64\","
		"\"media_type\":\"image/png\",\"data\":\"iVBORw0=\"}}]},"
		"{\"role\":\"assistant\",\"content\":["
		"{\"type\":\"text\",\"text\":\"I look.\"},"
		"{\"type\":\"tool_use\",\"id\":\"call_1\","
		"\"name\":\"weather\",\"input\":{\"city\":\"Graz\"}},"
		"{\"type\":\"tool_use\",\"id\":\"call_2\","
		"\"name\":\"now\",\"input\":{}}]},"
		"{\"role\":\"user\",\"content\":["
		"{\"type\":\"tool_result\",\"tool_use_id\":\"call_1\","
		"\"content\":\"21 \\\"C\\\"\"},"
		"{\"type\":\"tool_result\",\"tool_use_id\":\"call_2\","
		"\"content\":\"no clock\",\"is_error\":true},"
		"{\"type\":\"text\",\"text\":\"Well?\"}]}],"
		"\"tools\":[{\"name\":\"weather\","
		"\"description\":\"The weather.\","
		"\"input_schema\":{\"type\":\"object\"}},"
		"{\"name\":\"now\",\"input_schema\":{\"type\":\"object\","
		"\"properties\":{}}}],"
		"\"temperature\":0.2,\"stop_sequences\":[\"END\"],"
		"\"metadata\":{\"user_id\":\"u-1\"},\"stream\":true}");
}

/* What one model refuses with 400 is not sent to it. */
static const struct {
	const char *model;
	bool sampling;
	bool budget;
	bool adaptive;
	bool format; /* else a tool is forced */
} models[] = {
	{"claude-3-haiku-20240307", true, false, false, false},
	{"claude-3-5-haiku-latest", true, false, false, false},
	{"claude-3-7-sonnet-20250219", true, true, false, false},
	{"claude-opus-4-20250514", true, true, false, false},
	{"claude-opus-4-1-20250805", true, true, false, false},
	{"claude-sonnet-4-5", true, true, false, true},
	{"claude-haiku-4-5-20251001", true, true, false, true},
	{"claude-opus-4-6", true, false, true, true},
	{"claude-opus-4-7", false, false, true, true},
	{"claude-sonnet-5", false, false, true, true},
	{"claude-opus-5", false, false, true, true},
	{"claude-fable-5-1", false, false, true, true},
	{"claude-next", false, false, true, true},
	{"claude-opus-10", false, false, true, true},
	{"kimi-k2", true, false, false, false},
};

static void each_model_gets_what_it_takes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(models); i++) {
		struct llm_request req = requests_short(models[i].model);
		print_message("  %s\n", models[i].model);
		req.temperature = STR("1.5");
		const char *body = body_of(&req);
		expect_text(body, "\"temperature\":1,", models[i].sampling);
		expect_text(body, "\"temperature\"", models[i].sampling);
		req.max_output_tokens = 4000;
		req.reasoning_effort = STR("medium");
		body = body_of(&req);
		expect_text(body,
			    "\"thinking\":{\"type\":\"enabled\","
			    "\"budget_tokens\":2000}",
			    models[i].budget);
		expect_text(body,
			    "\"thinking\":{\"type\":\"adaptive\"},"
			    "\"output_config\":{\"effort\":\"medium\"}",
			    models[i].adaptive);
		expect_text(body, "\"temperature\"",
			    models[i].sampling && !models[i].budget &&
				    !models[i].adaptive);
	}
}

static void each_model_keeps_to_a_schema(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(models); i++) {
		struct llm_request req = requests_short(models[i].model);
		req.format = LLM_FORMAT_SCHEMA;
		req.schema = STR("{\"type\":\"object\",\"title\":\"T\"}");
		const char *const body = body_of(&req);
		expect_text(body,
			    "\"output_config\":{\"format\":{\"type\":"
			    "\"json_schema\",\"schema\":{\"type\":\"object\","
			    "\"title\":\"T\"}}}",
			    models[i].format);
		expect_text(body,
			    "\"input_schema\":{\"type\":\"object\","
			    "\"title\":\"T\"}}],\"tool_choice\":{\"type\":"
			    "\"tool\",\"name\":\"slipway_json_answer\"}",
			    !models[i].format);
	}
}

/* max_tokens is the bound of both, and a budget is below it. */
static void thinking_stays_within_the_limit(void **state)
{
	static const char *const efforts[] = {"minimal", "low", "medium",
					      "high", "xhigh"};

	(void)state;
	for (int64_t limit = 1; limit < 5000; limit += 97)
		for (size_t i = 0; i < COUNT(efforts); i++) {
			struct llm_request req =
				requests_short("claude-sonnet-4-5");
			char wanted[64];
			req.max_output_tokens = limit;
			req.reasoning_effort = str_from(efforts[i]);
			const char *const body = body_of(&req);
			(void)snprintf(wanted, sizeof(wanted),
				       "\"max_tokens\":%d,", (int)limit);
			expect_text(body, wanted, true);
			const char *const budget =
				strstr(body, "\"budget_tokens\":");
			if (budget == NULL)
				continue;
			int64_t n = 0;
			struct str digits = STR_NONE;
			struct str rest = STR_NONE;
			assert_true(str_cut(str_from(budget + 16), '}', &digits,
					    &rest));
			assert_int_equal(
				num_parse_i64(digits, 1024, limit - 1, &n),
				ERR_OK);
			arena_clear(&arena);
		}
}

/* Each of these is refused together with thinking. */
static void no_thinking_where_it_is_refused(void **state)
{
	struct llm_request req = requests_rich("claude-sonnet-4-5");

	(void)state;
	req.max_output_tokens = 4000;
	req.reasoning_effort = STR("high");
	expect_text(body_of(&req), "\"thinking\"", true);
	req.tool_choice = LLM_TOOLS_REQUIRED;
	expect_text(body_of(&req), "\"thinking\"", false);
	req.tool_choice = LLM_TOOLS_AUTO;
	req.nmessages--; /* a result is the last: its thoughts are missing */
	expect_text(body_of(&req), "\"thinking\"", false);
	req = requests_short("claude-opus-4-1");
	req.max_output_tokens = 4000;
	req.reasoning_effort = STR("high");
	req.format = LLM_FORMAT_SCHEMA;
	req.schema = STR("{}");
	expect_text(body_of(&req), "\"thinking\"", false);
}

/* What is asked for in this API's words, by model. */
static void thinking_as_it_is_asked_for(void **state)
{
	static const struct {
		const char *model;
		enum llm_thinking thinking;
		const char *effort;
		const char *wanted; /* NULL: no such member */
	} cases[] = {
		{"claude-sonnet-4-5", LLM_THINKING_BUDGET, "",
		 "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":1500}"},
		{"claude-sonnet-4-5", LLM_THINKING_ADAPTIVE, "",
		 "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":3200}"},
		{"claude-sonnet-4-5", LLM_THINKING_OFF, "",
		 "\"thinking\":{\"type\":\"disabled\"}"},
		{"claude-sonnet-4-5", LLM_THINKING_UNASKED, "high", NULL},
		{"claude-3-haiku", LLM_THINKING_BUDGET, "", NULL},
		{"claude-opus-4-7", LLM_THINKING_BUDGET, "",
		 "\"thinking\":{\"type\":\"adaptive\"},\"output_config\":{"
		 "\"effort\":\"medium\"}"},
		{"claude-opus-4-7", LLM_THINKING_BUDGET, "low",
		 "\"thinking\":{\"type\":\"adaptive\"},\"output_config\":{"
		 "\"effort\":\"low\"}"},
		{"claude-opus-4-7", LLM_THINKING_ADAPTIVE, "",
		 "\"thinking\":{\"type\":\"adaptive\"},\"stream\""},
		{"claude-opus-4-7", LLM_THINKING_UNASKED, "high",
		 "\"max_tokens\":4000,\"messages\":[{\"role\":\"user\","
		 "\"content\":[{\"type\":\"text\",\"text\":\"Well?\"}]}],"
		 "\"output_config\":{\"effort\":\"high\"}"},
		{"kimi-k2", LLM_THINKING_BUDGET, "",
		 "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":1500}"},
		{"kimi-k2", LLM_THINKING_BY_EFFORT, "high", NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct llm_request req = requests_short(cases[i].model);
		print_message("  %s\n", cases[i].model);
		req.max_output_tokens = 4000;
		req.thinking = cases[i].thinking;
		req.thinking_tokens = 1500;
		req.reasoning_effort = str_from(cases[i].effort);
		expect_text(body_of(&req),
			    cases[i].wanted != NULL ? cases[i].wanted
						    : "\"thinking\"",
			    cases[i].wanted != NULL);
	}
	/* the output was lowered since */
	struct llm_request req = requests_short("claude-sonnet-4-5");
	req.thinking = LLM_THINKING_BUDGET;
	req.thinking_tokens = 8000;
	req.max_output_tokens = 2000;
	expect_text(body_of(&req), "\"budget_tokens\":1600}", true);
	req.max_output_tokens = 1024;
	expect_text(body_of(&req), "\"thinking\"", false);
}

/* They go back to who had them, and only when it may think on. */
static void thoughts_are_given_back(void **state)
{
	static struct llm_part parts[] = {
		{.kind = LLM_PART_THOUGHT,
		 .text = TEXT_OF("Hm."),
		 .data = TEXT_OF("EqQB")},
		{.kind = LLM_PART_SEALED_THOUGHT, .data = TEXT_OF("c2U=")},
		{.kind = LLM_PART_TOOL_CALL,
		 .id = TEXT_OF("call_1"),
		 .name = TEXT_OF("weather"),
		 .text = TEXT_OF("{}")},
	};
	static const char thoughts[] =
		"{\"type\":\"thinking\",\"thinking\":\"Hm.\","
		"\"signature\":\"EqQB\"},{\"type\":\"redacted_thinking\","
		"\"data\":\"c2U=\"},{\"type\":\"tool_use\"";
	struct llm_message talk[] = {
		{.role = LLM_USER, .text = TEXT_OF("Where?")},
		{.role = LLM_ASSISTANT, .parts = parts, .nparts = 3},
		{.role = LLM_TOOL,
		 .parts = (struct llm_part *)(uintptr_t)requests_result_1,
		 .nparts = 1},
	};
	struct llm_request req = requests_short("claude-sonnet-4-5");

	(void)state;
	req.messages = talk;
	req.nmessages = COUNT(talk);
	req.max_output_tokens = 4000;
	req.thinking = LLM_THINKING_BUDGET;
	req.thinking_tokens = 1500;
	expect_text(body_of(&req), thoughts, true);
	expect_text(body_of(&req), "\"budget_tokens\":1500", true);
	req.thinking = LLM_THINKING_OFF;
	expect_text(body_of(&req), "Hm.", false);
	expect_text(body_of(&req), "c2U=", false);
	req.thinking = LLM_THINKING_BUDGET;
	talk[1].parts += 2; /* without them it may not think on */
	talk[1].nparts = 1;
	expect_text(body_of(&req), "budget_tokens", false);
	/* a message of nothing else is none */
	talk[1].parts = parts;
	talk[1].nparts = 2;
	req.nmessages = 2;
	expect_text(body_of(&req), "assistant", false);
}

/* Others that speak this API get it as text. */
static void documents_keep_their_title(void **state)
{
	const struct llm_request req =
		requests_of("claude-opus-4-1", requests_reading, 1);
	const struct llm_request other =
		requests_of("kimi-k2", requests_reading, 1);

	(void)state;
	expect_text(body_of(&req),
		    "[{\"type\":\"document\",\"source\":{\"type\":\"text\","
		    "\"media_type\":\"text/plain\",\"data\":\"All rights.\"},"
		    "\"title\":\"Law\",\"context\":\"of 1920\"}]",
		    true);
	expect_text(body_of(&other),
		    "[{\"type\":\"text\",\"text\":\"" REQUESTS_DOCUMENT_TEXT
		    "\"}]",
		    true);
}

/* The last that says something is the user's. */
static void the_system_alone_can_ask(void **state)
{
	const struct llm_request req =
		requests_of("claude-opus-4-1", requests_orders, 3);

	(void)state;
	expect_text(body_of(&req),
		    "\"system\":[{\"type\":\"text\",\"text\":\"Be brief.\"}],"
		    "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":"
		    "\"text\",\"text\":\"Name a colour.\"}]}]",
		    true);
}

static void choices_of_tools(void **state)
{
	static const struct {
		enum llm_tool_choice choice;
		bool one;
		const char *wanted;
	} cases[] = {
		{LLM_TOOLS_AUTO, false, NULL},
		{LLM_TOOLS_AUTO, true,
		 "{\"type\":\"auto\",\"disable_parallel_tool_use\":true}"},
		{LLM_TOOLS_NONE, true, "{\"type\":\"none\"}"},
		{LLM_TOOLS_REQUIRED, false, "{\"type\":\"any\"}"},
		{LLM_TOOLS_NAMED, true,
		 "{\"type\":\"tool\",\"name\":\"now\","
		 "\"disable_parallel_tool_use\":true}"},
	};
	struct llm_request req = requests_rich("claude-opus-4-8");

	(void)state;
	req.tool_named = STR("now");
	expect_text(body_of(&req), "\"strict\":true", true);
	for (size_t i = 0; i < COUNT(cases); i++) {
		req.tool_choice = cases[i].choice;
		req.one_tool_at_a_time = cases[i].one;
		const char *const body = body_of(&req);
		expect_text(body, "\"tool_choice\":", cases[i].wanted != NULL);
		if (cases[i].wanted != NULL)
			expect_text(body, cases[i].wanted, true);
	}
	/* calls in the conversation whose tools are gone */
	req.ntools = 0;
	req.tool_choice = LLM_TOOLS_AUTO;
	expect_text(body_of(&req),
		    "\"tools\":[{\"name\":\"weather\",\"input_schema\":{"
		    "\"type\":\"object\",\"properties\":{}}},{\"name\":\"now\","
		    "\"input_schema\":{\"type\":\"object\",\"properties\":{}}}"
		    "],\"tool_choice\":{\"type\":\"none\"}",
		    true);
}

static void a_json_object_is_asked_for_in_words(void **state)
{
	struct llm_request req = requests_short("claude-opus-4-8");

	(void)state;
	req.format = LLM_FORMAT_JSON;
	expect_text(body_of(&req),
		    "\"system\":[{\"type\":\"text\",\"text\":\"Answer with one "
		    "JSON object",
		    true);
}

#define SAID(who, words)                              \
	{                                             \
		.role = (who), .text = TEXT_OF(words) \
	}

/* Neighbours of a side become one; what is empty is left out. */
static void sides_take_turns(void **state)
{
	static const struct llm_message talk[] = {
		SAID(LLM_ASSISTANT, "Hello!"), SAID(LLM_USER, " \n"),
		SAID(LLM_ASSISTANT, "You?"),   SAID(LLM_SYSTEM, "Rule"),
		SAID(LLM_USER, "a"),           SAID(LLM_USER, ""),
		SAID(LLM_USER, "b"),           SAID(LLM_ASSISTANT, "It is \n"),
	};
	struct llm_request req = requests_short("claude-sonnet-4-5");

	(void)state;
	req.messages = talk;
	req.nmessages = COUNT(talk);
	expect_text(body_of(&req),
		    "\"messages\":["
		    "{\"role\":\"user\",\"content\":["
		    "{\"type\":\"text\",\"text\":\".\"}]},"
		    "{\"role\":\"assistant\",\"content\":["
		    "{\"type\":\"text\",\"text\":\"Hello!\"},"
		    "{\"type\":\"text\",\"text\":\"You?\"}]},"
		    "{\"role\":\"user\",\"content\":["
		    "{\"type\":\"text\",\"text\":\"a\"},"
		    "{\"type\":\"text\",\"text\":\"b\"}]},"
		    "{\"role\":\"assistant\",\"content\":["
		    "{\"type\":\"text\",\"text\":\"It is\"}]}]",
		    true);
}

/* Arguments come from a client: they cannot break out of their place. */
static void arguments_that_are_no_object(void **state)
{
	static const struct {
		struct str text;
		const char *wanted;
	} cases[] = {
		{TEXT_OF("{\"a\":1}"), "\"input\":{\"a\":1}"},
		{TEXT_OF(" \n"), "\"input\":{}"},
		{TEXT_OF("[1]"), "\"input\":{\"arguments\":\"[1]\"}"},
		{TEXT_OF("{}},\"stream\":false,\"x\":{\"y\":{"),
		 "\"input\":{\"arguments\":\"{}},\\\"stream\\\":false,"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct llm_part part = {.kind = LLM_PART_TOOL_CALL,
					.id = STR("i"),
					.name = STR("f"),
					.text = cases[i].text};
		const struct llm_message m = {
			.role = LLM_ASSISTANT, .parts = &part, .nparts = 1};
		struct llm_request req = requests_short("claude-opus-4-8");
		req.messages = &m;
		expect_text(body_of(&req), cases[i].wanted, true);
	}
}

static void extras_that_are_allowed(void **state)
{
	static const struct llm_extra extras[] = {
		{TEXT_OF("top_k"), TEXT_OF("5")},
		{TEXT_OF("service_tier"), TEXT_OF("\"auto\"")},
		{TEXT_OF("max_tokens"), TEXT_OF("100000")},
		{TEXT_OF("thinking"), TEXT_OF("{}")},
	};
	struct llm_request req = requests_short("claude-sonnet-4-5");

	(void)state;
	req.extras = extras;
	req.nextras = COUNT(extras);
	expect_text(body_of(&req), "\"top_k\"", false);
	req.extras_of = LLM_DIALECT_ANTHROPIC;
	const char *const body = body_of(&req);
	expect_text(body, "\"top_k\":5", true);
	expect_text(body, "service_tier", false);
	expect_text(body, "100000", false);
	expect_text(body, "thinking", false);
}

static void images_of_other_types_are_refused(void **state)
{
	struct llm_part part = {.kind = LLM_PART_IMAGE,
				.media_type = STR("image/svg+xml"),
				.data = STR("AA==")};
	const struct llm_message m = {
		.role = LLM_USER, .parts = &part, .nparts = 1};
	struct llm_request req = requests_short("claude-sonnet-4-5");
	struct provider_request out = {0};
	struct errbuf e;

	(void)state;
	err_clear(&e);
	req.messages = &m;
	assert_int_equal(
		provider_anthropic.encode(&arena, &conf, &req, &out, &e),
		ERR_UPSTREAM_REJECTED);
	assert_non_null(strstr(e.detail, "image"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_a_request_is_written),
		cmocka_unit_test(each_model_gets_what_it_takes),
		cmocka_unit_test(each_model_keeps_to_a_schema),
		cmocka_unit_test(thinking_stays_within_the_limit),
		cmocka_unit_test(no_thinking_where_it_is_refused),
		cmocka_unit_test(thinking_as_it_is_asked_for),
		cmocka_unit_test(thoughts_are_given_back),
		cmocka_unit_test(documents_keep_their_title),
		cmocka_unit_test(the_system_alone_can_ask),
		cmocka_unit_test(choices_of_tools),
		cmocka_unit_test(a_json_object_is_asked_for_in_words),
		cmocka_unit_test(sides_take_turns),
		cmocka_unit_test(arguments_that_are_no_object),
		cmocka_unit_test(extras_that_are_allowed),
		cmocka_unit_test(images_of_other_types_are_refused),
	};

	return cmocka_run_group_tests(tests, requests_begin, requests_end);
}
