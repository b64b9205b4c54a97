#ifndef SLIPWAY_TESTS_UNIT_REQUESTS_H
#define SLIPWAY_TESTS_UNIT_REQUESTS_H

#include "base/arena.h"
#include "base/buf.h"
#include "conf/conf.h"
#include "llm/provider.h"
#include "json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* For the tests of what the adapters write. */
#define COUNT(a)       (sizeof(a) / sizeof((a)[0]))
#define REQUESTS_BYTES ((size_t)64 * 1024 * 1024)

#define TEXT_OF(words)                   \
	{                                \
		words, sizeof(words) - 1 \
	}

/* What a test writes, from its set-up to its tear-down. */
static struct arena arena;

static inline int requests_begin(void **state)
{
	(void)state;
	arena_init(&arena, REQUESTS_BYTES);
	return 0;
}

static inline int requests_end(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

/* One of everything: two calls at once, of which one failed, and an image. */
static const struct llm_part requests_image[] = {
	{.kind = LLM_PART_IMAGE,
	 .media_type = TEXT_OF("image/png"),
	 .data = TEXT_OF("iVBORw0=")},
};
static const struct llm_part requests_calls[] = {
	{.kind = LLM_PART_TOOL_CALL,
	 .id = TEXT_OF("call_1"),
	 .name = TEXT_OF("weather"),
	 .text = TEXT_OF("{\"city\":\"Graz\"}")},
	{.kind = LLM_PART_TOOL_CALL,
	 .id = TEXT_OF("call.2"),
	 .name = TEXT_OF("now"),
	 .text = TEXT_OF("")},
};
static const struct llm_part requests_result_1[] = {
	{.kind = LLM_PART_TOOL_RESULT,
	 .id = TEXT_OF("call_1"),
	 .text = TEXT_OF("21 \"C\"")},
};
static const struct llm_part requests_result_2[] = {
	{.kind = LLM_PART_TOOL_RESULT,
	 .id = TEXT_OF("call.2"),
	 .text = TEXT_OF("no clock"),
	 .is_error = true},
};
static const struct llm_message requests_talk[] = {
	{.role = LLM_SYSTEM, .text = TEXT_OF("Be brief.")},
	{.role = LLM_USER,
	 .text = TEXT_OF("Where is this?"),
	 .parts = (struct llm_part *)(uintptr_t)requests_image,
	 .nparts = 1},
	{.role = LLM_ASSISTANT,
	 .text = TEXT_OF("I look."),
	 .parts = (struct llm_part *)(uintptr_t)requests_calls,
	 .nparts = 2},
	{.role = LLM_TOOL,
	 .parts = (struct llm_part *)(uintptr_t)requests_result_1,
	 .nparts = 1},
	{.role = LLM_TOOL,
	 .parts = (struct llm_part *)(uintptr_t)requests_result_2,
	 .nparts = 1},
	{.role = LLM_USER, .text = TEXT_OF("Well?")},
};
static const struct llm_tool requests_tools[] = {
	{.name = TEXT_OF("weather"),
	 .description = TEXT_OF("The weather."),
	 .schema = TEXT_OF("{\"type\":\"object\"}"),
	 .strict = true},
	{.name = TEXT_OF("now")},
};
static const struct str requests_stop[] = {TEXT_OF("END"), TEXT_OF("\n")};

/* A text with a title, and what is said about it. */
static const struct llm_part requests_document[] = {
	{.kind = LLM_PART_DOCUMENT,
	 .text = TEXT_OF("All rights."),
	 .name = TEXT_OF("Law"),
	 .data = TEXT_OF("of 1920")},
};
static const struct llm_message requests_reading[] = {
	{.role = LLM_USER,
	 .parts = (struct llm_part *)(uintptr_t)requests_document,
	 .nparts = 1},
};
#define LT "\\u003c"
#define GT "\\u003e"
#define REQUESTS_DOCUMENT_TEXT                                             \
	LT "document" GT "\\n" LT "title" GT "Law" LT "/title" GT "\\n" LT \
	   "context" GT "of 1920" LT "/context" GT "\\nAll rights.\\n" LT  \
	   "/document" GT

/* Only the system speaks. */
static const struct llm_message requests_orders[] = {
	{.role = LLM_SYSTEM, .text = TEXT_OF("Be brief.")},
	{.role = LLM_SYSTEM, .text = TEXT_OF("Name a colour.")},
	{.role = LLM_SYSTEM, .text = TEXT_OF(" ")},
};

/* A request of these messages, to be changed by the test. */
static inline struct llm_request
requests_of(const char *model, const struct llm_message *messages, size_t n)
{
	return (struct llm_request){
		.model = str_from(model),
		.messages = messages,
		.nmessages = n,
		.max_output_tokens = 300,
	};
}

/* A request of everything, to be changed by the test. */
static inline struct llm_request requests_rich(const char *model)
{
	return (struct llm_request){
		.model = str_from(model),
		.messages = requests_talk,
		.nmessages = COUNT(requests_talk),
		.max_output_tokens = 300,
		.tools = requests_tools,
		.ntools = COUNT(requests_tools),
		.stop = requests_stop,
		.nstop = COUNT(requests_stop),
		.temperature = STR("0.2"),
		.top_p = STR("0.9"),
		.seed = STR("7"),
		.end_user = STR("u-1"),
	};
}

/* One question, to be changed by the test. */
static inline struct llm_request requests_short(const char *model)
{
	return requests_of(model, &requests_talk[5], 1);
}

/* The body that adapter writes of req; it is valid JSON. */
static inline const char *written(struct arena *a,
				  const struct provider_adapter *adapter,
				  const struct conf_provider *conf,
				  const struct llm_request *req)
{
	struct provider_request out = {0};
	struct json root;
	struct errbuf e;

	err_clear(&e);
	if (adapter->encode(a, conf, req, &out, &e) != ERR_OK)
		fail_msg("encode: %s", e.detail);
	assert_int_equal(json_parse(a, buf_str(&out.body), &root, &e), ERR_OK);
	return buf_c(&out.body);
}

/* Is the text what in there, as often as wanted? */
static inline void expect_text(const char *body, const char *what, bool wanted)
{
	if ((strstr(body, what) != NULL) != wanted)
		fail_msg("%s %s in %s", wanted ? "no" : "there is", what, body);
}

#endif
