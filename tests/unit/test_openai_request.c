/*
 * The adapter `openai`: the requests it writes, and which it refuses to.
 */
#include "base/arena.h"
#include "conf/conf.h"
#include "llm/adapters.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ARENA_BYTES ((size_t)64 * 1024 * 1024)
#define COUNT(a)    (sizeof(a) / sizeof((a)[0]))

#define SAID(who, words)                                            \
	{                                                           \
		.role = (who), .text = { words, sizeof(words) - 1 } \
	}
static const struct llm_message messages[] = {
	SAID(LLM_SYSTEM, "Be \"brief\"."),
	SAID(LLM_USER, "Gr\xC3\xBC\xC3\x9F Gott\n"),
	SAID(LLM_ASSISTANT, "Servus"),
	SAID(LLM_TOOL, ""),
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
	struct provider_request r;
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
		",{\"role\":\"assistant\",\"content\":\"Servus\"},"
		"{\"role\":\"tool\",\"content\":\"\"}],"
		"\"max_completion_tokens\":300,\"stream\":true,"
		"\"stream_options\":{\"include_usage\":true}}");
	assert_int_equal(r.nheaders, 3);
	assert_string_equal(r.headers[0], "Content-Type: application/json");
	assert_string_equal(r.headers[1], "Accept: text/event-stream");
	assert_string_equal(r.headers[2], "Authorization: Bearer sk-1");
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
	struct provider_request r;
	struct errbuf e;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
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
	struct provider_request r;
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
	struct provider_request r;
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
	const size_t n = (size_t)9 * 1024 * 1024;
	const struct conf_provider conf = {.name = "main",
					   .base_url = "http://localhost/v1"};
	struct arena a;
	struct provider_request r;
	struct errbuf e = {.code = ERR_OK};

	(void)state;
	arena_init(&a, ARENA_BYTES);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_complete),
		cmocka_unit_test(the_limit_has_the_name_the_server_knows),
		cmocka_unit_test(keys_are_needed_only_by_openai),
		cmocka_unit_test(keys_cannot_break_the_header),
		cmocka_unit_test(requests_have_a_ceiling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
