/*
 * The upper bound of a request in normal form: nothing in it is left out.
 */
#include "llm/request.h"

#include "base/arena.h"
#include "llm/document.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
/* cmocka needs the above */
#include <cmocka.h>

#define TEXT(words)                      \
	{                                \
		words, sizeof(words) - 1 \
	}
#define IMAGE_BYTES 90000

static char image[IMAGE_BYTES];

static struct llm_part parts[] = {
	{.kind = LLM_PART_TEXT, .text = TEXT("12345")},
	{.kind = LLM_PART_IMAGE, .data = {image, IMAGE_BYTES}},
	{.kind = LLM_PART_TOOL_RESULT, .text = TEXT("678"), .id = TEXT("9")},
	{.kind = LLM_PART_SEALED_THOUGHT, .data = {image, IMAGE_BYTES}},
};

static int64_t bound(const struct llm_request *r)
{
	return llm_request_bound_tokens(r, 1000);
}

static void every_text_counts(void **state)
{
	const struct llm_message said = {.role = LLM_USER,
					 .text = TEXT("hello")};
	const struct llm_message more = {.role = LLM_USER,
					 .text = TEXT("hello, you")};
	struct llm_request r = {.messages = &said, .nmessages = 1};
	const int64_t one = bound(&r);

	(void)state;
	assert_true(one >= 5);
	r.messages = &more;
	assert_int_equal(bound(&r), one + 5);
}

/* All three of its texts, and the tags around them. */
static void documents_count(void **state)
{
	static struct llm_part document = {.kind = LLM_PART_DOCUMENT,
					   .text = TEXT("12345"),
					   .name = TEXT("678"),
					   .data = TEXT("9")};
	struct llm_message m = {.role = LLM_USER, .parts = &document};
	const struct llm_request r = {.messages = &m, .nmessages = 1};
	const int64_t none = bound(&r);
	struct arena arena;

	(void)state;
	arena_init(&arena, 4096);
	m.nparts = 1;
	const struct str text = document_text(&arena, &document);
	assert_true(text.n > 9);
	assert_true(bound(&r) >= none + (int64_t)text.n);
	arena_release(&arena);
}

static void the_system_asks_only_alone(void **state)
{
	struct llm_message talk[] = {
		{.role = LLM_SYSTEM, .text = TEXT("one")},
		{.role = LLM_SYSTEM, .parts = parts, .nparts = 1},
		{.role = LLM_SYSTEM, .text = TEXT(" \n")},
		{.role = LLM_USER, .text = TEXT("hello")},
	};

	(void)state;
	assert_int_equal(llm_system_asks(talk, 0), 0);
	assert_int_equal(llm_system_asks(talk, 1), 0);
	assert_int_equal(llm_system_asks(talk, 3), 1);
	assert_int_equal(llm_system_asks(talk, 4), 4);
	assert_int_equal(llm_system_asks(&talk[2], 1), 1);
}

static void parts_count(void **state)
{
	struct llm_message m = {.role = LLM_USER, .parts = parts};
	const struct llm_request r = {.messages = &m, .nmessages = 1};
	const int64_t none = bound(&r);

	(void)state;
	m.nparts = 1;
	const int64_t text = bound(&r);
	assert_true(text >= none + 5);
	m.nparts = 2;
	const int64_t with_image = bound(&r);
	assert_true(with_image >= text + 1000);
	assert_true(with_image < text + IMAGE_BYTES);
	m.nparts = 3;
	assert_true(bound(&r) >= with_image + 4);
	m.nparts = 4;
	assert_true(bound(&r) >= with_image + 4 + IMAGE_BYTES);
}

/* White is white: a few bytes that a provider counts as any other. */
static void a_small_image_counts_as_a_large_one(void **state)
{
	struct llm_part small = {.kind = LLM_PART_IMAGE, .data = {image, 90}};
	struct llm_message m = {.parts = &parts[1], .nparts = 1};
	const struct llm_request r = {.messages = &m, .nmessages = 1};
	const int64_t large = bound(&r);

	(void)state;
	m.parts = &small;
	assert_int_equal(bound(&r), large);
	assert_true(large >= 1000);
	assert_true(llm_request_bound_tokens(&r, INT64_MAX) == INT64_MAX);
}

/* What providers write into the input when there are tools. */
static void tools_cost_more_than_their_texts(void **state)
{
	struct llm_part calls[2] = {{.kind = LLM_PART_TOOL_CALL},
				    {.kind = LLM_PART_TOOL_CALL}};
	struct llm_message m = {.role = LLM_ASSISTANT, .parts = calls};
	struct llm_tool tools[100] = {{.strict = false}};
	struct llm_request r = {.messages = &m, .nmessages = 1};
	const int64_t none = bound(&r);

	(void)state;
	m.nparts = 1; /* they are named again, though none is offered */
	const int64_t one = bound(&r);
	assert_true(one >= none + 675 + 40);
	m.nparts = 2;
	assert_true(bound(&r) >= one + 40);
	m.nparts = 0;
	r.tools = tools;
	r.ntools = 100;
	assert_true(bound(&r) >= none + 675 + 100 * 40);
}

static void tools_schema_and_extras_count(void **state)
{
	const struct llm_tool tool = {.name = TEXT("find"),
				      .schema = TEXT("{\"type\":\"object\"}")};
	const struct llm_extra extra = {TEXT("top_k"), TEXT("40")};
	struct llm_request r = {.ntools = 0};
	int64_t before = bound(&r);

	(void)state;
	r.tools = &tool;
	r.ntools = 1;
	assert_true(bound(&r) >= before + 21);
	before = bound(&r);
	r.format = LLM_FORMAT_SCHEMA;
	r.schema = (struct str)TEXT("{}");
	assert_true(bound(&r) >= before + 2);
	before = bound(&r);
	r.extras = &extra;
	r.nextras = 1;
	assert_int_equal(bound(&r), before + 7);
}

static void who_thinks_unseen(void **state)
{
	(void)state;
	assert_true(llm_model_thinks_unseen(STR("o3-mini")));
	assert_true(llm_model_thinks_unseen(STR("gpt-5")));
	assert_true(llm_model_thinks_unseen(STR("openai/gpt-5.4-mini")));
	assert_true(llm_model_thinks_unseen(STR("models/gemini-2.5-pro")));
	assert_false(llm_model_thinks_unseen(STR("gpt-4o")));
	assert_false(llm_model_thinks_unseen(STR("claude-sonnet-4-5")));
	assert_false(llm_model_thinks_unseen(STR("o3/llama-3")));
	assert_false(llm_model_thinks_unseen(STR("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_text_counts),
		cmocka_unit_test(parts_count),
		cmocka_unit_test(documents_count),
		cmocka_unit_test(the_system_asks_only_alone),
		cmocka_unit_test(a_small_image_counts_as_a_large_one),
		cmocka_unit_test(tools_cost_more_than_their_texts),
		cmocka_unit_test(tools_schema_and_extras_count),
		cmocka_unit_test(who_thinks_unseen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
