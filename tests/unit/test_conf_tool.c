/*
 * conf: tools of agents, what is read of them and what is refused.
 */
#include "conf_fixture.h"

#define PROVIDER "[provider m]\nkind = openai\n"
#define LOOK                                           \
	"[tool look]\nurl = https://in.example/look\n" \
	"description = Looks.\neffect = read\n"

static void what_an_agent_is(void **state)
{
	(void)state;
	put_file("key", "X-Secret: abc\n", 0600);
	load(PROVIDER LOOK
	     "timeout = 3s\nmax_answer = 2k\nheader_file = key\n"
	     "[tool order]\nurl = http://127.0.0.1:9/order\nmethod = PUT\n"
	     "description = Orders.\nschema = {\"type\":\"object\"}\n"
	     "idempotent = on\n"
	     "[feature a]\nkind = agent\nroute = m/x\n"
	     "tools = look,order , docs_search\nmax_steps = 5\n"
	     "max_run_usd = 0.5\n[feature b]\nroute = m/x\n");
	const struct conf_feature *const a = conf_feature(&conf, STR("a"));
	const struct conf_feature *const b = conf_feature(&conf, STR("b"));
	assert_true(a->agent && !b->agent);
	assert_int_equal(a->ntools, 3);
	assert_int_equal(a->max_steps, 5);
	assert_int_equal(a->max_run_pico, INT64_C(500000000000));
	const struct conf_tool *const look = a->tools[0];
	assert_int_equal(look->effect, CONF_EFFECT_READ);
	assert_string_equal(look->method, "POST");
	assert_int_equal(look->timeout_ms, 3000);
	assert_int_equal(look->way.timeout_total_ms, 3000);
	assert_int_equal(look->max_bytes, 2048);
	assert_string_equal(look->header.secret_p, "X-Secret: abc");
	assert_non_null(strstr(look->schema, "additionalProperties"));
	const struct conf_tool *const order = a->tools[1];
	/* whoever says nothing has to be asked */
	assert_int_equal(order->effect, CONF_EFFECT_SIDE_EFFECT);
	assert_true(order->idempotent && !look->idempotent);
	assert_string_equal(order->method, "PUT");
	assert_true(a->tools[2]->docs_search);
	assert_int_equal(a->tools[2]->effect, CONF_EFFECT_READ);
}

static const struct {
	const char *text;
	const char *want;
} rows[] = {
	{"[tool t]\nurl = http://shop.example/x\ndescription = x\n",
	 ":2: [tool t] url: expected https://, or http:// to this machine"},
	{"[tool t]\nurl = http://169.254.169.254/x\ndescription = x\n",
	 ":2: [tool t] url: expected https://, or http:// to this machine"},
	{"[tool docs_search]\nurl = https://a.example\ndescription = x\n",
	 ":2: [tool docs_search] url: a tool's name has letters, digits, _ "
	 "and - only, and docs_search is built in"},
	{"[tool a.b]\nurl = https://a.example\ndescription = x\n",
	 ":2: [tool a.b] url: a tool's name has letters, digits, _ and - "
	 "only, and docs_search is built in"},
	{"[tool t]\nurl = https://a.example\ndescription = x\n"
	 "method = GET\n",
	 ":4: [tool t] method: expected POST, PUT, PATCH or DELETE"},
	{"[tool t]\nurl = https://a.example\ndescription = x\n"
	 "effect = write\n",
	 ":4: [tool t] effect: expected read or side_effect"},
	{"[tool t]\nurl = https://a.example\ndescription = x\n"
	 "timeout = 3m\n",
	 ":4: [tool t] timeout: \"3m\" is not a duration from 1ms to "
	 "120000ms, such as 250ms, 15s or 2m"},
	{PROVIDER "[feature a]\nkind = robot\nroute = m/x\n",
	 ":4: [feature a] kind: expected chat or agent"},
	{PROVIDER "[feature a]\nroute = m/x\ntools = docs_search\n",
	 ":5: [feature a] tools: needs kind = agent"},
	{PROVIDER "[feature a]\nkind = agent\nroute = m/x\ntools = nosuch\n",
	 ":6: [feature a] tools: \"nosuch\" needs a section [tool NAME]"},
	{"[feature a]\nkind = agent\nroute = extract\n",
	 ":3: [feature a] route: an agent needs models; extract calls no "
	 "tools"},
	{PROVIDER "[feature a]\nkind = agent\nroute = m/x\nanonymous = 3\n",
	 ":6: [feature a] anonymous: an agent is for people with an account"},
	{PROVIDER "[feature a]\nkind = agent\nroute = m/x\nmax_steps = 0\n",
	 ":6: [feature a] max_steps: \"0\" is not a whole number from 1 to "
	 "100"},
};

static void what_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		refuse(rows[i].text, rows[i].want);
}

static void a_schema_in_two_places(void **state)
{
	(void)state;
	put_file("prompt.txt", "{}", 0644);
	refuse(LOOK "schema = {}\nschema_file = prompt.txt\n",
	       ":6: [tool look] schema_file: stands beside schema; give only "
	       "one");
	load(LOOK "schema_file = prompt.txt\n");
	assert_string_equal(conf.tools[0].schema, "{}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONF_TEST(what_an_agent_is),
		CONF_TEST(what_is_refused),
		CONF_TEST(a_schema_in_two_places),
	};

	return cmocka_run_group_tests(tests, conf_group_setup,
				      conf_group_teardown);
}
