/*
 * Providers' usage exports: CSV and JSON in, one form out, and what is wrong
 * with a file said with its line.
 */
#include "ops/usage.h"

#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;
static struct errbuf problem;
static struct buf out;

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena, (size_t)1024 * 1024);
	buf_init(&out, &arena, (size_t)64 * 1024);
	err_clear(&problem);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

static void reads(const char *text, const char *expected, size_t rows)
{
	size_t n = 0;

	assert_int_equal(usage_read(&arena, str_from(text), &out, &n, &problem),
			 ERR_OK);
	assert_string_equal(buf_c(&out), expected);
	assert_int_equal(n, rows);
}

static void refuses(const char *text, const char *why)
{
	size_t n = 0;

	buf_reset(&out);
	err_clear(&problem);
	assert_int_not_equal(
		usage_read(&arena, str_from(text), &out, &n, &problem), ERR_OK);
	if (strstr(problem.detail, why) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", problem.detail, why);
}

static void csv_with_quotes_and_other_columns(void **state)
{
	(void)state;
	reads("Project,\"Date\",model,num_model_requests,input_tokens,"
	      "output_tokens,cost_usd\r\n"
	      "\"a, \"\"b\"\"\",2026-11-21,gpt-5-mini,3,100,20,0.000075\r\n"
	      "x,2026-11-21T00:00:00Z,gpt-5,1,5,6,\r\n",
	      "[{\"day\":\"2026-11-21\",\"model\":\"gpt-5-mini\",\"calls\":3,"
	      "\"input_tokens\":100,\"output_tokens\":20,"
	      "\"cost_usd\":\"0.000075\"},"
	      "{\"day\":\"2026-11-21\",\"model\":\"gpt-5\",\"calls\":1,"
	      "\"input_tokens\":5,\"output_tokens\":6,\"cost_usd\":null}]",
	      2);
}

static void the_answer_of_the_usage_api(void **state)
{
	(void)state;
	reads("{\"object\":\"page\",\"data\":[{\"object\":\"bucket\","
	      "\"start_time\":1763683200,\"results\":["
	      "{\"model\":\"gpt-5\",\"input_tokens\":7,\"output_tokens\":2,"
	      "\"num_model_requests\":1},"
	      "{\"model\":null,\"input_tokens\":9}]}]}",
	      "[{\"day\":\"2025-11-21\",\"model\":\"gpt-5\",\"calls\":1,"
	      "\"input_tokens\":7,\"output_tokens\":2,\"cost_usd\":null}]",
	      1);
}

static void a_list_of_objects(void **state)
{
	(void)state;
	reads("[{\"day\":\"2026-01-02\",\"model\":\"m\",\"prompt_tokens\":1,"
	      "\"completion_tokens\":2,\"requests\":1,"
	      "\"cost\":0.12345678901234567}]",
	      "[{\"day\":\"2026-01-02\",\"model\":\"m\",\"calls\":1,"
	      "\"input_tokens\":1,\"output_tokens\":2,"
	      "\"cost_usd\":\"0.123456789012\"}]",
	      1);
}

static void what_is_wrong_is_said_with_its_line(void **state)
{
	(void)state;
	refuses("", "empty");
	refuses("a,b\n1,2\n", "no column for the day");
	refuses("date,b\n1,2\n", "no column for the model");
	refuses("date,model\nyesterday,m\n", "line 2: \"yesterday\"");
	refuses("date,model,requests\n2026-01-01,m,-3\n", "line 2: calls");
	refuses("date,model,cost\n2026-01-01,m,1e99\n", "line 2: \"1e99\"");
	refuses("{\"x\":1}", "\"data\"");
	refuses("[{", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			csv_with_quotes_and_other_columns, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_answer_of_the_usage_api,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_list_of_objects, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(
			what_is_wrong_is_said_with_its_line, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
