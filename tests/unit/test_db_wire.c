/*
 * db/ledger_wire: entries have the form that slipway.admit() and
 * slipway.settle() ask for.
 */
#include "base/arena.h"
#include "conf/conf.h"
#include "db/ledger.h"
#include "db/ledger_wire.h"
#include "json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ARENA_BYTES ((size_t)1024 * 1024)

static void admit(void **state)
{
	static struct ledger_op op = {
		.kind = LEDGER_ADMIT,
		.admit =
			{
				.key_hash = {0x00, 0x01, 0xFE},
				.request_id = "req_0001",
				.feature = "ch\"at",
				.needs_admin = true,
				.model = "a/b",
				.input_pico = 5000,
				.output_pico = 7,
				.max_output_tokens = 1024,
				.min_output_tokens = 64,
				.lease_ms = 600000,
			},
	};
	struct arena a;

	(void)state;
	arena_init(&a, ARENA_BYTES);
	const struct str got = ledger_wire_entry(&a, &op);
	assert_true(str_eq_c(
		got, "{\"key_hash\":\"0001fe00000000000000000000000000"
		     "00000000000000000000000000000000\","
		     "\"request_id\":\"req_0001\",\"feature\":\"ch\\\"at\","
		     "\"needs_admin\":true,\"fresh\":true,\"model\":\"a/b\","
		     "\"input_pico\":5000,"
		     "\"output_pico\":7,\"max_output_tokens\":1024,"
		     "\"min_output_tokens\":64,\"lease_ms\":600000}"));
	op.in_doubt = true; /* it may stand there already */
	assert_non_null(strstr(str_dup(&a, ledger_wire_entry(&a, &op)),
			       "\"fresh\":false"));
	arena_release(&a);
}

static struct ledger_settle sample(void)
{
	return (struct ledger_settle){
		.request_id = "req_0002",
		.outcome = LEDGER_PARTIAL,
		.basis = LEDGER_BASIS_ESTIMATED,
		.error = ERR_UPSTREAM_CUT,
		.cost_pico = 123456789012345,
		.usage = {1, 2, 3, 4, 5, 6},
		.model_route = "openai/m",
		.prompt_version = "p1",
		.trace_id = "0af7651916cd43dd8448eb211c80319c",
		.stream = true,
		.fallback_tier = 1,
		.ttft_ms = -1,
		.latency_ms = 2500,
		.nattempts = 2,
		.attempts = {{STR("a/x"), ERR_UPSTREAM_RATE, 429, -1, 10},
			     {STR("openai/m"), ERR_OK, 200, 0, 2400}},
	};
}

static void settle(void **state)
{
	struct ledger_settle s = sample();
	const struct ledger_op op = {.kind = LEDGER_SETTLE, .settle = &s};
	struct arena a;

	(void)state;
	arena_init(&a, ARENA_BYTES);
	const struct str got = ledger_wire_entry(&a, &op);
	assert_true(str_eq_c(
		got,
		"{\"request_id\":\"req_0002\",\"outcome\":\"partial\","
		"\"basis\":\"estimated\",\"error\":\"upstream_cut\","
		"\"cost_pico\":123456789012345,\"input_tokens\":1,"
		"\"cache_read_tokens\":2,\"cache_write_tokens\":3,"
		"\"cache_write_1h_tokens\":4,\"output_tokens\":5,"
		"\"reasoning_tokens\":6,\"model_route\":\"openai/m\","
		"\"prompt_version\":\"p1\","
		"\"trace_id\":\"0af7651916cd43dd8448eb211c80319c\","
		"\"stream\":true,\"fallback_tier\":1,\"ttft_ms\":null,"
		"\"latency_ms\":2500,\"attempts\":["
		"{\"model_route\":\"a/x\",\"result\":\"upstream_rate_limited\","
		"\"http_status\":429,\"ttft_ms\":null,\"latency_ms\":10},"
		"{\"model_route\":\"openai/m\",\"result\":\"ok\","
		"\"http_status\":200,\"ttft_ms\":0,\"latency_ms\":2400}]}"));
	arena_release(&a);
}

/* The largest entry there can be, of bytes that need the longest escapes. */
static void largest(void **state)
{
	struct ledger_settle s = sample();
	const struct ledger_op op = {.kind = LEDGER_SETTLE, .settle = &s};
	struct errbuf e = {.code = ERR_OK};
	struct json parsed;
	struct arena a;

	(void)state;
	memset(s.model_route, 1, sizeof(s.model_route) - 1);
	memset(s.prompt_version, 1, sizeof(s.prompt_version) - 1);
	memset(s.trace_id, 1, sizeof(s.trace_id) - 1);
	s.nattempts = LEDGER_MAX_ATTEMPTS;
	for (size_t i = 0; i < s.nattempts; i++) {
		s.attempts[i] = (struct ledger_attempt){
			.model_route = str_from(s.model_route),
			.result = ERR_UPSTREAM_RATE,
			.http_status = INT64_MIN,
			.ttft_ms = INT64_MAX,
			.latency_ms = INT64_MIN,
		};
	}
	arena_init(&a, ARENA_BYTES);
	const struct str got = ledger_wire_entry(&a, &op);
	assert_int_equal(json_parse(&a, got, &parsed, &e), ERR_OK);
	assert_int_equal(json_count(json_get(parsed, "attempts")),
			 LEDGER_MAX_ATTEMPTS);
	assert_null(memchr(got.p, '\n', got.n)); /* the spool counts lines */
	arena_release(&a);
}

static void void_admission(void **state)
{
	static const struct ledger_op op = {
		.kind = LEDGER_ADMIT,
		.admit = {.request_id = "req_0003", .input_pico = 99},
	};
	struct errbuf e = {.code = ERR_OK};
	struct json v;
	struct arena a;

	(void)state;
	arena_init(&a, ARENA_BYTES);
	const struct str got = ledger_wire_void(&a, &op);
	assert_int_equal(json_parse(&a, got, &v, &e), ERR_OK);
	assert_true(str_eq_c(json_str(json_get(v, "request_id")), "req_0003"));
	assert_true(str_eq_c(json_str(json_get(v, "outcome")), "failed"));
	assert_true(str_eq_c(json_str(json_get(v, "basis")), "none"));
	assert_true(str_eq_c(json_str(json_get(v, "error")),
			     "database_unavailable"));
	assert_int_equal(json_i64(json_get(v, "cost_pico")), 0);
	arena_release(&a);
}

static void defaults(void **state)
{
	const struct conf_limits limits = {
		.user_rpm = 10,
		.tenant_rpm = 20,
		.user_daily_pico = 1000000000000,
		.tenant_daily_pico = 2,
		.system_daily_pico = -1,
	};
	struct arena a;
	struct buf b;

	(void)state;
	arena_init(&a, ARENA_BYTES);
	buf_init(&b, &a, 1024);
	ledger_defaults(&b, &limits);
	assert_string_equal(buf_c(&b), "{\"user_rpm\":10,\"tenant_rpm\":20,"
				       "\"user_daily_pico\":1000000000000,"
				       "\"tenant_daily_pico\":2,"
				       "\"system_daily_pico\":-1}");
	arena_release(&a);
}

/* The names are what the CHECK constraints of llm_calls allow. */
static void names(void **state)
{
	(void)state;
	assert_string_equal(ledger_outcome_name(LEDGER_DONE), "done");
	assert_string_equal(ledger_outcome_name(LEDGER_CLIENT_GONE),
			    "client_gone");
	assert_string_equal(ledger_outcome_name(LEDGER_FAILED), "failed");
	assert_string_equal(ledger_outcome_name(LEDGER_BLOCKED), "blocked");
	assert_string_equal(ledger_outcome_name(LEDGER_ABANDONED), "abandoned");
	assert_string_equal(ledger_basis_name(LEDGER_BASIS_PROVIDER_USAGE),
			    "provider_usage");
	assert_string_equal(ledger_basis_name(LEDGER_BASIS_PARTIAL), "partial");
	assert_string_equal(ledger_basis_name(LEDGER_BASIS_NONE), "none");
	assert_string_equal(ledger_basis_name(LEDGER_BASIS_PESSIMISTIC),
			    "pessimistic");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(admit),    cmocka_unit_test(settle),
		cmocka_unit_test(largest),  cmocka_unit_test(void_admission),
		cmocka_unit_test(defaults), cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
