/*
 * The status file for given facts: which state each part gets, what that
 * means for all, and that the text is JSON whatever the names are.
 */
#include "base/arena.h"
#include "conf/conf.h"
#include "ops/status_page.h"
#include "ops/status_past.h"
#include "json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
	struct arena arena;
	struct conf conf;
	struct status_facts facts;
	struct status_traffic traffic[2];
	struct status_now now;
	struct status_past past;
	struct json file;
};

/* A service in good health: chat asks alpha, then beta; docs quotes. */
static int setup(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	arena_init(&f.arena, (size_t)64 << 20);
	f.conf.server.name = "Acme";
	f.conf.providers[0] = (struct conf_provider){
		.name = "extract", .kind = CONF_PROVIDER_EXTRACT};
	f.conf.providers[1] = (struct conf_provider){
		.name = "alpha", .kind = CONF_PROVIDER_OPENAI};
	f.conf.providers[2] = (struct conf_provider){
		.name = "beta", .kind = CONF_PROVIDER_OPENAI};
	f.conf.nproviders = 3;
	f.conf.features[0] = (struct conf_feature){.name = "chat", .nroute = 2};
	f.conf.features[0].route[0] = STR("alpha/large");
	f.conf.features[0].route[1] = STR("beta/small");
	f.conf.features[1] = (struct conf_feature){
		.name = "docs", .nroute = 1, .passages = 5};
	f.conf.features[1].route[0] = STR("extract");
	f.conf.nfeatures = 2;
	f.traffic[0] = (struct status_traffic){STR("alpha"), 100, 0, false};
	f.traffic[1] = (struct status_traffic){STR("beta"), 100, 0, false};
	f.facts = (struct status_facts){
		.now_ms = INT64_C(1795334400000),
		.web = STATUS_PASSED,
		.ready = STATUS_PASSED,
		.database = STATUS_PASSED,
		.documents = 1172,
		.ttft_p50_ms = 400,
		.ttft_p95_ms = 1300,
		.traffic = f.traffic,
		.ntraffic = 2,
	};
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	arena_release(&((struct fixture *)*state)->arena);
	return 0;
}

static void judge(struct fixture *f)
{
	struct errbuf e = {0};
	struct buf out;

	const struct status_view view = {
		.conf = &f->conf, .now = &f->now, .past = &f->past};

	f->past.arena = &f->arena;
	status_judge(&f->conf, &f->facts, &f->now);
	buf_init(&out, &f->arena, 64 * 1024);
	status_json(&view, &out);
	assert_int_equal(buf_err(&out), ERR_OK);
	assert_int_equal(json_parse(&f->arena, buf_str(&out), &f->file, &e),
			 ERR_OK);
}

static void member_is(struct json object, const char *name, const char *value)
{
	const struct str is = json_str(json_get(object, name));

	if (!str_eq_c(is, value))
		fail_msg("%s is \"" STR_FMT "\", not \"%s\"", name, STR_ARG(is),
			 value);
}

static struct json part(const struct fixture *f, const char *id)
{
	const struct json list = json_get(f->file, "components");

	for (size_t i = 0; i < json_count(list); i++)
		if (str_eq_c(json_str(json_get(json_at(list, i), "id")), id))
			return json_at(list, i);
	fail_msg("there is no component %s", id);
	return list;
}

static void part_is(const struct fixture *f, const char *id, const char *status)
{
	member_is(part(f, id), "status", status);
}

static void indicator_is(const struct fixture *f, enum status_indicator i)
{
	static const char *const banners[] = {
		[STATUS_NONE] = "Everything works.",
		[STATUS_MINOR] = "It works, with some trouble.",
		[STATUS_MAJOR] = "A part of the service is down.",
		[STATUS_CRITICAL] = "The service is down.",
	};

	assert_int_equal(f->now.indicator, i);
	member_is(f->file, "indicator", status_indicator_name(i));
	member_is(f->file, "banner", banners[i]);
}

static void test_all_is_well(void **state)
{
	struct fixture *const f = *state;

	judge(f);
	indicator_is(f, STATUS_NONE);
	member_is(f->file, "name", "Acme");
	member_is(f->file, "generated_at", "2026-11-22T08:00:00.000Z");
	assert_int_equal(json_i64(json_get(f->file, "generated_ms")),
			 1795334400000);
	assert_int_equal(json_count(json_get(f->file, "components")), 6);
	part_is(f, "web", "operational");
	part_is(f, "chat", "operational");
	part_is(f, "documents", "operational");
	member_is(part(f, "documents"), "detail",
		  "1172 documents are indexed.");
	part_is(f, "database", "operational");
	part_is(f, "upstream:alpha", "operational");
	member_is(part(f, "upstream:alpha"), "group", "upstream");
	member_is(part(f, "upstream:alpha"), "detail",
		  "0 of 100 requests failed in the last 15 minutes.");
	const struct json latency = json_get(f->file, "latency");
	assert_int_equal(json_i64(json_get(latency, "ttft_p50_ms")), 400);
	assert_int_equal(json_i64(json_get(latency, "ttft_p95_ms")), 1300);
}

static void test_nothing_could_be_looked_at(void **state)
{
	struct fixture *const f = *state;

	f->facts.web = STATUS_UNCHECKED;
	f->facts.ready = STATUS_UNCHECKED;
	f->facts.documents = STATUS_UNKNOWN;
	f->facts.ttft_p50_ms = STATUS_UNKNOWN;
	f->facts.ttft_p95_ms = STATUS_UNKNOWN;
	f->facts.ntraffic = 0;
	judge(f);
	indicator_is(f, STATUS_NONE);
	part_is(f, "web", "unknown");
	part_is(f, "documents", "unknown");
	part_is(f, "chat", "operational");
	part_is(f, "upstream:alpha", "unknown");
	member_is(part(f, "upstream:alpha"), "detail",
		  "Not asked in the last 15 minutes.");
	assert_int_equal(json_type(json_get(json_get(f->file, "latency"),
					    "ttft_p50_ms")),
			 JSON_NULL);
}

static void test_database_down(void **state)
{
	struct fixture *const f = *state;

	f->facts.database = STATUS_FAILED;
	f->facts.documents = STATUS_UNKNOWN;
	f->facts.ntraffic = 0;
	judge(f);
	indicator_is(f, STATUS_CRITICAL);
	part_is(f, "database", "outage");
	part_is(f, "chat", "outage");
	part_is(f, "documents", "outage");
	part_is(f, "web", "operational");
}

static void test_site_down(void **state)
{
	struct fixture *const f = *state;

	f->facts.web = STATUS_FAILED;
	judge(f);
	indicator_is(f, STATUS_CRITICAL);
	part_is(f, "web", "outage");
}

static void test_site_not_ready(void **state)
{
	struct fixture *const f = *state;

	f->facts.ready = STATUS_FAILED;
	judge(f);
	indicator_is(f, STATUS_CRITICAL);
	part_is(f, "chat", "outage");
	part_is(f, "web", "operational");
}

static void test_no_documents(void **state)
{
	struct fixture *const f = *state;

	f->facts.documents = 0;
	judge(f);
	indicator_is(f, STATUS_MINOR);
	part_is(f, "documents", "degraded");
	/* no feature looks for any: nothing is missing */
	f->conf.features[1].passages = 0;
	judge(f);
	indicator_is(f, STATUS_NONE);
	part_is(f, "documents", "operational");
}

static void test_first_provider_down(void **state)
{
	struct fixture *const f = *state;

	f->traffic[0].errors = 60;
	judge(f);
	indicator_is(f, STATUS_MINOR);
	part_is(f, "upstream:alpha", "outage");
	part_is(f, "upstream:beta", "operational");
	part_is(f, "chat", "degraded");
}

static void test_second_provider_down(void **state)
{
	struct fixture *const f = *state;

	f->traffic[1].errors = 60;
	judge(f);
	indicator_is(f, STATUS_MINOR);
	part_is(f, "upstream:beta", "outage");
	part_is(f, "chat", "operational");
}

static void test_all_providers_of_a_feature_down(void **state)
{
	struct fixture *const f = *state;

	f->traffic[0].errors = 100;
	f->traffic[1].errors = 100;
	judge(f);
	indicator_is(f, STATUS_MINOR);
	part_is(f, "chat", "degraded"); /* docs still answers */
	f->conf.nfeatures = 1;
	judge(f);
	indicator_is(f, STATUS_CRITICAL);
	part_is(f, "chat", "outage");
}

static void test_shares_of_failures(void **state)
{
	static const struct {
		int64_t calls;
		int64_t errors;
		const char *status;
	} rows[] = {
		{0, 0, "unknown"},     {1, 0, "operational"},
		{1, 1, "degraded"},    {2, 2, "degraded"},
		{3, 3, "outage"},      {100, 9, "operational"},
		{100, 10, "degraded"}, {100, 49, "degraded"},
		{100, 50, "outage"},   {100, 100, "outage"},
	};
	struct fixture *const f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		f->traffic[0].calls = rows[i].calls;
		f->traffic[0].errors = rows[i].errors;
		judge(f);
		part_is(f, "upstream:alpha", rows[i].status);
	}
	/* what answers again is no outage, and not well yet */
	f->traffic[0].recovered = true;
	judge(f);
	part_is(f, "upstream:alpha", "degraded");
}

/* What a probe says counts only where nobody called. */
static void test_probes(void **state)
{
	struct fixture *const f = *state;

	f->facts.probes[1] = STATUS_FAILED; /* alpha has traffic */
	f->traffic[1].calls = 0;            /* beta has none */
	f->facts.probes[2] = STATUS_FAILED;
	judge(f);
	part_is(f, "upstream:alpha", "operational");
	part_is(f, "upstream:beta", "outage");
	member_is(part(f, "upstream:beta"), "detail",
		  "No requests lately; it does not answer our probe.");
	f->facts.probes[2] = STATUS_PASSED;
	judge(f);
	part_is(f, "upstream:beta", "operational");
}

static void test_names_are_escaped(void **state)
{
	struct fixture *const f = *state;

	f->conf.server.name = "\"</script>\n\\";
	f->conf.providers[1].name = "a\"b";
	judge(f);
	member_is(f->file, "name", "\"</script>\n\\");
	part_is(f, "upstream:a\"b", "unknown");
}

static void test_as_many_providers_as_there_can_be(void **state)
{
	static char names[CONF_MAX_PROVIDERS][8];
	struct fixture *const f = *state;

	for (size_t i = 0; i < CONF_MAX_PROVIDERS; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "p%zu", i);
		f->conf.providers[i] = (struct conf_provider){
			.name = names[i], .kind = CONF_PROVIDER_OPENAI};
	}
	f->conf.nproviders = CONF_MAX_PROVIDERS;
	judge(f);
	assert_int_equal(json_count(json_get(f->file, "components")),
			 4 + CONF_MAX_PROVIDERS);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_all_is_well),
		CASE(test_nothing_could_be_looked_at),
		CASE(test_database_down),
		CASE(test_site_down),
		CASE(test_site_not_ready),
		CASE(test_no_documents),
		CASE(test_first_provider_down),
		CASE(test_second_provider_down),
		CASE(test_all_providers_of_a_feature_down),
		CASE(test_shares_of_failures),
		CASE(test_probes),
		CASE(test_names_are_escaped),
		CASE(test_as_many_providers_as_there_can_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
