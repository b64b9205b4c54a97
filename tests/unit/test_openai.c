/*
 * The adapter `openai`: what it makes of the answers in tests/fixtures/openai
 * and of some more below, for every way of cutting them.  Run from the top of
 * the tree.
 */
#include "answers.h"
#include "llm/adapters.h"
#include "json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define FIXTURES    "tests/fixtures/openai/"
#define ARENA_BYTES ((size_t)64 * 1024 * 1024)
#define COUNT(a)    (sizeof(a) / sizeof((a)[0]))

/* Fixtures ------------------------------------------------------------ */

static void check_usage(const struct transcript *t, struct json want)
{
	const struct ledger_usage *const u = &t->usage;

	assert_int_equal(t->usage_seen, want.node != NULL);
	assert_int_equal(u->input_tokens,
			 json_i64(json_get(want, "input_tokens")));
	assert_int_equal(u->cache_read_tokens,
			 json_i64(json_get(want, "cache_read_tokens")));
	assert_int_equal(u->output_tokens,
			 json_i64(json_get(want, "output_tokens")));
	assert_int_equal(u->reasoning_tokens,
			 json_i64(json_get(want, "reasoning_tokens")));
}

static enum err check_stream(void *arg, struct str name, struct json want)
{
	struct arena *const a = arg;
	const struct str error = json_str(json_get(want, "error"));
	const struct str text = json_str(json_get(want, "text"));
	const struct str finish = json_str(json_get(want, "finish"));
	struct transcript t;

	print_message("  " STR_FMT "\n", STR_ARG(name));
	run_all_cuts(&provider_openai, &t,
		     read_fixture(a, FIXTURES, str_dup(a, name), ""));
	assert_int_equal(t.text.n, text.n);
	assert_string_equal(buf_c(&t.text), str_dup(a, text));
	check_usage(&t, json_get(want, "usage"));
	if (error.n > 0)
		assert_string_equal(err_entry(t.error)->code,
				    str_dup(a, error));
	else
		assert_string_equal(finish_names[t.finish], str_dup(a, finish));
	assert_int_equal(t.error != ERR_OK, error.n > 0);
	transcript_release(&t);
	return ERR_OK;
}

static enum err check_error(void *arg, struct str name, struct json want)
{
	struct arena *const a = arg;
	const struct str code = json_str(json_get(want, "error"));
	struct errbuf e = {.code = ERR_OK};

	print_message("  " STR_FMT "\n", STR_ARG(name));
	const enum err err = provider_openai.classify(
		a, (int)json_i64(json_get(want, "status")),
		read_fixture(a, FIXTURES, str_dup(a, name), ""), &e);
	assert_string_equal(err_entry(err)->code, str_dup(a, code));
	assert_int_equal(e.code, err);
	assert_true(strlen(e.detail) > 0);
	return ERR_OK;
}

static void each_fixture(const char *part,
			 enum err (*check)(void *, struct str, struct json))
{
	struct arena a;
	struct json expect;
	struct errbuf e = {.code = ERR_OK};

	arena_init(&a, ARENA_BYTES);
	assert_int_equal(
		json_parse(&a, read_fixture(&a, FIXTURES, "expect.json", ""),
			   &expect, &e),
		ERR_OK);
	const struct json all = json_get(expect, part);
	assert_true(json_count(all) > 10);
	assert_int_equal(json_each(all, check, &a), ERR_OK);
	arena_release(&a);
}

static void streams_of_the_fixtures(void **state)
{
	(void)state;
	each_fixture("streams", check_stream);
}

static void error_bodies_of_the_fixtures(void **state)
{
	(void)state;
	each_fixture("errors", check_error);
}

/* More answers -------------------------------------------------------- */

static const struct answer_case answers[] = {
	/* not a stream, but a whole answer */
	{" \n{\"object\":\"chat.completion\",\"choices\":[{\"index\":0,"
	 "\"message\":{\"role\":\"assistant\",\"content\":\"Hi\"},"
	 "\"finish_reason\":\"length\"}],\"usage\":{\"prompt_tokens\":3,"
	 "\"completion_tokens\":1,\"total_tokens\":4}}",
	 "start\ndelta Hi\n"
	 "usage in=3 read=0 write=0 write1h=0 out=1 reasoning=0\ndone length\n"},
	{"{\"choices\":[{\"message\":{\"content\":null,\"tool_calls\":[{\"id\":"
	 "\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},"
	 "\"finish_reason\":\"stop\"}]}",
	 "start\ntool 0 id=a name=f {}\ndone tool\n"},
	{"{\"error\":{\"message\":\"no\",\"type\":\"invalid_request_error\"}}",
	 "error upstream_rejected\n"},
	{"[{\"error\":{\"code\":429,\"message\":\"slow down\"}}]",
	 "error upstream_rate_limited\n"},
	{"{\"choices\":[{\"message\":{\"cont", "error upstream_error unread\n"},
	{"{}", "error upstream_error\n"},
	{"Internal Server Error", "error upstream_error\n"},
	{"  \n", "error upstream_error\n"},
	/* errors in a stream, in other shapes */
	{"event: error\ndata: {\"message\":\"x\",\"code\":503}\n\n",
	 "error upstream_error\n"},
	{"event: error\ndata: {}\n\n", "error upstream_error\n"},
	{"data: {\"error\":\"model is loading\"}\n\n",
	 "error upstream_error\n"},
	{"data: {\"object\":\"error\",\"message\":\"bad\",\"code\":400}\n\n",
	 "error upstream_rejected\n"},
	{"data: {\"error\":{\"type\":\"insufficient_quota\"}}\n\n",
	 "error upstream_quota\n"},
	{"data: {\"error\":null,\"choices\":[]}\n\ndata: [DONE]\n\n",
	 "start\ndone stop\n"},
	{"data: {\"choices\":[{\"finish_reason\":\"error\"}]}\n\n",
	 "start\nerror upstream_error\n"},
	{"data: 7\n\n", "error upstream_error\n"},
	{"data: null\n\n", "error upstream_error\n"},
	{"data: {\"choices\":[]}{}\n\n", "error upstream_error\n"},
	/* frames that say nothing */
	{"data:\n\ndata: {\"type\":\"ping\"}\n\n"
	 "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n"
	 "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}\n\n"
	 "data: {\"choices\":[{}]}\n\ndata: {\"choices\":[null,3]}\n\n"
	 "data: {\"choices\":[{\"delta\":{\"content\":7},"
	 "\"finish_reason\":\"\"}]}\n\ndata: [DONE]\n\ndata: after\n\n",
	 "start\ndelta a\ndone stop\n"},
	/* after the end nothing counts */
	{"data: {\"choices\":[]}\n\ndata: [DONE]\n\n"
	 "data: {\"error\":\"x\"}\n\n",
	 "start\ndone stop\n"},
	/* content in parts; a refusal is text */
	{"data: {\"choices\":[{\"delta\":{\"content\":[{\"type\":\"text\","
	 "\"text\":\"a\"},{\"type\":\"thinking\",\"thinking\":[]}]}}]}\n\n"
	 "data: {\"choices\":[{\"delta\":{\"refusal\":\"I can't.\"},"
	 "\"finish_reason\":\"stop\"}]}\n\n",
	 "start\ndelta a\ndelta I can't.\ndone stop\n"},
	/* thoughts, in the words of both kinds of servers */
	{"data: {\"choices\":[{\"delta\":{\"content\":\"\","
	 "\"reasoning_content\":\"Hm\"}}]}\n\n"
	 "data: {\"choices\":[{\"delta\":{\"reasoning\":\".\"}}]}\n\n"
	 "data: {\"choices\":[{\"delta\":{\"content\":\"Yes\","
	 "\"reasoning_content\":null},\"finish_reason\":\"stop\"}]}\n\n",
	 "start\nthought 0 Hm\nthought 0 .\ndelta Yes\ndone stop\n"},
	/* the last event without its blank line, and cut inside */
	{"data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n"
	 "data: [DONE]",
	 "start\ndelta a\ndone stop\n"},
	{"data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n"
	 "data: [DO",
	 "start\ndelta a\nerror upstream_cut\n"},
	{"data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n"
	 "data: {\"cho",
	 "start\ndelta a\nerror upstream_cut\n"},
	/* tool calls: all with index 0 (Ollama), arguments as an object, the
	   name repeated, no index at all */
	{"data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":"
	 "\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}]}}]}\n\n"
	 "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,"
	 "\"function\":{\"name\":\"f\",\"arguments\":\"}\"}}]}}]}\n\n"
	 "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":"
	 "\"b\",\"function\":{\"name\":\"g\",\"arguments\":{\"x\":1}}}]}}]}\n\n"
	 "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"id\":\"a\","
	 "\"function\":{\"arguments\":\" \"}}]},\"finish_reason\":\"stop\"}]}"
	 "\n\n",
	 "start\ntool 0 id=a name=f {\ntool 0 id= name= }\n"
	 "tool 1 id=b name=g {\"x\":1}\ntool 0 id= name=  \ndone tool\n"},
	/* usage: tokens of the total that are nowhere else (Google) */
	{"data: {\"choices\":[],\"usage\":{\"prompt_tokens\":10,"
	 "\"completion_tokens\":5,\"total_tokens\":40}}\n\ndata: [DONE]\n\n",
	 "start\nusage in=10 read=0 write=0 write1h=0 out=30 reasoning=0\n"
	 "done stop\n"},
	/* reasoning beside the completion (xAI) */
	{"data: {\"choices\":[],\"usage\":{\"prompt_tokens\":307,"
	 "\"completion_tokens\":26,\"total_tokens\":560,"
	 "\"prompt_tokens_details\":{\"cached_tokens\":306},"
	 "\"completion_tokens_details\":{\"reasoning_tokens\":227}}}\n\n"
	 "data: [DONE]\n\n",
	 "start\nusage in=1 read=306 write=0 write1h=0 out=253 reasoning=227\n"
	 "done stop\n"},
	{"data: {\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2,"
	 "\"completion_tokens_details\":{\"reasoning_tokens\":7}}}\n\n"
	 "data: [DONE]\n\n",
	 "start\nusage in=9 read=0 write=0 write1h=0 out=9 reasoning=7\n"
	 "done stop\n"},
	/* DeepSeek's cache; OpenRouter's cache writes; more than all */
	{"data: {\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2,"
	 "\"prompt_cache_hit_tokens\":4}}\n\ndata: [DONE]\n\n",
	 "start\nusage in=5 read=4 write=0 write1h=0 out=2 reasoning=0\n"
	 "done stop\n"},
	{"data: {\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2,"
	 "\"prompt_tokens_details\":{\"cached_tokens\":7,"
	 "\"cache_write_tokens\":7}}}\n\ndata: [DONE]\n\n",
	 "start\nusage in=0 read=7 write=2 write1h=0 out=2 reasoning=0\n"
	 "done stop\n"},
	/* no usage, though it looks like some */
	{"data: {\"usage\":{}}\n\ndata: {\"usage\":{\"prompt_tokens\":1}}\n\n"
	 "data: {\"usage\":{\"prompt_tokens\":1.5,\"completion_tokens\":1}}\n\n"
	 "data: {\"usage\":{\"prompt_tokens\":-1,\"completion_tokens\":1}}\n\n"
	 "data: {\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":"
	 "20000001}}\n\ndata: [DONE]\n\n",
	 "start\ndone stop\n"},
};

static void other_answers(void **state)
{
	(void)state;
	check_answers(&provider_openai, answers, COUNT(answers));
}

/* However much of an answer arrives, it has one end, and the text is true. */
static void cut_after_every_byte(void **state)
{
	struct arena a;
	struct transcript whole;

	(void)state;
	arena_init(&a, ARENA_BYTES);
	const struct str body = read_fixture(&a, FIXTURES, "plain.sse", "");
	run_answer(&provider_openai, &whole, body, piece_whole, NULL);
	for (size_t n = 0; n < body.n; n++) {
		struct transcript t;
		run_answer(&provider_openai, &t, (struct str){body.p, n},
			   piece_whole, NULL);
		assert_true(str_starts(buf_str(&whole.text), buf_str(&t.text)));
		if (t.error == ERR_OK)
			assert_string_equal(buf_c(&t.text), buf_c(&whole.text));
		transcript_release(&t);
	}
	transcript_release(&whole);
	arena_release(&a);
}

static void frames_have_a_ceiling(void **state)
{
	static const char *const starts[] = {
		"data: {\"choices\":[{\"delta\":{\"content\":\"",
		"{\"choices\":[{\"message\":{\"content\":\""};
	struct arena a;

	(void)state;
	arena_init(&a, ARENA_BYTES);
	char *const fill = arena_alloc(&a, 64 * 1024);
	memset(fill, 'x', 64 * 1024);
	for (size_t i = 0; i < COUNT(starts); i++) {
		struct transcript t;
		transcript_init(&t);
		struct provider_stream *const s =
			provider_openai.stream_new(&t.arena, &t.sink);
		provider_openai.feed(s, str_from(starts[i]));
		for (int k = 0; k < 64 && t.nends == 0; k++)
			provider_openai.feed(s, (struct str){fill, 64 * 1024});
		assert_string_equal(buf_c(&t.lines),
				    "error upstream_error unread\n");
		provider_openai.finish(s);
		assert_int_equal(t.nends, 1);
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
		provider_openai.stream_new(&t.arena, &t.sink);
	for (int i = 0; i < 100; i++) {
		struct buf b;
		buf_init(&b, &t.arena, 1024);
		buf_addf(&b,
			 "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{"
			 "\"index\":%d,\"id\":\"c%d\"}]}}]}\n\n",
			 i, i);
		provider_openai.feed(s, buf_str(&b));
	}
	provider_openai.finish(s);
	assert_int_equal(t.error, ERR_UPSTREAM);
	assert_int_equal(t.nevents, 1 + 64 + 1);
	transcript_release(&t);
}

/* Chunks that are compared, not parsed --------------------------------- */

#define CHUNK_BEFORE \
	"data: {\"id\":\"x\",\"choices\":[{\"index\":0,\"delta\":{\"content\":"
#define CHUNK_AFTER          "},\"finish_reason\":null}]"
#define CHUNK(content, rest) CHUNK_BEFORE content CHUNK_AFTER rest "\n\n"

/* After two plain ones, the third must be read as if it came first. */
static void like_the_last_but_for_its_text(void **state)
{
	static const char *const chunks[] = {
		CHUNK("\"c\"", "}"),
		CHUNK("\"\"", "}"),
		CHUNK("\"Gr\xC3\xBC\xC3\x9F"
		      "e\"",
		      "}"),
		CHUNK("\"\\\"\\u0041\\n\"", "}"),
		CHUNK("\"\\\"", "}"),
		CHUNK("\"c\",\"content\":\"d\"", "}"),
		CHUNK("\"c\",\"role\":\"assistant\"", "}"),
		CHUNK("\"\xC3\"", "}"),
		CHUNK("\"\x01\"", "}"),
		CHUNK("\"c", "}"),
		CHUNK("\"c\"", "}}"),
		CHUNK("\"c\"", ""),
		CHUNK("null", "}"),
		CHUNK("\"c\"", ",\"usage\":{\"prompt_tokens\":1,"
			       "\"completion_tokens\":2}}"),
		CHUNK("\"c\"", ",\"obfuscation\":\"aB3\"}"),
		CHUNK("\"c\"", ",\"obfuscation\":\"\"}"),
		CHUNK("\"c\"", ",\"obfuscation\":\"a\",\"error\":\"e\"}"),
		CHUNK("\"c\"", ",\"obfuscation\":\"a\\\"}"),
		CHUNK("\"c\"", ",\"obfuscation\":\"a}"),
	};
	static const char *const befores[] = {
		CHUNK("\"a\"", "}") CHUNK("\"b\"", "}"),
		CHUNK("\"a\"", ",\"obfuscation\":\"Zz\"}")
			CHUNK("\"b\"", ",\"obfuscation\":\"y\"}"),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(chunks) * COUNT(befores); i++) {
		struct transcript alone;
		struct transcript after;
		struct arena a;
		struct buf both;
		const char *const chunk = chunks[i / COUNT(befores)];
		arena_init(&a, ARENA_BYTES);
		buf_init(&both, &a, 4096);
		buf_add_c(&both, befores[i % COUNT(befores)]);
		buf_add_c(&both, chunk);
		run_all_cuts(&provider_openai, &alone, str_from(chunk));
		run_all_cuts(&provider_openai, &after, buf_str(&both));
		assert_memory_equal(buf_c(&after.lines),
				    "start\ndelta a\ndelta b\n", 22);
		const char *const rest = buf_c(&after.lines) + 22;
		const bool starts =
			str_starts(buf_str(&alone.lines), STR("start\n"));
		assert_string_equal(rest,
				    buf_c(&alone.lines) + (starts ? 6 : 0));
		transcript_release(&alone);
		transcript_release(&after);
		arena_release(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(streams_of_the_fixtures),
		cmocka_unit_test(error_bodies_of_the_fixtures),
		cmocka_unit_test(other_answers),
		cmocka_unit_test(cut_after_every_byte),
		cmocka_unit_test(frames_have_a_ceiling),
		cmocka_unit_test(too_many_tool_calls_are_an_error),
		cmocka_unit_test(like_the_last_but_for_its_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
