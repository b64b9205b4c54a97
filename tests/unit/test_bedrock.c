/*
 * The adapter `bedrock`: what it makes of answers of ConverseStream, for every
 * way of cutting them, and what it writes.  Run from the top of the tree.
 */
#include "answers.h"
#include "llm/adapters.h"
#include "llm/eventstream.h"
#include "requests.h"

#define FIXTURES "tests/fixtures/bedrock/"

/* Answers ------------------------------------------------------------- */

static const char *const fixtures[] = {
	"text",
	"cache",
	"zero_usage",
	"tools",
	"json_tool",
	"reasoning",
	"guardrail",
	"usage_first",
	"no_metadata",
	"cut_after_text",
	"cut_in_message",
	"empty",
	"exception_first",
	"exception_after_text",
	"exception_timeout",
	"exception_validation",
	"error_message",
	"unknown",
	"garbage_html",
	"garbage_json",
	"garbage_word",
	"checksum_of_message",
	"checksum_of_length",
	"length_over_ceiling",
	"headers_broken",
};

static void answers_are_read_the_same_for_every_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(fixtures); i++) {
		struct transcript t;
		print_message("  %s\n", fixtures[i]);
		run_all_cuts(
			&provider_bedrock, &t,
			read_fixture(&arena, FIXTURES, fixtures[i], ".bin"));
		assert_string_equal(
			buf_c(&t.lines),
			read_fixture(&arena, FIXTURES, fixtures[i], ".events")
				.p);
		transcript_release(&t);
		arena_clear(&arena);
	}
}

/* However much of an answer arrives, it has one end. */
static void cut_after_every_byte(void **state)
{
	const struct str body = read_fixture(&arena, FIXTURES, "text", ".bin");

	(void)state;
	for (size_t n = 0; n < body.n; n++) {
		struct transcript t;
		run_answer(&provider_bedrock, &t, (struct str){body.p, n},
			   piece_whole, NULL);
		assert_true(t.error == ERR_OK ? !t.usage_seen
					      : t.error == ERR_UPSTREAM_CUT);
		assert_true(str_starts(STR("Gr\xC3\xBC\xC3\x9F Gott"),
				       buf_str(&t.text)));
		transcript_release(&t);
	}
}

/* No byte can change without being noticed. */
static void every_byte_is_under_a_checksum(void **state)
{
	const struct str body = read_fixture(&arena, FIXTURES, "text", ".bin");
	char *const copy = str_dup(&arena, body);

	(void)state;
	for (size_t i = 0; i < body.n; i++) {
		struct transcript t;
		copy[i] = (char)(copy[i] ^ 0x10);
		run_answer(&provider_bedrock, &t, (struct str){copy, body.n},
			   piece_whole, NULL);
		assert_int_equal(t.nends, 1);
		assert_true(t.error == ERR_UPSTREAM ||
			    t.error == ERR_UPSTREAM_CUT);
		assert_true(str_starts(STR("Gr\xC3\xBC\xC3\x9F Gott"),
				       buf_str(&t.text)));
		transcript_release(&t);
		copy[i] = body.p[i];
	}
}

/* The vectors of the protocol: an empty message, and numbers as headers. */
static void count(void *arg, const struct eventstream_message *m)
{
	size_t *const n = arg;

	*n += 1 + m->payload.n + m->event_type.n;
}

static void messages_without_anything(void **state)
{
	static const char empty[] =
		"\x00\x00\x00\x10\x00\x00\x00\x00\x05\xc2\x48\xeb\x7d\x98\xc8"
		"\xff";
	struct eventstream s;
	const char *why = NULL;
	size_t n = 0;

	(void)state;
	eventstream_init(&s, &arena, count, &n);
	for (int i = 0; i < 3; i++)
		assert_int_equal(
			eventstream_feed(&s, (struct str){empty, 16}, &why),
			ERR_OK);
	assert_int_equal(n, 3);
}

/* Requests ------------------------------------------------------------ */

static const struct conf_provider conf = {
	.name = "aws",
	.base_url = "https://bedrock-runtime.eu-west-1.amazonaws.com",
	.region = "eu-west-1",
	.access_key = {"AKID", 4},
	.secret_key = {"secret", 6},
};

static const char *body_of(const struct llm_request *req)
{
	return written(&arena, &provider_bedrock, &conf, req);
}

static void all_of_a_request_is_written(void **state)
{
	struct llm_request req =
		requests_rich("anthropic.claude-sonnet-4-5-20250929-v1:0");

	(void)state;
	req.tool_choice = LLM_TOOLS_NAMED;
	req.tool_named = STR("now");
	req.format = LLM_FORMAT_SCHEMA;
	req.schema = STR("{\"type\":\"object\"}");
	assert_string_equal(
		body_of(&req),
		"{\"system\":[{\"text\":\"Be brief.\"}],\"messages\":["
		"{\"role\":\"user\",\"content\":["
		"{\"text\":\"Where is this?\"},"
		"{\"image\":{\"format\":\"png\",\"source\":{"
		"\"bytes\":\"iVBORw0=\"}}}]},"
		"{\"role\":\"assistant\",\"content\":["
		"{\"text\":\"I look.\"},"
		"{\"toolUse\":{\"toolUseId\":\"call_1\","
		"\"name\":\"weather\",\"input\":{\"city\":\"Graz\"}}},"
		"{\"toolUse\":{\"toolUseId\":\"call_2\","
		"\"name\":\"now\",\"input\":{}}}]},"
		"{\"role\":\"user\",\"content\":["
		"{\"toolResult\":{\"toolUseId\":\"call_1\","
		"\"content\":[{\"text\":\"21 \\\"C\\\"\"}]}},"
		"{\"toolResult\":{\"toolUseId\":\"call_2\","
		"\"content\":[{\"text\":\"no clock\"}],"
		"\"status\":\"error\"}},"
		"{\"text\":\"Well?\"}]}],"
		"\"inferenceConfig\":{\"maxTokens\":300,\"temperature\":0.2,"
		"\"stopSequences\":[\"END\",\"\\n\"]},"
		"\"toolConfig\":{\"tools\":[{\"toolSpec\":{"
		"\"name\":\"weather\",\"description\":\"The weather.\","
		"\"inputSchema\":{\"json\":{\"type\":\"object\"}}}},"
		"{\"toolSpec\":{\"name\":\"now\",\"inputSchema\":{\"json\":{"
		"\"type\":\"object\",\"properties\":{}}}}}],"
		"\"toolChoice\":{\"tool\":{\"name\":\"now\"}}},"
		"\"outputConfig\":{\"textFormat\":{\"type\":\"json_schema\","
		"\"structure\":{\"jsonSchema\":{"
		"\"schema\":\"{\\\"type\\\":\\\"object\\\"}\","
		"\"name\":\"answer\"}}}}}");
}

static void what_models_take(void **state)
{
	static const struct {
		const char *model;
		const char *wanted;
	} cases[] = {
		{"us.anthropic.claude-sonnet-4-5-20250929-v1:0",
		 "\"additionalModelRequestFields\":{\"thinking\":{\"type\":"
		 "\"enabled\",\"budget_tokens\":2000}}"},
		{"eu.anthropic.claude-opus-4-8",
		 "\"additionalModelRequestFields\":{\"thinking\":{\"type\":"
		 "\"adaptive\"},\"output_config\":{\"effort\":\"medium\"}}"},
		{"amazon.nova-pro-v1:0", "\"toolChoice\":{\"tool\":{\"name\":"
					 "\"slipway_json_answer\"}}"},
		{"meta.llama3-3-70b-instruct-v1:0", "\"outputConfig\":{"},
		{"anthropic.claude-3-haiku-20240307-v1:0",
		 "\"toolChoice\":{\"tool\":{\"name\":"
		 "\"slipway_json_answer\"}}"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct llm_request req = requests_short(cases[i].model);
		req.max_output_tokens = 4000;
		req.reasoning_effort = STR("medium");
		req.format = LLM_FORMAT_SCHEMA;
		req.schema = STR("{\"type\":\"object\"}");
		expect_text(body_of(&req), cases[i].wanted, true);
	}
}

/* Thoughts go back to Claude when it thinks; nobody else is asked to. */
static void thinking_and_thoughts(void **state)
{
	static struct llm_part parts[] = {
		{.kind = LLM_PART_THOUGHT,
		 .text = TEXT_OF("Hm."),
		 .data = TEXT_OF("EqQB")},
		{.kind = LLM_PART_SEALED_THOUGHT, .data = TEXT_OF("c2U=")},
	};
	const struct llm_message talk[] = {
		{.role = LLM_USER, .text = TEXT_OF("Where?")},
		{.role = LLM_ASSISTANT,
		 .text = TEXT_OF("Here."),
		 .parts = parts,
		 .nparts = 2},
		{.role = LLM_USER, .text = TEXT_OF("Why?")},
	};
	struct llm_request req = requests_short("anthropic.claude-opus-4-1");

	(void)state;
	req.messages = talk;
	req.nmessages = COUNT(talk);
	req.max_output_tokens = 4000;
	req.thinking = LLM_THINKING_BUDGET;
	req.thinking_tokens = 1500;
	const char *body = body_of(&req);
	expect_text(body,
		    "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":"
		    "1500}",
		    true);
	expect_text(body,
		    "{\"reasoningContent\":{\"reasoningText\":{\"text\":"
		    "\"Hm.\",\"signature\":\"EqQB\"}}},"
		    "{\"reasoningContent\":{\"redactedContent\":\"c2U=\"}}",
		    true);
	req.model = STR("amazon.nova-pro-v1:0");
	req.temperature = STR("0.5");
	body = body_of(&req);
	expect_text(body, "thinking", false);
	expect_text(body, "reasoningContent", false);
	expect_text(body, "\"temperature\":0.5", true);
}

/* Tools cannot be forbidden here, so they are not offered. */
static void forbidden_tools(void **state)
{
	struct llm_request req = requests_rich("amazon.nova-pro-v1:0");

	(void)state;
	req.tool_choice = LLM_TOOLS_NONE;
	const char *const body = body_of(&req);
	expect_text(body, "\"toolChoice\"", false);
	expect_text(body, "The weather.", false);
	expect_text(body, "\"toolSpec\":{\"name\":\"weather\"", true);
	req = requests_short("amazon.nova-pro-v1:0");
	req.tools = requests_tools;
	req.ntools = COUNT(requests_tools);
	req.tool_choice = LLM_TOOLS_NONE;
	expect_text(body_of(&req), "\"toolConfig\"", false);
}

/* Documents are text, and where only the system speaks, it asks. */
static void documents_and_the_system_alone(void **state)
{
	const struct llm_request document =
		requests_of("anthropic.claude-opus-4-1", requests_reading, 1);
	const struct llm_request orders =
		requests_of("amazon.nova-pro-v1:0", requests_orders, 3);

	(void)state;
	expect_text(body_of(&document),
		    "\"content\":[{\"text\":\"" REQUESTS_DOCUMENT_TEXT "\"}]",
		    true);
	expect_text(body_of(&orders), "\"system\":[{\"text\":\"Be brief.\"}]",
		    true);
	expect_text(body_of(&orders),
		    "\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":"
		    "\"Name a colour.\"}]}]",
		    true);
}

static enum err encode(const struct conf_provider *c, const char *model,
		       struct provider_request *out, struct errbuf *e)
{
	const struct llm_request req = requests_short(model);

	err_clear(e);
	return provider_bedrock.encode(&arena, c, &req, out, e);
}

/* The path that is signed is the path that is asked for, escaped once more. */
static void models_are_escaped_in_the_path(void **state)
{
	struct provider_request r = {0};
	struct errbuf e;

	(void)state;
	assert_int_equal(encode(&conf, "us.amazon.nova-pro-v1:0", &r, &e),
			 ERR_OK);
	assert_string_equal(r.sigv4, "aws:amz:eu-west-1:bedrock");
	assert_string_equal(r.target,
			    "/model/us.amazon.nova-pro-v1%3A0/converse-stream");
	assert_string_equal(r.url,
			    "https://bedrock-runtime.eu-west-1.amazonaws.com"
			    "/model/us.amazon.nova-pro-v1%253A0"
			    "/converse-stream");
	assert_int_equal(encode(&conf,
				"arn:aws:bedrock:us-east-1:123:"
				"application-inference-profile/ab c",
				&r, &e),
			 ERR_OK);
	assert_string_equal(r.target,
			    "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123%3A"
			    "application-inference-profile%2Fab%20c"
			    "/converse-stream");
	assert_int_equal(encode(&conf, "..", &r, &e), ERR_UPSTREAM_REJECTED);
	assert_int_equal(encode(&conf, "", &r, &e), ERR_UPSTREAM_REJECTED);
}

static void keys_are_needed(void **state)
{
	struct conf_provider c = conf;
	struct provider_request r = {0};
	struct errbuf e;

	(void)state;
	c.session_token = (struct conf_secret){"tok/en==", 8};
	assert_int_equal(encode(&c, "m", &r, &e), ERR_OK);
	assert_int_equal(r.nheaders, 3);
	assert_string_equal(r.headers[2], "X-Amz-Security-Token: tok/en==");
	c.session_token = (struct conf_secret){"a b", 3};
	assert_int_equal(encode(&c, "m", &r, &e), ERR_CONFIG);
	c = conf;
	c.secret_key = (struct conf_secret){NULL, 0};
	assert_int_equal(encode(&c, "m", &r, &e), ERR_CONFIG);
	assert_non_null(strstr(e.detail, "secret_key_file"));
	c.api_key = (struct conf_secret){"ABSK", 4};
	assert_int_equal(encode(&c, "m", &r, &e), ERR_OK);
	assert_null(r.sigv4);
	assert_string_equal(r.headers[2], "Authorization: Bearer ABSK");
	assert_string_equal(r.url,
			    "https://bedrock-runtime.eu-west-1.amazonaws.com"
			    "/model/m/converse-stream");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_are_read_the_same_for_every_cut),
		cmocka_unit_test(cut_after_every_byte),
		cmocka_unit_test(every_byte_is_under_a_checksum),
		cmocka_unit_test(messages_without_anything),
		cmocka_unit_test(all_of_a_request_is_written),
		cmocka_unit_test(what_models_take),
		cmocka_unit_test(thinking_and_thoughts),
		cmocka_unit_test(forbidden_tools),
		cmocka_unit_test(documents_and_the_system_alone),
		cmocka_unit_test(models_are_escaped_in_the_path),
		cmocka_unit_test(keys_are_needed),
	};

	return cmocka_run_group_tests(tests, requests_begin, requests_end);
}
