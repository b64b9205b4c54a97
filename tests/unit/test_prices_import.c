/*
 * llm/price_import: both formats give exact pico-dollars, and what they cannot
 * say in our terms is left out with its reason.
 */
#include "base/arena.h"
#include "llm/price_import.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a)    (sizeof(a) / sizeof((a)[0]))
#define FILE_BYTES  ((size_t)64 * 1024)
#define ARENA_BYTES ((size_t)16 * 1024 * 1024)
#define NONE        INT64_C(-1)

struct want {
	const char *provider;
	const char *model;
	const char *from;
	struct price price; /* input, read, write, write 1h, output */
};

static struct str read_fixture(struct arena *a, const char *path)
{
	char *const text = arena_alloc(a, FILE_BYTES);
	FILE *const f = fopen(path, "rb");

	assert_non_null(f);
	const size_t n = fread(text, 1, FILE_BYTES, f);
	(void)fclose(f);
	assert_in_range(n, 1, FILE_BYTES - 1);
	return (struct str){text, n};
}

static void import(struct arena *a, const char *path, bool dearest,
		   struct price_import *out)
{
	struct errbuf e = {.code = ERR_OK};

	arena_init(a, ARENA_BYTES);
	assert_int_equal(price_import_read(a, read_fixture(a, path),
					   STR("2026-11-22"), dearest, out, &e),
			 ERR_OK);
}

static void check_row(const struct price_row *got, const struct want *want)
{
	const struct price *const p = &got->price;
	const struct price *const w = &want->price;

	if (!str_eq_c(got->provider, want->provider) ||
	    !str_eq_c(got->model, want->model) ||
	    !str_eq_c(got->valid_from, want->from))
		fail_msg(STR_FMT "/" STR_FMT " from \"" STR_FMT
				 "\" instead of %s/%s from \"%s\"",
			 STR_ARG(got->provider), STR_ARG(got->model),
			 STR_ARG(got->valid_from), want->provider, want->model,
			 want->from);
	if (p->input_pico != w->input_pico ||
	    p->cache_read_pico != w->cache_read_pico ||
	    p->cache_write_pico != w->cache_write_pico ||
	    p->cache_write_1h_pico != w->cache_write_1h_pico ||
	    p->output_pico != w->output_pico)
		fail_msg("%s: %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64
			 " %" PRId64,
			 want->model, p->input_pico, p->cache_read_pico,
			 p->cache_write_pico, p->cache_write_1h_pico,
			 p->output_pico);
}

static void check_rows(const struct price_import *got, const struct want *want,
		       size_t n)
{
	for (size_t i = 0; i < got->nrows && i < n; i++)
		check_row(&got->rows[i], &want[i]);
	assert_int_equal(got->nrows, n);
}

/* The reason why model was left out has this word in it. */
static void check_skip(const struct price_import *got, const char *model,
		       const char *word)
{
	for (size_t i = 0; i < got->nskips; i++)
		if (str_eq_c(got->skips[i].model, model)) {
			if (strstr(got->skips[i].why, word) == NULL)
				fail_msg("%s was left out because %s", model,
					 got->skips[i].why);
			return;
		}
	fail_msg("%s was not left out", model);
}

static void genai(void **state)
{
	static const struct want want[] = {
		{"anthropic",
		 "dated-1",
		 "",
		 {4000000, NONE, NONE, NONE, 20000000}},
		{"anthropic",
		 "dated-1",
		 "2027-01-01",
		 {3000000, NONE, NONE, NONE, 12000000}},
		{"anthropic",
		 "flat-1",
		 "",
		 {1000000, 100000, 1250000, 2000000, 5000000}},
		{"anthropic", "named-1", "", {12500, NONE, NONE, NONE, 100000}},
		{"anthropic",
		 "named-1-20260514",
		 "",
		 {12500, NONE, NONE, NONE, 100000}},
		{"bedrock",
		 "amazon.small-v1:0",
		 "",
		 {35000, 8750, NONE, NONE, 140000}},
	};
	struct price_import got;
	struct arena a;

	(void)state;
	import(&a, "tests/fixtures/prices/genai.json", false, &got);
	assert_string_equal(got.format, "genai-prices");
	check_rows(&got, want, COUNT(want));
	check_skip(&got, "tiered-1", "length");
	check_skip(&got, "night-1", "time of day");
	check_skip(&got, "amazon.embed-v1", "no price");
	check_skip(&got, "per-request-1", "request");
	check_skip(&got, "too-fine-1", "exact");
	check_skip(&got, "text-price-1", "exact");
	assert_int_equal(got.nskips, 6);
	arena_release(&a);
}

static void litellm(void **state)
{
	static const struct want want[] = {
		{"bedrock",
		 "claude-like-1",
		 "",
		 {5500000, 550000, 6875000, 11000000, 27500000}},
		{"groq", "fast-1", "", {50000, NONE, NONE, NONE, 80000}},
		{"openai", "embed-1", "", {20000, NONE, NONE, NONE, 0}},
		{"openai", "plain-1", "", {250000, 25000, NONE, NONE, 2000000}},
		{"openai", "twice-1", "", {3000000, NONE, NONE, NONE, 1000000}},
	};
	struct price_import got;
	struct arena a;

	(void)state;
	import(&a, "tests/fixtures/prices/litellm.json", false, &got);
	assert_string_equal(got.format, "litellm");
	check_rows(&got, want, COUNT(want));
	check_skip(&got, "tiered-2", "length");
	check_skip(&got, "stepped-1", "length");
	check_skip(&got, "thinker-1", "reasoning");
	check_skip(&got, "1024-x-1024/painter-1", "text");
	check_skip(&got, "own-1", "nothing");
	check_skip(&got, "noisy-1", "exact");
	check_skip(&got, "per-million-1", "0.01");
	check_skip(&got, "halved-1", "no price");
	check_skip(&got, "twice-1", "twice");
	assert_int_equal(got.nskips, 9);
	arena_release(&a);
}

static void dearest_tier(void **state)
{
	static const struct want genai_row = {
		"anthropic",
		"tiered-1",
		"",
		{6000000, NONE, NONE, NONE, 22500000}};
	static const struct want litellm_row = {
		"anthropic",
		"tiered-2",
		"",
		{6000000, NONE, 7500000, NONE, 22500000}};
	struct price_import got;
	struct arena a;

	(void)state;
	import(&a, "tests/fixtures/prices/genai.json", true, &got);
	assert_int_equal(got.nrows, 7);
	check_row(&got.rows[5], &genai_row);
	arena_release(&a);
	import(&a, "tests/fixtures/prices/litellm.json", true, &got);
	assert_int_equal(got.nrows, 6);
	check_row(&got.rows[0], &litellm_row);
	check_skip(&got, "stepped-1", "length");
	arena_release(&a);
}

/* A date counts from its own day on. */
static void dates(void **state)
{
	const struct str text =
		STR("[{\"id\":\"p\",\"models\":[{\"id\":\"m\",\"prices\":["
		    "{\"prices\":{\"input_mtok\":1,\"output_mtok\":1}},"
		    "{\"constraint\":{\"start_date\":\"2026-03-13\"},"
		    "\"prices\":{\"input_mtok\":2,\"output_mtok\":2}}]}]}]");
	static const struct {
		const char *today;
		int64_t input_pico;
		size_t nrows;
	} rows[] = {
		{"2026-03-12", 1000000, 2},
		{"2026-03-13", 2000000, 1},
		{"2026-03-14", 2000000, 1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct errbuf e = {.code = ERR_OK};
		struct price_import got;
		struct arena a;

		arena_init(&a, ARENA_BYTES);
		assert_int_equal(price_import_read(&a, text,
						   str_from(rows[i].today),
						   false, &got, &e),
				 ERR_OK);
		assert_int_equal(got.nrows, rows[i].nrows);
		assert_int_equal(got.rows[0].price.input_pico,
				 rows[i].input_pico);
		arena_release(&a);
	}
}

static void other_formats(void **state)
{
	static const struct {
		const char *text;
		enum err want;
	} rows[] = {
		{"{}", ERR_INVALID_REQUEST},
		{"[]", ERR_INVALID_REQUEST},
		{"[1,2]", ERR_INVALID_REQUEST},
		{"42", ERR_INVALID_REQUEST},
		{"{\"a\":{\"b\":1}}", ERR_INVALID_REQUEST},
		{"{\"a\":", ERR_INVALID_JSON},
		{"", ERR_INVALID_JSON},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct errbuf e = {.code = ERR_OK};
		struct price_import got;
		struct arena a;

		arena_init(&a, ARENA_BYTES);
		assert_int_equal(price_import_read(&a, str_from(rows[i].text),
						   STR("2026-11-22"), false,
						   &got, &e),
				 rows[i].want);
		assert_int_equal(got.nrows, 0);
		assert_true(e.detail[0] != '\0');
		arena_release(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(genai),         cmocka_unit_test(litellm),
		cmocka_unit_test(dearest_tier),  cmocka_unit_test(dates),
		cmocka_unit_test(other_formats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
