/*
 * conf: what the file means when it is right.  What happens when it is wrong
 * is in test_conf_errors.c.
 */
#include "conf_fixture.h"

#include "base/num.h"

static void defaults(void **state)
{
	(void)state;
	load("");
	assert_string_equal(conf.path, in_dir("slipway.conf"));
	assert_string_equal(conf.server.name, "Slipway");
	assert_string_equal(conf.server.public_url, "");
	assert_string_equal(conf.server.operator_name, "");
	assert_string_equal(conf.server.contact_email, "");
	assert_string_equal(conf.server.privacy_note, "");
	assert_string_equal(conf.server.log_file, "");
	assert_int_equal(conf.server.log_level, LOG_INFO);
	assert_string_equal(conf.server.state_dir, "/var/lib/slipway");
	assert_int_equal(conf.server.intake_threads, 4);
	assert_int_equal(conf.server.max_calls, 1000);
	assert_int_equal(conf.server.max_body_bytes, 2 * 1024 * 1024);
	assert_int_equal(conf.server.max_message_bytes, 512 * 1024);
	assert_int_equal(conf.server.max_messages, 200);
	assert_int_equal(conf.server.body_timeout_ms, 15000);
	assert_int_equal(conf.server.write_timeout_ms, 30000);
	assert_int_equal(conf.server.heartbeat_ms, 15000);
	assert_int_equal(conf.server.drain_ms, 20000);
	assert_string_equal(conf.database.dsn, "dbname=slipway");
	assert_null(conf.database.password.secret_p);
	assert_string_equal(conf.database.admin_dsn, "");
	assert_null(conf.database.admin_password.secret_p);
	assert_int_equal(conf.database.pool_size, 4);
	assert_int_equal(conf.database.connect_timeout_ms, 3000);
	assert_int_equal(conf.database.statement_timeout_ms, 5000);
	assert_int_equal(conf.limits.user_rpm, 10);
	assert_int_equal(conf.limits.tenant_rpm, 0);
	assert_int_equal(conf.limits.user_daily_pico, NUM_PICO_PER_USD);
	assert_int_equal(conf.limits.tenant_daily_pico, 20 * NUM_PICO_PER_USD);
	assert_int_equal(conf.limits.system_daily_pico, 50 * NUM_PICO_PER_USD);
	assert_int_equal(conf.limits.lease_ms, 60000);
	assert_true(conf.guard.input);
	assert_true(conf.guard.output);
	assert_string_equal(conf.status.dir, "/var/lib/slipway/status");
}

static void extract_chat_and_docs_are_built_in(void **state)
{
	(void)state;
	load("");
	assert_int_equal(conf.nproviders, 1);
	const struct conf_provider *const p =
		conf_provider(&conf, STR("extract"));
	assert_non_null(p);
	assert_int_equal(p->kind, CONF_PROVIDER_EXTRACT);
	assert_null(p->api_key.secret_p);
	assert_false(p->api_key_wanted);
	assert_int_equal(conf.nfeatures, 2);
	const struct conf_feature *const chat =
		conf_feature(&conf, STR("chat"));
	assert_non_null(chat);
	assert_int_equal(chat->nroute, 1);
	assert_true(str_eq_c(chat->route[0], "extract"));
	const struct conf_feature *const docs =
		conf_feature(&conf, STR("docs"));
	assert_non_null(docs);
	assert_string_equal(docs->collection, "");
	assert_int_equal(docs->passages, 5);
	assert_int_equal(docs->max_output_tokens, 1024);
	assert_int_equal(docs->min_output_tokens, 64);
	assert_null(conf_feature(&conf, STR("nosuch")));
	assert_null(conf_provider(&conf, STR("nosuch")));
	assert_null(conf_provider(&conf, STR_NONE));
}

static void a_feature_of_ones_own_replaces_the_built_in(void **state)
{
	(void)state;
	load("[feature help]\n");
	assert_int_equal(conf.nfeatures, 1);
	assert_string_equal(conf.features[0].name, "help");
	assert_true(str_eq_c(conf.features[0].route[0], "extract"));
}

static void every_server_setting_is_read(void **state)
{
	(void)state;
	load("[server]\n"
	     "name = Ask \xC3\x89mile\n"
	     "public_url = https://ask.example.org/\n"
	     "widget_origins = https://a.example/, http://b.example:81\n"
	     "operator_name = Example Ltd\n"
	     "contact_email = help@example.org\n"
	     "privacy_note = We keep nothing; # not even this.\n"
	     "log_file = log/slipway.log\n"
	     "log_level = debug\n"
	     "state_dir = /srv/state\n"
	     "intake_threads = 8\n"
	     "max_calls = 5\n"
	     "max_body = 64k\n"
	     "max_message = 1000\n"
	     "max_messages = 3\n"
	     "body_timeout = 250ms\n"
	     "write_timeout = 2m\n"
	     "heartbeat = 1s\n"
	     "drain = 24h\n");
	assert_string_equal(conf.server.name, "Ask \xC3\x89mile");
	assert_string_equal(conf.server.public_url, "https://ask.example.org");
	assert_string_equal(conf.server.widget_origins,
			    "https://a.example http://b.example:81");
	assert_string_equal(conf.server.operator_name, "Example Ltd");
	assert_string_equal(conf.server.contact_email, "help@example.org");
	assert_string_equal(conf.server.privacy_note,
			    "We keep nothing; # not even this.");
	assert_string_equal(conf.server.log_file, in_dir("log/slipway.log"));
	assert_int_equal(conf.server.log_level, LOG_DEBUG);
	assert_string_equal(conf.server.state_dir, "/srv/state");
	assert_int_equal(conf.server.intake_threads, 8);
	assert_int_equal(conf.server.max_calls, 5);
	assert_int_equal(conf.server.max_body_bytes, 65536);
	assert_int_equal(conf.server.max_message_bytes, 1000);
	assert_int_equal(conf.server.max_messages, 3);
	assert_int_equal(conf.server.body_timeout_ms, 250);
	assert_int_equal(conf.server.write_timeout_ms, 120000);
	assert_int_equal(conf.server.heartbeat_ms, 1000);
	assert_int_equal(conf.server.drain_ms, 86400000);
}

static void every_other_plain_setting_is_read(void **state)
{
	(void)state;
	load("[database]\n"
	     "dsn = host=/run/pg dbname=x user=app\n"
	     "admin_dsn = postgresql:///x?user=owner\n"
	     "pool_size = 2\n"
	     "connect_timeout = 1s\n"
	     "statement_timeout = 2s\n"
	     "[limits]\n"
	     "user_rpm = 0\n"
	     "tenant_rpm = 600\n"
	     "user_daily_usd = 0.05\n"
	     "tenant_daily_usd = 1e-06\n"
	     "system_daily_usd = 0\n"
	     "lease = 5m\n"
	     "[guard]\ninput = off\noutput = no\n"
	     "[alerts]\n"
	     "[status]\ndir = page\n");
	assert_string_equal(conf.database.dsn,
			    "host=/run/pg dbname=x user=app");
	assert_string_equal(conf.database.admin_dsn,
			    "postgresql:///x?user=owner");
	assert_int_equal(conf.database.pool_size, 2);
	assert_int_equal(conf.database.connect_timeout_ms, 1000);
	assert_int_equal(conf.database.statement_timeout_ms, 2000);
	assert_int_equal(conf.limits.user_rpm, 0);
	assert_int_equal(conf.limits.tenant_rpm, 600);
	assert_int_equal(conf.limits.user_daily_pico, NUM_PICO_PER_USD / 20);
	assert_int_equal(conf.limits.tenant_daily_pico, 1000000);
	assert_int_equal(conf.limits.system_daily_pico, 0);
	assert_int_equal(conf.limits.lease_ms, 300000);
	assert_false(conf.guard.input);
	assert_false(conf.guard.output);
	assert_string_equal(conf.status.dir, in_dir("page"));
}

static void the_format_of_lines(void **state)
{
	(void)state;
	load("\xEF\xBB\xBF; a comment\r\n"
	     "# another\r\n"
	     "\r\n"
	     "  [ server ]  \r\n"
	     "\tname   =   Two words \t\r\n"
	     "    # an indented comment\r\n"
	     "    log_level = warn\r\n"
	     "operator_name: with a colon = and more\r\n"
	     "contact_email =\r\n"
	     "privacy_note = \"quotes stay\"");
	assert_string_equal(conf.server.name, "Two words");
	assert_string_equal(conf.server.operator_name,
			    "with a colon = and more");
	assert_int_equal(conf.server.log_level, LOG_WARN);
	assert_string_equal(conf.server.contact_email, "");
	assert_string_equal(conf.server.privacy_note, "\"quotes stay\"");
}

static void the_later_value_wins(void **state)
{
	(void)state;
	load("[server]\nname = one\nmax_calls = 0\nmax_calls = 7\n"
	     "[provider p]\nkind = openai\nprice = free\n"
	     "[limits]\nuser_rpm = 1\n"
	     "[feature a]\nroute = p/m\nmax_output_tokens = 500\n"
	     /* what CONF= appends */
	     "[server]\nname = two\n"
	     "[provider p]\nkind = anthropic\n"
	     "[feature a]\nmax_output_tokens = 600\n"
	     "[limits]\nuser_rpm = 2\n");
	assert_string_equal(conf.server.name, "two");
	assert_int_equal(conf.server.max_calls, 7);
	assert_int_equal(conf.limits.user_rpm, 2);
	assert_int_equal(conf.nproviders, 2); /* p and extract */
	assert_int_equal(conf.providers[0].kind, CONF_PROVIDER_ANTHROPIC);
	assert_true(conf.providers[0].price_free);
	assert_int_equal(conf.nfeatures, 1);
	assert_int_equal(conf.features[0].max_output_tokens, 600);
	assert_true(str_eq_c(conf.features[0].route[0], "p/m"));
}

static void providers_have_their_defaults(void **state)
{
	(void)state;
	load("[provider o]\nkind = openai\n"
	     "[provider a]\nkind = anthropic\n"
	     "[provider b]\nkind = bedrock\nregion = eu-west-1\n"
	     "[provider extract]\nkind = extract\n");
	assert_int_equal(conf.nproviders, 4);
	const struct conf_provider *const o = &conf.providers[0];
	assert_string_equal(o->base_url, "https://api.openai.com/v1");
	assert_int_equal(o->timeout_connect_ms, 5000);
	assert_int_equal(o->timeout_first_byte_ms, 30000);
	assert_int_equal(o->timeout_idle_ms, 30000);
	assert_int_equal(o->timeout_total_ms, 300000);
	assert_int_equal(o->overhead_tokens, 0);
	assert_false(o->price_free);
	assert_false(o->api_key_wanted);
	assert_string_equal(o->api_key_source,
			    "[provider o] api_key_file or api_key_env");
	assert_string_equal(conf.providers[1].base_url,
			    "https://api.anthropic.com");
	assert_int_equal(conf.providers[2].kind, CONF_PROVIDER_BEDROCK);
	assert_string_equal(conf.providers[2].base_url,
			    "https://bedrock-runtime.eu-west-1.amazonaws.com");
	assert_true(conf_provider_key_missing(&conf.providers[2]));
}

static void provider_settings_are_read(void **state)
{
	(void)state;
	load("[provider my-own.llm_1]\n"
	     "kind = openai\n"
	     "base_url = http://127.0.0.1:11434/v1//\n"
	     "price = free\n"
	     "timeout_connect_ms = 100\n"
	     "timeout_first_byte_ms = 2s\n"
	     "timeout_idle_ms = 250ms\n"
	     "timeout_total_ms = 1m\n"
	     "overhead_tokens = 12\n");
	const struct conf_provider *const p =
		conf_provider(&conf, STR("my-own.llm_1"));
	assert_non_null(p);
	assert_string_equal(p->base_url, "http://127.0.0.1:11434/v1");
	assert_true(p->price_free);
	assert_int_equal(p->timeout_connect_ms, 100);
	assert_int_equal(p->timeout_first_byte_ms, 2000);
	assert_int_equal(p->timeout_idle_ms, 250);
	assert_int_equal(p->timeout_total_ms, 60000);
	assert_int_equal(p->overhead_tokens, 12);
}

static void a_route_may_have_many_models(void **state)
{
	(void)state;
	load("[feature f]\n"
	     "route = a/gpt-5, router/vendor/model:free ,extract\n"
	     "[provider a]\nkind = openai\n" /* after its use */
	     "[provider router]\nkind = openai\n");
	const struct conf_feature *const f = conf_feature(&conf, STR("f"));
	assert_non_null(f);
	assert_int_equal(f->nroute, 3);
	assert_true(str_eq_c(f->route[0], "a/gpt-5"));
	assert_true(str_eq_c(f->route[1], "router/vendor/model:free"));
	assert_true(str_eq_c(f->route[2], "extract"));
}

static void passages_have_a_default_that_fits(void **state)
{
	static const struct {
		const char *feature;
		int64_t want;
	} rows[] = {
		{"[feature f]\nroute = p/m\n", 0},
		{"[feature f]\nroute = p/m, extract\n", 0},
		{"[feature f]\nroute = extract\n", 5},
		{"[feature f]\nroute = p/m\ncollection = manual\n", 5},
		{"[feature docs]\nroute = p/m\n", 5},
		{"[feature docs]\nroute = p/m\npassages = 0\n", 0},
		{"[feature f]\nroute = p/m\npassages = 20\n", 20},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[200];
		(void)snprintf(text, sizeof(text),
			       "[provider p]\nkind = openai\n%s",
			       rows[i].feature);
		load(text);
		if (conf.features[0].passages != rows[i].want)
			fail_msg("%s", rows[i].feature);
	}
}

static void the_floor_follows_a_small_ceiling(void **state)
{
	(void)state;
	load("[feature f]\nmax_output_tokens = 16\n"
	     "[feature g]\nmax_output_tokens = 100\nmin_output_tokens = 100\n");
	assert_int_equal(conf.features[0].min_output_tokens, 16);
	assert_int_equal(conf.features[1].min_output_tokens, 100);
}

static void the_version_of_a_prompt_is_its_hash(void **state)
{
	(void)state;
	put_file("prompt.txt", "\nYou are a pirate.\n", 0644);
	load("[feature a]\nprompt = You are a pirate.\n"
	     "[feature b]\nprompt_file = prompt.txt\n"
	     "[feature c]\nprompt = You are a parrot.\n");
	assert_string_equal(conf.features[0].prompt, "You are a pirate.");
	assert_string_equal(conf.features[1].prompt, "You are a pirate.");
	/* printf 'You are a pirate.' | sha256sum */
	assert_string_equal(conf.features[0].prompt_version, "a-400458a606a0");
	assert_string_equal(conf.features[1].prompt_version, "b-400458a606a0");
	assert_memory_not_equal(conf.features[2].prompt_version + 2,
				conf.features[0].prompt_version + 2, 12);
}

static void a_built_in_prompt_knows_about_passages(void **state)
{
	(void)state;
	load("[provider p]\nkind = openai\n"
	     "[feature chat]\nroute = p/m\n[feature docs]\nroute = p/m\n");
	assert_null(strstr(conf.features[0].prompt, "passages"));
	assert_non_null(strstr(conf.features[1].prompt, "passages"));
}

static void the_default_path(void **state)
{
	(void)state;
	assert_int_equal(setenv("SLIPWAY_CONF", "/x/y.conf", 1), 0);
	assert_string_equal(conf_default_path(&arena), "/x/y.conf");
	put_file("slipway.conf", "[server]\nname = by environment\n", 0644);
	assert_int_equal(setenv("SLIPWAY_CONF", in_dir("slipway.conf"), 1), 0);
	assert_int_equal(conf_load(&arena, NULL, &conf, NULL), ERR_OK);
	assert_string_equal(conf.server.name, "by environment");
	/* empty is not set */
	assert_int_equal(setenv("SLIPWAY_CONF", "", 1), 0);
	assert_int_equal(setenv("HOME", "/home/x", 1), 0);
	const bool system = access("/etc/slipway/slipway.conf", F_OK) == 0;
	assert_string_equal(conf_default_path(&arena),
			    system ? "/etc/slipway/slipway.conf"
				   : "/home/x/.config/slipway/slipway.conf");
	assert_int_equal(setenv("HOME", "", 1), 0);
	assert_string_equal(conf_default_path(&arena),
			    "/etc/slipway/slipway.conf");
	assert_int_equal(unsetenv("HOME"), 0);
	assert_string_equal(conf_default_path(&arena),
			    "/etc/slipway/slipway.conf");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONF_TEST(defaults),
		CONF_TEST(extract_chat_and_docs_are_built_in),
		CONF_TEST(a_feature_of_ones_own_replaces_the_built_in),
		CONF_TEST(every_server_setting_is_read),
		CONF_TEST(every_other_plain_setting_is_read),
		CONF_TEST(the_format_of_lines),
		CONF_TEST(the_later_value_wins),
		CONF_TEST(providers_have_their_defaults),
		CONF_TEST(provider_settings_are_read),
		CONF_TEST(a_route_may_have_many_models),
		CONF_TEST(passages_have_a_default_that_fits),
		CONF_TEST(the_floor_follows_a_small_ceiling),
		CONF_TEST(the_version_of_a_prompt_is_its_hash),
		CONF_TEST(a_built_in_prompt_knows_about_passages),
		CONF_TEST(the_default_path),
	};

	return cmocka_run_group_tests(tests, conf_group_setup,
				      conf_group_teardown);
}
