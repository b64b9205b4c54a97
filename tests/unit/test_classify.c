/*
 * What class the refusals of providers get, and that no key gets into the log
 * with them.
 */
#include "base/arena.h"
#include "llm/adapters.h"
#include "llm/classify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ARENA_BYTES ((size_t)64 * 1024 * 1024)
#define COUNT(a)    (sizeof(a) / sizeof((a)[0]))

static const struct {
	int status;
	const char *body;
	enum err err;
	const char *detail;
} refusals[] = {
	{429, "", ERR_UPSTREAM_RATE, "HTTP 429 without a body"},
	{402, "{}", ERR_UPSTREAM_QUOTA, "HTTP 402 {}"},
	{400,
	 "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\","
	 "\"message\":\"Your credit balance is too low to access the API.\"}}",
	 ERR_UPSTREAM_QUOTA,
	 "HTTP 400 invalid_request_error: Your credit balance is too low to "
	 "access the API."},
	{529,
	 "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","
	 "\"message\":\"Overloaded\"}}",
	 ERR_UPSTREAM, "HTTP 529 overloaded_error: Overloaded"},
	{400, "[{\"error\":{\"code\":400,\"message\":\"API key not valid.\"}}]",
	 ERR_UPSTREAM_AUTH, "HTTP 400 API key not valid."},
	{401,
	 "{\"error\":{\"message\":\"Incorrect API key provided: "
	 "sk-proj-...sQoA. You can find it\",\"code\":\"invalid_api_key\"}}",
	 ERR_UPSTREAM_AUTH,
	 "HTTP 401 invalid_api_key: Incorrect API key provided: [key] You can "
	 "find it"},
	{400,
	 "{\"message\":\"The security token included in the request is "
	 "expired\"}",
	 ERR_UPSTREAM_AUTH,
	 "HTTP 400 The security token included in the request is expired"},
	{422, "{\"detail\":\"bad\"}", ERR_UPSTREAM_REJECTED, "HTTP 422 bad"},
	{400, "{\"message\":\"bad\"}", ERR_UPSTREAM_REJECTED, "HTTP 400 bad"},
	{404, "<html>\r\n\x1b[31m", ERR_UPSTREAM_REJECTED,
	 "HTTP 404 <html>   [31m"},
	{413, "", ERR_UPSTREAM_REJECTED, "HTTP 413 without a body"},
	{408, "", ERR_UPSTREAM, "HTTP 408 without a body"},
	{524, "", ERR_UPSTREAM_TIMEOUT, "HTTP 524 without a body"},
	{409, "", ERR_UPSTREAM, "HTTP 409 without a body"},
	{302, "", ERR_UPSTREAM,
	 "HTTP 302 a redirect, which is not followed: check base_url"},
	{500, "{\"error\":7}", ERR_UPSTREAM, "HTTP 500 {\"error\":7}"},
};

static void refusals_have_a_class(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refusals); i++) {
		struct errbuf e = {.code = ERR_OK};
		struct arena a;
		arena_init(&a, ARENA_BYTES);
		assert_int_equal(provider_openai.classify(
					 &a, refusals[i].status,
					 str_from(refusals[i].body), &e),
				 refusals[i].err);
		assert_string_equal(e.detail, refusals[i].detail);
		arena_release(&a);
	}
}

static void secrets_are_cut_out(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} cases[] = {
		{"key sk-ant-api03-AbCd_12-34 is wrong", "key [key] is wrong"},
		{"(AKIAIOSFODNN7EXAMPLE)", "([key])"},
		{"authorization: Bearer abc", "authorization: Bearer [key]"},
		{"Incorrect API key provided: secret.",
		 "Incorrect API key provided: [key]"},
		{"0123456789abcdef0123456789abcdef", "[key]"},
		{"Gr\xC3\xBC\xC3\x9F"
		 "e, sk-lern",
		 "Gr\xC3\xBC\xC3\x9F"
		 "e, sk-lern"},
		{"claude-sonnet-4-20250514 and gpt-4.1-nano-2025-04-14",
		 "claude-sonnet-4-20250514 and gpt-4.1-nano-2025-04-14"},
		{"an-extraordinarily-long-word-without-any-number",
		 "an-extraordinarily-long-word-without-any-number"},
	};
	struct arena a;

	(void)state;
	arena_init(&a, ARENA_BYTES);
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(
			provider_redact(&a, str_from(cases[i].in), 200),
			cases[i].out);
	assert_string_equal(provider_redact(&a, STR("a\xC3\xBC"), 2), "a");
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refusals_have_a_class),
		cmocka_unit_test(secrets_are_cut_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
