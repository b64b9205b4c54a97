/*
 * llm/prices: what usage costs, and which models are free or unpriced without
 * a look at the table.
 */
#include "conf/conf.h"
#include "llm/prices.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void cost(void **state)
{
	static const struct price p = {3, 5, 7, 11, 13};
	static const struct {
		struct ledger_usage usage;
		int64_t want;
	} rows[] = {
		{{0, 0, 0, 0, 0, 0}, 0},
		{{1, 0, 0, 0, 0, 0}, 3},
		{{0, 1, 0, 0, 0, 0}, 5},
		{{0, 0, 1, 0, 0, 0}, 7},
		{{0, 0, 0, 1, 0, 0}, 11},
		{{0, 0, 0, 0, 1, 0}, 13},
		/* reasoning is part of the output already */
		{{0, 0, 0, 0, 10, 4}, 130},
		{{100, 20, 3, 2, 50, 50}, 300 + 100 + 21 + 22 + 650},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(price_cost(&p, &rows[i].usage), rows[i].want);
}

static void cost_saturates(void **state)
{
	static const struct price p = {10000000000, 0, 0, 0, 10000000000};
	const struct ledger_usage huge = {
		.input_tokens = INT64_MAX,
		.output_tokens = INT64_MAX,
	};

	(void)state;
	assert_true(price_cost(&p, &huge) == INT64_MAX);
}

/* A cache that a provider writes unasked is in the bound. */
static void bound_of_input(void **state)
{
	static const struct price p = {3, 2, 7, 11, 13};
	static const struct price dear_read = {3, 5, 1, 1, 13};
	const struct conf_provider openai = {.kind = CONF_PROVIDER_OPENAI};
	const struct conf_provider other = {.kind = CONF_PROVIDER_ANTHROPIC};

	(void)state;
	assert_int_equal(price_input_bound(&p, &openai), 7);
	assert_int_equal(price_input_bound(&p, &other), 3);
	assert_int_equal(price_input_bound(&dear_read, &openai), 5);
	assert_int_equal(price_input_bound(&dear_read, &other), 5);
}

static void without_table(void **state)
{
	static const struct {
		struct conf_provider conf;
		enum err want;
	} rows[] = {
		{{.name = "own",
		  .kind = CONF_PROVIDER_OPENAI,
		  .base_url = "http://127.0.0.1:11434/v1",
		  .price_free = true},
		 ERR_OK},
		{{.name = "extract",
		  .kind = CONF_PROVIDER_EXTRACT,
		  .base_url = ""},
		 ERR_OK},
		{{.name = "openai",
		  .kind = CONF_PROVIDER_OPENAI,
		  .base_url = "https://api.openai.com/v1"},
		 ERR_UNPRICED},
		{{.name = "bedrock",
		  .kind = CONF_PROVIDER_BEDROCK,
		  .base_url = ""},
		 ERR_UNPRICED},
	};
	struct errbuf e = {.code = ERR_OK};
	struct prices *p = NULL;

	(void)state;
	assert_int_equal(prices_new(&p, NULL, &e), ERR_OK);
	assert_true(prices_stale(p));
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct price price = {1, 1, 1, 1, 1};

		assert_int_equal(
			prices_find(p, &rows[i].conf, STR("m"), &price),
			rows[i].want);
		/* free is zero, and an unknown price leaves out alone */
		assert_int_equal(price.output_pico,
				 rows[i].want == ERR_OK ? 0 : 1);
	}
	prices_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cost),
		cmocka_unit_test(cost_saturates),
		cmocka_unit_test(bound_of_input),
		cmocka_unit_test(without_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
