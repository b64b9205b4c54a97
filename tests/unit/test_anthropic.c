/*
 * The adapter `anthropic`: what it writes, and what it makes of answers of the
 * Messages API, for every way of cutting them.  Run from the top of the tree.
 */
#include "answers.h"
#include "conf/conf.h"
#include "llm/adapters.h"

#define FIXTURES    "tests/fixtures/anthropic/"
#define ARENA_BYTES ((size_t)64 * 1024 * 1024)
#define COUNT(a)    (sizeof(a) / sizeof((a)[0]))

/* Answers ------------------------------------------------------------- */

static const char *const fixtures[] = {
	"text",           "types_only",        "names_only",
	"cache",          "cache_sum",         "usage_twice",
	"tools",          "json_tool",         "thinking",
	"cut_after_text", "no_message_stop",   "empty",
	"no_blank_line",  "error_first",       "error_after_text",
	"garbage_json",   "garbage_word",      "garbage_html",
	"unknown",        "after_the_end",     "alike",
	"message",        "message_json_tool", "message_error",
	"message_empty",
};

static void answers_are_read_the_same_for_every_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(fixtures); i++) {
		struct transcript t;
		struct arena a;
		arena_init(&a, ARENA_BYTES);
		print_message("  %s\n", fixtures[i]);
		run_all_cuts(&provider_anthropic, &t,
			     read_fixture(&a, FIXTURES, fixtures[i], ".txt"));
		assert_string_equal(
			buf_c(&t.lines),
			read_fixture(&a, FIXTURES, fixtures[i], ".events").p);
		transcript_release(&t);
		arena_release(&a);
	}
}

/* However much of an answer arrives, it has one end. */
static void cut_after_every_byte(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, ARENA_BYTES);
	const struct str body = read_fixture(&a, FIXTURES, "text", ".txt");
	for (size_t n = 0; n < body.n; n++) {
		struct transcript t;
		run_answer(&provider_anthropic, &t, (struct str){body.p, n},
			   piece_whole, NULL);
		assert_true(t.error == ERR_OK || !t.usage_seen);
		assert_true(str_starts(STR("Hello there!"), buf_str(&t.text)));
		transcript_release(&t);
	}
	arena_release(&a);
}

static void too_many_tool_calls_are_an_error(void **state)
{
	struct transcript t;

	(void)state;
	transcript_init(&t);
	struct provider_stream *const s =
		provider_anthropic.stream_new(&t.arena, &t.sink);
	for (int i = 0; i < 100; i++)
		provider_anthropic.feed(
			s, STR("data: {\"type\":\"content_block_start\","
			       "\"content_block\":{\"type\":\"tool_use\","
			       "\"id\":\"t\",\"name\":\"f\"}}\n\n"));
	provider_anthropic.finish(s);
	assert_int_equal(t.error, ERR_UPSTREAM);
	assert_int_equal(t.nevents, 1 + 64 + 1);
	transcript_release(&t);
}

/* Requests ------------------------------------------------------------ */

#define SAID(who, words)                                            \
	{                                                           \
		.role = (who), .text = { words, sizeof(words) - 1 } \
	}
static const struct llm_message messages[] = {
	SAID(LLM_SYSTEM, "Be brief."), SAID(LLM_USER, "Hi \"you\""),
	SAID(LLM_ASSISTANT, ""),       SAID(LLM_ASSISTANT, "Yes?"),
	SAID(LLM_SYSTEM, "Be nice."),  SAID(LLM_USER, "Why?"),
};

static enum err encode(struct arena *a, const char *base_url, const char *key,
		       size_t nmessages, int64_t max_output_tokens,
		       struct provider_request *out)
{
	const struct conf_provider conf = {
		.name = "claude",
		.base_url = base_url,
		.api_key = {key, key != NULL ? strlen(key) : 0},
		.api_key_source = "api_key_file (/k)",
	};
	const struct llm_request req = {
		.model = STR("claude-sonnet"),
		.messages = messages,
		.nmessages = nmessages,
		.max_output_tokens = max_output_tokens,
	};

	return provider_anthropic.encode(a, &conf, &req, out, NULL);
}

static void requests_are_complete(void **state)
{
	struct arena a;
	struct provider_request r = {0};

	(void)state;
	arena_init(&a, ARENA_BYTES);
	assert_int_equal(encode(&a, "https://api.anthropic.com", "sk-ant-1",
				COUNT(messages), 300, &r),
			 ERR_OK);
	assert_string_equal(r.url, "https://api.anthropic.com/v1/messages");
	assert_string_equal(
		buf_c(&r.body),
		"{\"model\":\"claude-sonnet\",\"max_tokens\":300,\"system\":["
		"{\"type\":\"text\",\"text\":\"Be brief.\"},"
		"{\"type\":\"text\",\"text\":\"Be nice.\"}],\"messages\":["
		"{\"role\":\"user\",\"content\":["
		"{\"type\":\"text\",\"text\":\"Hi \\\"you\\\"\"}]},"
		"{\"role\":\"assistant\",\"content\":["
		"{\"type\":\"text\",\"text\":\"Yes?\"}]},"
		"{\"role\":\"user\",\"content\":["
		"{\"type\":\"text\",\"text\":\"Why?\"}]}],\"stream\":true}");
	assert_int_equal(r.nheaders, 4);
	assert_string_equal(r.headers[2], "anthropic-version: 2023-06-01");
	assert_string_equal(r.headers[3], "x-api-key: sk-ant-1");
	assert_int_equal(
		encode(&a, "http://localhost:8080/v1/", NULL, 0, 0, &r),
		ERR_OK);
	assert_string_equal(r.url, "http://localhost:8080/v1/messages");
	assert_string_equal(buf_c(&r.body),
			    "{\"model\":\"claude-sonnet\",\"max_tokens\":4096,"
			    "\"messages\":[],\"stream\":true}");
	assert_int_equal(r.nheaders, 3);
	arena_release(&a);
}

static void a_key_is_needed_by_anthropic(void **state)
{
	struct arena a;
	struct provider_request r = {0};

	(void)state;
	arena_init(&a, ARENA_BYTES);
	assert_int_equal(
		encode(&a, "https://api.anthropic.com/", NULL, 1, 9, &r),
		ERR_CONFIG);
	assert_int_equal(encode(&a, "", "k", 1, 9, &r), ERR_CONFIG);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_are_read_the_same_for_every_cut),
		cmocka_unit_test(cut_after_every_byte),
		cmocka_unit_test(too_many_tool_calls_are_an_error),
		cmocka_unit_test(requests_are_complete),
		cmocka_unit_test(a_key_is_needed_by_anthropic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
