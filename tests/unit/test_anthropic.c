/*
 * The adapter `anthropic`: what it writes, and what it makes of answers of the
 * Messages API, for every way of cutting them.
 */
#include "answers.h"
#include "conf/conf.h"
#include "llm/adapters.h"

#define ARENA_BYTES ((size_t)64 * 1024 * 1024)
#define COUNT(a)    (sizeof(a) / sizeof((a)[0]))

/* Answers ------------------------------------------------------------- */

#define EVENT(name, members) \
	"event: " name "\ndata: {\"type\":\"" name "\"" members "}\n\n"
#define START(usage)                                                   \
	EVENT("message_start",                                         \
	      ",\"message\":{\"id\":\"msg_1\",\"type\":\"message\","   \
	      "\"role\":\"assistant\",\"content\":[],\"model\":\"c\"," \
	      "\"stop_reason\":null,\"usage\":{" usage "}}")
#define BLOCK(index, block)          \
	EVENT("content_block_start", \
	      ",\"index\":" index ",\"content_block\":{" block "}")
#define DELTA(index, delta)          \
	EVENT("content_block_delta", \
	      ",\"index\":" index ",\"delta\":{" delta "}")
#define TEXT(text)  DELTA("0", "\"type\":\"text_delta\",\"text\":" text)
#define STOP(index) EVENT("content_block_stop", ",\"index\":" index)
#define END(reason, usage)                          \
	EVENT("message_delta",                      \
	      ",\"delta\":{\"stop_reason\":" reason \
	      ",\"stop_sequence\":null},\"usage\":{" usage "}")
#define DONE EVENT("message_stop", "")

static const struct answer_case answers[] = {
	{START("\"input_tokens\":11,\"output_tokens\":1") BLOCK(
		 "0", "\"type\":\"text\",\"text\":\"\"") EVENT("ping", "")
		 TEXT("\"Hello\"") TEXT("\" there\"") TEXT("\"!\\n\"") STOP("0")
			 END("\"end_turn\"", "\"output_tokens\":6") DONE,
	 "start\ndelta Hello\ndelta  there\ndelta !\n\n"
	 "usage in=11 read=0 write=0 write1h=0 out=6 reasoning=0\ndone 0\n"},
	/* no names, only types; then no types, only names */
	{"data: {\"type\":\"message_start\",\"message\":{}}\n\n"
	 "data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":"
	 "\"text_delta\",\"text\":\"a\"}}\n\n"
	 "data: {\"type\":\"message_stop\"}\n\n",
	 "start\ndelta a\ndone 0\n"},
	{"event: message_start\ndata: {\"message\":{}}\n\n"
	 "event: content_block_delta\ndata: {\"delta\":{\"type\":"
	 "\"text_delta\",\"text\":\"a\"}}\n\n"
	 "event: message_stop\ndata: {}\n\n",
	 "start\ndelta a\ndone 0\n"},
	/* the cache, in all its parts */
	{START("\"input_tokens\":3,\"cache_read_input_tokens\":100,"
	       "\"cache_creation_input_tokens\":50,\"cache_creation\":{"
	       "\"ephemeral_5m_input_tokens\":20,"
	       "\"ephemeral_1h_input_tokens\":30},\"output_tokens\":1")
		 END("\"max_tokens\"",
		     "\"output_tokens\":9,\"cache_creation_input_tokens\":50")
			 DONE,
	 "start\nusage in=3 read=100 write=20 write1h=30 out=9 reasoning=0\n"
	 "done 1\n"},
	{START("\"input_tokens\":3,\"cache_creation_input_tokens\":50")
		 END("\"stop_sequence\"", "\"output_tokens\":0") DONE,
	 "start\nusage in=3 read=0 write=50 write1h=0 out=0 reasoning=0\n"
	 "done 0\n"},
	/* message_delta has the last word, and may come often */
	{START("\"input_tokens\":3,\"output_tokens\":1")
		 END("null", "\"output_tokens\":4")
			 END("\"refusal\"",
			     "\"input_tokens\":5,\"output_tokens\":7") DONE,
	 "start\nusage in=3 read=0 write=0 write1h=0 out=4 reasoning=0\n"
	 "usage in=5 read=0 write=0 write1h=0 out=7 reasoning=0\ndone 3\n"},
	/* tool calls, beside text and thinking; input at once or in pieces */
	{START("") BLOCK("0", "\"type\":\"thinking\",\"thinking\":\"\"") DELTA(
		 "0",
		 "\"type\":\"thinking_delta\",\"thinking\":\"hm\"") DELTA("0",
									  "\"type\":\"signature_delta\","
									  "\"signature\":\"x\"")
		 STOP("0") BLOCK(
			 "1",
			 "\"type\":\"tool_use\",\"id\":\"t1\",\"name\":\"f\","
			 "\"input\":{}") DELTA("1",
					       "\"type\":\"input_json_delta\","
					       "\"partial_json\":\"\"")
			 DELTA("1", "\"type\":\"input_json_delta\","
				    "\"partial_json\":\"{\\\"a\\\":\"")
				 BLOCK("2",
				       "\"type\":\"tool_use\",\"id\":\"t2\",\"name\":\"g\","
				       "\"input\":{\"b\":2}")
					 DELTA("1",
					       "\"type\":\"input_json_delta\","
					       "\"partial_json\":\"1}\"")
						 DELTA("7",
						       "\"type\":\"input_json_delta\","
						       "\"partial_json\":\"lost\"")
							 END("\"tool_use\"",
							     "\"output_tokens\":7")
								 DONE,
	 "start\ntool 0 id=t1 name=f \ntool 0 id= name= {\"a\":\n"
	 "tool 1 id=t2 name=g {\"b\":2}\ntool 0 id= name= 1}\ndone 2\n"},
	/* cut: before the numbers are known nothing is said about usage */
	{START("\"input_tokens\":11,\"output_tokens\":1") TEXT("\"Hel\""),
	 "start\ndelta Hel\nerror upstream_cut\n"},
	{START("\"input_tokens\":11") TEXT("\"a\"")
		 END("\"end_turn\"", "\"output_tokens\":1"),
	 "start\ndelta a\n"
	 "usage in=11 read=0 write=0 write1h=0 out=1 reasoning=0\ndone 0\n"},
	{"", "error upstream_cut\n"},
	/* the last blank line is forgotten */
	{START("") "data: {\"type\":\"message_stop\"}", "start\ndone 0\n"},
	/* errors */
	{"event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":"
	 "\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n",
	 "error upstream_error\n"},
	{START("")
		 TEXT("\"a\"") "data: {\"type\":\"error\",\"error\":{\"type\":"
			       "\"rate_limit_error\"}}\n\n" DONE,
	 "start\ndelta a\nerror upstream_rate_limited\n"},
	{START("") "data: {\"type\":\n\n", "start\nerror upstream_error\n"},
	{START("") "data: [DONE]\n\n", "start\nerror upstream_error\n"},
	{"<html>", "error upstream_error\n"},
	{"{\"type\":\"error\",\"error\":{\"type\":\"authentication_error\"}}",
	 "error upstream_auth\n"},
	{"{\"type\":\"message\"}", "error upstream_error\n"},
	/* unknown events, blocks and deltas */
	{"event: new\ndata: {\"x\":1}\n\n" START("")
		 BLOCK("0", "\"type\":\"new\",\"text\":\"no\"")
			 DELTA("0", "\"type\":\"new\",\"text\":\"no\"")
				 BLOCK("1", "\"type\":\"text\",\"text\":\"a\"")
					 TEXT("7") TEXT("null") DONE,
	 "start\ndelta a\ndone 0\n"},
	/* after the end nothing counts */
	{START("") DONE TEXT("\"more\""), "start\ndone 0\n"},
	/* compared, not parsed: the same as parsed */
	{START("") TEXT("\"a\"") TEXT("\"b\"") TEXT("\"\\u0063\\\"\"")
		 TEXT("\"\"") TEXT("\"d\"")
			 DELTA("0", "\"type\":\"thinking_delta\","
				    "\"text\":\"no\"") TEXT("\"e\"") DONE,
	 "start\ndelta a\ndelta b\ndelta c\"\ndelta d\ndelta e\ndone 0\n"},
	/* not a stream, but a whole message */
	{"{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":"
	 "\"text\",\"text\":\"Hi\"},{\"type\":\"tool_use\",\"id\":\"t\","
	 "\"name\":\"f\",\"input\":{\"a\":1}}],\"stop_reason\":\"tool_use\","
	 "\"usage\":{\"input_tokens\":3,\"output_tokens\":5}}",
	 "start\ndelta Hi\ntool 0 id=t name=f {\"a\":1}\n"
	 "usage in=3 read=0 write=0 write1h=0 out=5 reasoning=0\ndone 2\n"},
};

static void answers_are_read_the_same_for_every_cut(void **state)
{
	(void)state;
	check_answers(&provider_anthropic, answers, COUNT(answers));
}

/* However much of an answer arrives, it has one end. */
static void cut_after_every_byte(void **state)
{
	const struct str body = str_from(answers[0].in);

	(void)state;
	for (size_t n = 0; n < body.n; n++) {
		struct transcript t;
		run_answer(&provider_anthropic, &t, (struct str){body.p, n},
			   piece_whole, NULL);
		assert_true(t.error == ERR_OK || !t.usage_seen);
		assert_true(
			str_starts(STR("Hello there!\n"), buf_str(&t.text)));
		transcript_release(&t);
	}
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
			s, STR(BLOCK("0", "\"type\":\"tool_use\",\"id\":\"t\","
					  "\"name\":\"f\"")));
	provider_anthropic.finish(s);
	assert_int_equal(t.error, ERR_UPSTREAM);
	assert_int_equal(t.nevents, 1 + 64 + 1);
	transcript_release(&t);
}

/* Requests ------------------------------------------------------------ */

static const struct llm_message messages[] = {
	{LLM_SYSTEM, {"Be brief.", 9}}, {LLM_USER, {"Hi \"you\"", 8}},
	{LLM_ASSISTANT, {"", 0}},       {LLM_ASSISTANT, {"Yes?", 4}},
	{LLM_SYSTEM, {"Be nice.", 8}},  {LLM_USER, {"Why?", 4}},
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
	struct provider_request r;

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
		"{\"role\":\"user\",\"content\":\"Hi \\\"you\\\"\"},"
		"{\"role\":\"assistant\",\"content\":\"Yes?\"},"
		"{\"role\":\"user\",\"content\":\"Why?\"}],\"stream\":true}");
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
	struct provider_request r;

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
