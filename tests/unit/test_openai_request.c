/*
 * The adapter `openai`: the requests it writes, and which it refuses to.
 */
#include "llm/adapters.h"
#include "llm/wire.h"

#include "requests.h"

#define ARENA_BYTES REQUESTS_BYTES

#define SAID(who, words)                                            \
	{                                                           \
		.role = (who), .text = { words, sizeof(words) - 1 } \
	}
static const struct llm_message messages[] = {
	SAID(LLM_SYSTEM, "Be \"brief\"."),
	SAID(LLM_USER, "Gr\xC3\xBC\xC3\x9F Gott\n"),
	SAID(LLM_ASSISTANT, "Servus"), SAID(LLM_TOOL, ""), /* nothing */
};

static enum err encode(struct arena *a, const char *base_url, const char *key,
		       struct provider_request *out, struct errbuf *e)
{
	const struct conf_provider conf = {
		.name = "main",
		.base_url = base_url,
		.api_key = {key, key != NULL ? strlen(key) : 0},
		.api_key_source = "api_key_env MAIN_KEY",
	};
	const struct llm_request req = {
		.model = STR("gpt-5-mini"),
		.messages = messages,
		.nmessages = COUNT(messages),
		.max_output_tokens = 300,
	};

	err_clear(e);
	return provider_openai.encode(a, &conf, &req, out, e);
}

static void requests_are_complete(void **state)
{
	struct arena a;
	struct provider_request r = {0};
	struct errbuf e;

	(void)state;
	arena_init(&a, ARENA_BYTES);
	assert_int_equal(
		encode(&a, "https://api.openai.com/v1", "sk-1", &r, &e),
		ERR_OK);
	assert_string_equal(r.url,
			    "https://api.openai.com/v1/chat/completions");
	assert_string_equal(
		buf_c(&r.body),
		"{\"model\":\"gpt-5-mini\",\"messages\":["
		"{\"role\":\"system\",\"content\":\"Be \\\"brief\\\".\"},"
		"{\"role\":\"user\",\"content\":\"Gr\xC3\xBC\xC3\x9F Gott\\n\"}"
		",{\"role\":\"assistant\",\"content\":\"Servus\"}],"
		"\"max_completion_tokens\":300,\"stream\":true,"
		"\"stream_options\":{\"include_usage\":true}}");
	assert_int_equal(r.nheaders, 3);
	assert_string_equal(r.headers[0], "Content-Type: application/json");
	assert_string_equal(r.headers[1], "Accept: text/event-stream");
	assert_string_equal(r.headers[2], "Authorization: Bearer sk-1");
	arena_release(&a);
}

/* Documents are text; the system's messages stay the system's. */
static void documents_and_the_system_alone(void **state)
{
	static const struct conf_provider conf = {
		.name = "main", .base_url = "http://127.0.0.1:1/v1"};
	const struct llm_request document =
		requests_of("m", requests_reading, 1);
	const struct llm_request orders = requests_of("m", requests_orders, 2);
	struct arena a;

	(void)state;
	arena_init(&a, ARENA_BYTES);
	expect_text(written(&a, &provider_openai, &conf, &document),
		    "\"role\":\"user\",\"content\":\"" REQUESTS_DOCUMENT_TEXT
		    "\"}",
		    true);
	expect_text(written(&a, &provider_openai, &conf, &orders),
		    "\"messages\":[{\"role\":\"system\",\"content\":"
		    "\"Be brief.\"},{\"role\":\"system\",\"content\":"
		    "\"Name a colour.\"}]",
		    true);
	arena_release(&a);
}

static void the_limit_has_the_name_the_server_knows(void **state)
{
	static const struct {
		const char *url;
		bool newer;
	} cases[] = {
		{"https://api.openai.com/v1/", true},
		{"https://API.OpenAI.com:443/v1", true},
		{"https://eu.api.openai.com/v1", true},
		{"https://notapi.openai.com.example/v1", false},
		{"https://xapi.openai.com/v1", false},
		{"http://127.0.0.1:11434/v1", false},
		{"https://example.com/api.openai.com", false},
		{"x", false},
	};
	struct errbuf e;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct provider_request r = {0};
		struct arena a;
		arena_init(&a, ARENA_BYTES);
		assert_int_equal(encode(&a, cases[i].url, "k", &r, &e), ERR_OK);
		assert_int_equal(strstr(buf_c(&r.body),
					"\"max_completion_tokens\":300") !=
					 NULL,
				 cases[i].newer);
		assert_int_equal(strstr(buf_c(&r.body), "\"max_tokens\":300") !=
					 NULL,
				 !cases[i].newer);
		arena_release(&a);
	}
}

static void keys_are_needed_only_by_openai(void **state)
{
	struct arena a;
	struct provider_request r = {0};
	struct errbuf e;

	(void)state;
	arena_init(&a, ARENA_BYTES);
	assert_int_equal(encode(&a, "http://localhost:8000/v1", NULL, &r, &e),
			 ERR_OK);
	assert_int_equal(r.nheaders, 2);
	assert_int_equal(encode(&a, "https://api.openai.com/v1", NULL, &r, &e),
			 ERR_CONFIG);
	assert_string_equal(
		e.detail,
		"provider main has no API key: set api_key_env MAIN_KEY");
	assert_int_equal(encode(&a, "", "k", &r, &e), ERR_CONFIG);
	assert_non_null(strstr(e.detail, "base_url"));
	arena_release(&a);
}

static void keys_cannot_break_the_header(void **state)
{
	static const char *const keys[] = {"", "a b", "a\r\nX: y", "a\x7f",
					   "\xC3\xBC"};
	struct arena a;
	struct provider_request r = {0};
	struct errbuf e;

	(void)state;
	arena_init(&a, ARENA_BYTES);
	for (size_t i = 0; i < COUNT(keys); i++) {
		assert_int_equal(
			encode(&a, "https://example.com/v1", keys[i], &r, &e),
			ERR_CONFIG);
		assert_non_null(strstr(e.detail, "api_key_env MAIN_KEY"));
	}
	arena_release(&a);
}

static void requests_have_a_ceiling(void **state)
{
	const size_t n = WIRE_MAX_BYTES + 1;
	const struct conf_provider conf = {.name = "main",
					   .base_url = "http://localhost/v1"};
	struct arena a;
	struct provider_request r = {0};
	struct errbuf e = {.code = ERR_OK};

	(void)state;
	arena_init(&a, 2 * WIRE_MAX_BYTES);
	const struct llm_message big = {
		.role = LLM_USER,
		.text = {arena_alloc(&a, n), n},
	};
	const struct llm_request req = {
		.model = STR("m"), .messages = &big, .nmessages = 1};
	assert_int_equal(provider_openai.encode(&a, &conf, &req, &r, &e),
			 ERR_TOO_LARGE);
	arena_release(&a);
}

static const struct conf_provider openai = {
	.name = "openai",
	.base_url = "https://api.openai.com/v1",
	.api_key = {"sk-1", 4},
};
static const struct conf_provider other = {
	.name = "other",
	.base_url = "http://127.0.0.1:11434/v1",
};

static void all_of_a_request_is_written(void **state)
{
	struct llm_request req = requests_rich("gpt-5.4");
	struct arena a;

	(void)state;
	arena_init(&a, ARENA_BYTES);
	req.tool_choice = LLM_TOOLS_NAMED;
	req.tool_named = STR("now");
	req.one_tool_at_a_time = true;
	req.reasoning_effort = STR("low");
	req.format = LLM_FORMAT_SCHEMA;
	req.schema_name = STR("place");
	req.schema = STR("{\"type\":\"object\"}");
	req.schema_strict = true;
	assert_string_equal(
		written(&a, &provider_openai, &openai, &req),
		"{\"model\":\"gpt-5.4\",\"messages\":["
		"{\"role\":\"system\",\"content\":\"Be brief.\"},"
		"{\"role\":\"user\",\"content\":["
		"{\"type\":\"text\",\"text\":\"Where is this?\"},"
		"{\"type\":\"image_url\",\"image_url\":{\"url\":"
		"\"data:image/png;base64,iVBORw0=\"}}]},"
		"{\"role\":\"assistant\",\"content\":\"I look.\","
		"\"tool_calls\":[{\"id\":\"call_1\",\"type\":\"function\","
		"\"function\":{\"name\":\"weather\","
		"\"arguments\":\"{\\\"city\\\":\\\"Graz\\\"}\"}},"
		"{\"id\":\"call.2\",\"type\":\"function\",\"function\":{"
		"\"name\":\"now\",\"arguments\":\"\"}}]},"
		"{\"role\":\"tool\",\"tool_call_id\":\"call_1\","
		"\"content\":\"21 \\\"C\\\"\"},"
		"{\"role\":\"tool\",\"tool_call_id\":\"call.2\","
		"\"content\":\"no clock\"},"
		"{\"role\":\"user\",\"content\":\"Well?\"}],"
		"\"max_completion_tokens\":300,"
		"\"tools\":[{\"type\":\"function\",\"function\":{"
		"\"name\":\"weather\",\"description\":\"The weather.\","
		"\"parameters\":{\"type\":\"object\"},\"strict\":true}},"
		"{\"type\":\"function\",\"function\":{\"name\":\"now\"}}],"
		"\"tool_choice\":{\"type\":\"function\",\"function\":{"
		"\"name\":\"now\"}},\"parallel_tool_calls\":false,"
		"\"response_format\":{\"type\":\"json_schema\","
		"\"json_schema\":{\"name\":\"place\","
		"\"schema\":{\"type\":\"object\"},\"strict\":true}},"
		"\"temperature\":0.2,\"top_p\":0.9,\"seed\":7,"
		"\"reasoning_effort\":\"low\",\"user\":\"u-1\","
		"\"stop\":[\"END\",\"\\n\"],\"stream\":true,"
		"\"stream_options\":{\"include_usage\":true}}");
	arena_release(&a);
}

/* What OpenAI's models refuse with 400 is not sent to them. */
static void each_model_gets_what_it_takes(void **state)
{
	static const struct {
		const struct conf_provider *conf;
		const char *model;
		bool sampling;
		bool effort;
	} cases[] = {
		{&openai, "gpt-4o-mini", true, false},
		{&openai, "gpt-4.1", true, false},
		{&openai, "gpt-5", false, true},
		{&openai, "gpt-5-mini", false, true},
		{&openai, "o4-mini", false, true},
		{&openai, "gpt-5.4", true, true},
		{&other, "o4-mini", true, true},
		{&other, "gpt-4o", true, true},
	};
	struct arena a;

	(void)state;
	arena_init(&a, ARENA_BYTES);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct llm_request req = requests_short(cases[i].model);
		req.temperature = STR("0.5");
		req.reasoning_effort = STR("high");
		const char *const body =
			written(&a, &provider_openai, cases[i].conf, &req);
		print_message("  %s\n", cases[i].model);
		expect_text(body, "\"temperature\":0.5", cases[i].sampling);
		expect_text(body, "\"reasoning_effort\":\"high\"",
			    cases[i].effort);
	}
	arena_release(&a);
}

/* A budget of thoughts is an effort, by its part of the output. */
static void thinking_is_an_effort(void **state)
{
	static const struct {
		enum llm_thinking thinking;
		int64_t tokens;
		const char *effort;
		const char *wanted; /* NULL: none */
	} cases[] = {
		{LLM_THINKING_BUDGET, 1024, "", "low"},
		{LLM_THINKING_BUDGET, 2000, "", "medium"},
		{LLM_THINKING_BUDGET, 3999, "", "high"},
		{LLM_THINKING_BUDGET, 3999, "low", "low"},
		{LLM_THINKING_ADAPTIVE, 0, "", NULL},
		{LLM_THINKING_ADAPTIVE, 0, "max", "high"},
		{LLM_THINKING_UNASKED, 0, "medium", "medium"},
		{LLM_THINKING_OFF, 0, "", NULL},
	};
	struct arena a;

	(void)state;
	arena_init(&a, ARENA_BYTES);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct llm_request req = requests_short("gpt-5-mini");
		char wanted[64] = "reasoning_effort";
		req.max_output_tokens = 4000;
		req.thinking = cases[i].thinking;
		req.thinking_tokens = cases[i].tokens;
		req.reasoning_effort = str_from(cases[i].effort);
		if (cases[i].wanted != NULL)
			(void)snprintf(wanted, sizeof(wanted),
				       "\"reasoning_effort\":\"%s\"",
				       cases[i].wanted);
		expect_text(written(&a, &provider_openai, &other, &req), wanted,
			    cases[i].wanted != NULL);
	}
	arena_release(&a);
}

/* Nothing that a client adds makes a call dearer, or is said twice. */
static void extras_that_are_allowed(void **state)
{
	static const struct llm_extra extras[] = {
		{TEXT_OF("logit_bias"), TEXT_OF("{\"50\":-1}")},
		{TEXT_OF("n"), TEXT_OF("5")},
		{TEXT_OF("service_tier"), TEXT_OF("\"priority\"")},
		{TEXT_OF("max_tokens"), TEXT_OF("100000")},
		{TEXT_OF("models"), TEXT_OF("[\"dear\"]")},
		{TEXT_OF("web_search_options"), TEXT_OF("{}")},
		{TEXT_OF("stream"), TEXT_OF("false")},
	};
	struct llm_request req = requests_short("m");
	struct arena a;

	(void)state;
	arena_init(&a, ARENA_BYTES);
	req.extras = extras;
	req.nextras = COUNT(extras);
	req.extras_of = LLM_DIALECT_OPENAI;
	assert_string_equal(written(&a, &provider_openai, &other, &req),
			    "{\"model\":\"m\",\"messages\":[{\"role\":\"user\","
			    "\"content\":\"Well?\"}],\"max_tokens\":300,"
			    "\"logit_bias\":{\"50\":-1},\"stream\":true,"
			    "\"stream_options\":{\"include_usage\":true}}");
	req.extras_of = LLM_DIALECT_ANTHROPIC;
	expect_text(written(&a, &provider_openai, &other, &req), "logit_bias",
		    false);
	arena_release(&a);
}

static void formats_and_calls_without_text(void **state)
{
	struct llm_part call = requests_calls[0];
	const struct llm_message m = {
		.role = LLM_ASSISTANT, .parts = &call, .nparts = 1};
	struct llm_request req = requests_short("m");
	struct arena a;

	(void)state;
	arena_init(&a, ARENA_BYTES);
	req.messages = &m;
	req.format = LLM_FORMAT_JSON;
	const char *const body = written(&a, &provider_openai, &other, &req);
	expect_text(body, "\"content\":null,\"tool_calls\":[", true);
	expect_text(body, "\"response_format\":{\"type\":\"json_object\"}",
		    true);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_complete),
		cmocka_unit_test(all_of_a_request_is_written),
		cmocka_unit_test(each_model_gets_what_it_takes),
		cmocka_unit_test(thinking_is_an_effort),
		cmocka_unit_test(extras_that_are_allowed),
		cmocka_unit_test(formats_and_calls_without_text),
		cmocka_unit_test(documents_and_the_system_alone),
		cmocka_unit_test(the_limit_has_the_name_the_server_knows),
		cmocka_unit_test(keys_are_needed_only_by_openai),
		cmocka_unit_test(keys_cannot_break_the_header),
		cmocka_unit_test(requests_have_a_ceiling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
