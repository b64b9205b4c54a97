/*
 * conf: one row for each way in which a file can be wrong: the whole message,
 * and that the rest of the file still counts.
 */
#include "conf_fixture.h"

struct row {
	const char *text;
	const char *want; /* what follows the path */
};

static void refuse_all(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		refuse(rows[i].text, rows[i].want);
}

static void lines(void **state)
{
	static const struct row rows[] = {
		{"name = x\n", ":1: name stands before the first [section]"},
		{"[server]\nname\nname = x\n[limits]\n",
		 ":2: expected [section] or key = value"},
		{"[server]\n\n\nnmae = x\n",
		 ":4: [server] nmae: unknown setting; the README has a table "
		 "of all"},
		{"[server]\nName = x\n",
		 ":2: [server] Name: unknown setting; the README has a table "
		 "of all"},
		{"[server]\nuser_rpm = 1\n",
		 ":2: [server] user_rpm: unknown setting; the README has a "
		 "table of all"},
		{"[provider p]\nkind = openai\nroute = x\n",
		 ":3: [provider p] route: unknown setting; the README has a "
		 "table of all"},
		{"[alerts]\nmail = x\n",
		 ":2: [alerts] mail: unknown setting; the README has a table "
		 "of all"},
		{"[servers]\n",
		 ":1: [servers]: unknown section; expected server, database, "
		 "limits, provider NAME, feature NAME, tool NAME, alias NAME, guard, pattern NAME, mail, alerts "
		 "or status"},
		{"[]\n",
		 ":1: []: unknown section; expected server, database, limits, "
		 "provider NAME, feature NAME, tool NAME, alias NAME, guard, pattern NAME, mail, alerts or "
		 "status"},
		{"[server x]\n", ":1: [server] takes no name"},
		{"[server\n", ":1: expected [section] and nothing after it"},
		{"[server] name = x\n",
		 ":1: expected [section] and nothing after it"},
		{"[provider]\nkind = openai\n",
		 ":1: [provider NAME] needs a name of 1 to 32 letters, digits, "
		 "'-', '_' or '.'"},
		{"\n[feature a/b]\n",
		 ":2: [feature NAME] needs a name of 1 to 32 letters, digits, "
		 "'-', '_' or '.'"},
		{"[feature /b]\n",
		 ":1: [feature NAME] needs a name of 1 to 32 letters, digits, "
		 "'-', '_' or '.'"},
		{"[feature a b]\n",
		 ":1: [feature NAME] needs a name of 1 to 32 letters, digits, "
		 "'-', '_' or '.'"},
		{"[feature aaaaaaaaaabbbbbbbbbbccccccccccddd]\n",
		 ":1: [feature NAME] needs a name of 1 to 32 letters, digits, "
		 "'-', '_' or '.'"},
		{"[server]\nname = \xFF\n", ": is not UTF-8; save it as UTF-8"},
	};

	(void)state;
	refuse_all(rows, COUNT(rows));
}

static void a_name_of_32_bytes_is_the_longest(void **state)
{
	(void)state;
	load("[feature azAZ09-_.bbbbbbbbbbccccccccccddd]\n");
	assert_int_equal(strlen(conf.features[0].name), CONF_MAX_NAME_BYTES);
}

static void a_line_that_is_too_long(void **state)
{
	char text[9000];

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, "[feature f]\nprompt = ", 21);
	text[12 + 7999] = '\n'; /* 8000 bytes with its end */
	text[12 + 8000] = '\0';
	load(text);
	assert_int_equal(strlen(conf.features[0].prompt), 7999 - 9);
	memcpy(text + 12 + 7999, "x\n", 3);
	refuse(text, ":2: line longer than 8000 bytes; a long prompt belongs "
		     "into prompt_file");
}

static void files_that_are_not_text(void **state)
{
	struct errbuf e = {0};

	(void)state;
	assert_int_equal(conf_load(&arena, "/nonexistent/x.conf", &conf, &e),
			 ERR_CONFIG);
	assert_string_equal(e.detail,
			    "/nonexistent/x.conf: could not read the "
			    "configuration: No such file or directory");
	err_clear(&e);
	assert_int_equal(conf_load(&arena, "/", &conf, &e), ERR_CONFIG);
	assert_string_equal(e.detail, "/: could not read the configuration: "
				      "Is a directory");
	err_clear(&e);
	put_file("slipway.conf", "[server]\n", 0644);
	const int fd = open(in_dir("slipway.conf"), O_WRONLY | O_APPEND);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "\0\n", 2), 2);
	assert_int_equal(conf_load(&arena, in_dir("slipway.conf"), &conf, &e),
			 ERR_CONFIG);
	assert_non_null(
		strstr(e.detail, ": has a NUL byte; expected INI text"));
	err_clear(&e);
	assert_int_equal(ftruncate(fd, 1024 * 1024 + 1), 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(conf_load(&arena, in_dir("slipway.conf"), &conf, &e),
			 ERR_CONFIG);
	assert_non_null(strstr(e.detail, ": is over 1 MiB"));
}

static const struct row value_rows[] = {
	{"[mail]\nsmtp_host = a/b\n",
	 ":2: [mail] smtp_host: \"a/b\" is not the name of a host"},
	{"[mail]\nsmtp_host = mx.example.org\nsecurity = plain\n",
	 ":3: [mail] security: plain is only for this machine "
	 "(localhost, 127.0.0.1, [::1])"},
	{"[mail]\nsmtp_host = mx.example.org\n",
	 ":1: [mail] from: is missing; expected the address that mail "
	 "comes from"},
	{"[alerts]\nmail_to = a@b\n",
	 ":2: [alerts] mail_to: needs [mail] smtp_host"},
	{"[alerts]\nerror_rate = 0.05\n",
	 ":2: [alerts] error_rate: \"0.05\" is not a share from 1 to 1000000 "
	 "parts per million, such as 5% or 0.1%"},
	{"[alerts]\nerror_rate = 101%\n",
	 ":2: [alerts] error_rate: \"101%\" is not a share from 1 to 1000000 "
	 "parts per million, such as 5% or 0.1%"},
	{"[mail]\nsecurity = ssl\n",
	 ":2: [mail] security: \"ssl\" is not starttls, tls or plain"},
	{"[server]\nwidget_origins = https://a.example/shop\n",
	 ":2: [server] widget_origins: \"https://a.example/shop\" is not "
	 "origins such as https://www.example.org, with a comma between two "
	 "and without paths or wildcards"},
	{"[server]\nwidget_origins = https://*.example\n",
	 ":2: [server] widget_origins: \"https://*.example\" is not "
	 "origins such as https://www.example.org, with a comma between two "
	 "and without paths or wildcards"},
	{"[server]\nwidget_origins = https://a.example; script-src *\n",
	 ":2: [server] widget_origins: \"https://a.example; script-src *\" "
	 "is not origins such as https://www.example.org, with a comma between "
	 "two and without paths or wildcards"},
	{"[server]\npublic_url = example.org\n",
	 ":2: [server] public_url: \"example.org\" is not an address "
	 "that begins with https:// or http:// and has no user name, "
	 "query or fragment"},
	{"[server]\nlog_level = loud\n",
	 ":2: [server] log_level: \"loud\" is not debug, info, warn "
	 "or error"},
	{"[server]\nintake_threads = 0\n",
	 ":2: [server] intake_threads: \"0\" is not a whole number "
	 "from 1 to 64"},
	{"[server]\nintake_threads = 65\n",
	 ":2: [server] intake_threads: \"65\" is not a whole number "
	 "from 1 to 64"},
	{"[server]\nmax_calls =\n",
	 ":2: [server] max_calls: \"\" is not a whole number from 1 to "
	 "100000"},
	{"[server]\nmax_calls = 10 ; ten\n",
	 ":2: [server] max_calls: \"10 ; ten\" is not a whole number "
	 "from 1 to 100000"},
	{"[server]\nmax_body = 2MB\n",
	 ":2: [server] max_body: \"2MB\" is not a size from 1024 to "
	 "67108864 bytes, such as 512k or 2m"},
	{"[server]\nmax_body = 1023\n",
	 ":2: [server] max_body: \"1023\" is not a size from 1024 to "
	 "67108864 bytes, such as 512k or 2m"},
	{"[server]\nheartbeat = 15\n",
	 ":2: [server] heartbeat: \"15\" is not a duration from 1ms to "
	 "86400000ms, such as 250ms, 15s or 2m"},
	{"[server]\nheartbeat = 0s\n",
	 ":2: [server] heartbeat: \"0s\" is not a duration from 1ms to "
	 "86400000ms, such as 250ms, 15s or 2m"},
	{"[server]\ndrain = 25h\n",
	 ":2: [server] drain: \"25h\" is not a duration from 1ms to "
	 "86400000ms, such as 250ms, 15s or 2m"},
	{"[limits]\nlease = \n",
	 ":2: [limits] lease: \"\" is not a duration from 1000ms to "
	 "86400000ms, such as 250ms, 15s or 2m"},
	{"[limits]\nuser_rpm = -1\n",
	 ":2: [limits] user_rpm: \"-1\" is not a whole number from 0 "
	 "to 1000000"},
	{"[limits]\nuser_daily_usd = $1\n",
	 ":2: [limits] user_daily_usd: \"$1\" is not dollars, such as "
	 "0.25 or 20"},
	{"[limits]\nuser_daily_usd = -1\n",
	 ":2: [limits] user_daily_usd: \"-1\" is not dollars, such as "
	 "0.25 or 20"},
	{"[guard]\ninput = maybe\n",
	 ":2: [guard] input: \"maybe\" is not on or off"},
	/* a long value is not repeated in full, nor cut in a letter */
	{"[guard]\ninput = \xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"
	 "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"
	 "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"
	 "x\xC3\xA9\xC3\xA9\n",
	 ":2: [guard] input: \"\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3"
	 "\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3"
	 "\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3"
	 "\xA9x\" is not on or off"},
};

static void values(void **state)
{
	(void)state;
	refuse_all(value_rows, COUNT(value_rows));
}

static void databases(void **state)
{
	static const struct row rows[] = {
		{"[database]\ndsn = user=a password=b\n",
		 ":2: [database] dsn: has a password in it; move it into a "
		 "file and name that in password_file"},
		{"[database]\nadmin_dsn = postgresql://a:b@c/d\n",
		 ":2: [database] admin_dsn: has a password in it; move it "
		 "into a file and name that in admin_password_file"},
		{"[database]\npassword_file = /nonexistent/x\n",
		 ":2: [database] password_file: could not open "
		 "/nonexistent/x: No such file or directory"},
		{"[database]\nadmin_password_file = /nonexistent/x\n",
		 ":2: [database] admin_password_file: could not open "
		 "/nonexistent/x: No such file or directory"},
	};

	(void)state;
	refuse_all(rows, COUNT(rows));
}

static void providers(void **state)
{
	static const struct row rows[] = {
		{"\n[provider p]\nbase_url = https://h\n",
		 ":2: [provider p] kind: is missing; expected openai, "
		 "anthropic or bedrock"},
		{"[provider p]\nkind = llama\n",
		 ":2: [provider p] kind: \"llama\" is not openai, anthropic or "
		 "bedrock"},
		{"[provider p]\nkind = extract\n",
		 ":2: [provider p] kind: the provider extract is built in: "
		 "kind and name go together"},
		{"[provider extract]\nkind = openai\n",
		 ":2: [provider extract] kind: the provider extract is built "
		 "in: kind and name go together"},
		{"[provider p]\nkind = openai\nbase_url = http://h/v1\n",
		 ":3: [provider p] base_url: \"http://h/v1\" would send the "
		 "key in clear text; expected https://, or http:// to this "
		 "machine"},
		{"[provider p]\nkind = openai\nbase_url = https://10.0.0.1\n",
		 ":3: [provider p] base_url: \"https://10.0.0.1\" is an "
		 "address of a private network; if that is meant, set "
		 "private_network = on"},
		{"[provider p]\nkind = openai\nbase_url = https://u@h\n",
		 ":3: [provider p] base_url: \"https://u@h\" is not an address "
		 "that begins with https:// or http:// and has no user name, "
		 "query or fragment"},
		{"[provider p]\nkind = openai\nprice = 0\n",
		 ":3: [provider p] price: \"0\" is not free, or nothing"},
		{"[provider p]\nkind = openai\ntimeout_idle_ms = 0\n",
		 ":3: [provider p] timeout_idle_ms: \"0\" is not a duration "
		 "from 1ms to 86400000ms, such as 250ms, 15s or 2m"},
		{"[provider p]\nkind = openai\noverhead_tokens = x\n",
		 ":3: [provider p] overhead_tokens: \"x\" is not a whole "
		 "number from 0 to 1000000"},
	};

	(void)state;
	refuse_all(rows, COUNT(rows));
}

static void features(void **state)
{
	static const struct row rows[] = {
		{"[feature f]\nroute =\n",
		 ":2: [feature f] route: \"\" is not provider/model or "
		 "extract"},
		{"[feature f]\nroute = extract,\n",
		 ":2: [feature f] route: \"\" is not provider/model or "
		 "extract"},
		{"[feature f]\nroute = gpt-5\n",
		 ":2: [feature f] route: \"gpt-5\" is not provider/model or "
		 "extract"},
		{"[feature f]\nroute = p/\n",
		 ":2: [feature f] route: \"p/\" is not provider/model or "
		 "extract"},
		{"[feature f]\nroute = /m\n",
		 ":2: [feature f] route: \"/m\" is not provider/model or "
		 "extract"},
		{"[feature f]\nroute = extract/m\n",
		 ":2: [feature f] route: \"extract/m\" is not provider/model "
		 "or extract"},
		{"[feature f]\nroute = extract, p/m\n",
		 ":2: [feature f] route: \"p/m\" needs a section [provider "
		 "p]"},
		{"[feature f]\nroute = extract,extract,extract,extract,extract,"
		 "extract,extract,extract,extract\n",
		 ":2: [feature f] route: has more than 8 models"},
		{"[feature f]\nprompt = x\nprompt_file = y\n",
		 ":3: [feature f] prompt_file: stands beside prompt; give only "
		 "one"},
		{"[feature f]\nprompt_file = /nonexistent/x\n",
		 ":2: [feature f] prompt_file: could not read /nonexistent/x: "
		 "No such file or directory"},
		{"[feature f]\npassages = 21\n",
		 ":2: [feature f] passages: \"21\" is not a whole number from "
		 "0 to 20"},
		{"[feature f]\nmax_output_tokens = 0\n",
		 ":2: [feature f] max_output_tokens: \"0\" is not a whole "
		 "number from 1 to 1000000"},
		{"[feature f]\nmin_output_tokens = 0\n",
		 ":2: [feature f] min_output_tokens: \"0\" is not a whole "
		 "number from 1 to 1000000"},
		{"[feature f]\nmax_output_tokens = 10\nmin_output_tokens = "
		 "11\n",
		 ":3: [feature f] min_output_tokens: is more than "
		 "max_output_tokens"},
	};

	(void)state;
	refuse_all(rows, COUNT(rows));
}

static void guards(void **state)
{
	static const struct row rows[] = {
		{"[guard]\nmoderation = openai\n",
		 ":2: [guard] moderation: \"openai\" is neither off nor "
		 "provider/model with a section [provider NAME]"},
		{"[guard]\nmoderation = nobody/m\n",
		 ":2: [guard] moderation: \"nobody/m\" is neither off nor "
		 "provider/model with a section [provider NAME]"},
		{"[provider p]\nkind = anthropic\n[guard]\nmoderation = p/m\n",
		 ":4: [guard] moderation: [provider p] must be of kind openai: "
		 "no other has moderations"},
		{"[guard]\nmoderation_fail = maybe\n",
		 ":2: [guard] moderation_fail: \"maybe\" is not block or pass"},
		{"[guard]\ninput_pii = shred\n",
		 ":2: [guard] input_pii: \"shred\" is not redact, hash, block "
		 "or off, nor a kind with one of them, such as email off"},
		{"[feature f]\nroute = extract\ncontent = some\n",
		 ":3: [feature f] content: \"some\" is not none, hash, "
		 "redacted or full"},
		{"[feature f]\nroute = extract\ncontent = hash\n",
		 ":3: [feature f] content: hash needs [guard] hash_key_file "
		 "with a secret of 32 or more characters"},
	};

	(void)state;
	refuse_all(rows, COUNT(rows));
}

static void a_feature_has_its_own_moderation(void **state)
{
	(void)state;
	load("[guard]\nmoderation = p/m\nmoderation_fail = pass\n"
	     "[provider p]\nkind = openai\nbase_url = http://localhost/\n"
	     "[feature a]\nroute = extract\n"
	     "[feature b]\nroute = extract\nmoderation = off\n"
	     "[feature c]\nroute = extract\nmoderation = p/n\n"
	     "moderation_timeout = 2s\nmoderation_fail = block\n");
	const struct conf_guard_rules *const a = &conf.features[0].guard;
	const struct conf_guard_rules *const c = &conf.features[2].guard;
	assert_true(str_eq_c(a->moderation, "p/m"));
	assert_int_equal(a->moderation_timeout_ms, 3000);
	assert_true(a->moderation_pass);
	assert_int_equal(conf.features[1].guard.moderation.n, 0);
	assert_true(str_eq_c(c->moderation, "p/n"));
	assert_int_equal(c->moderation_timeout_ms, 2000);
	assert_false(c->moderation_pass);
}

static void a_models_name_that_is_too_long(void **state)
{
	char text[200] = "[provider p]\nkind = openai\n[feature f]\nroute = p/";
	const size_t at = strlen(text) - 2; /* where the element begins */

	(void)state;
	memset(text + at + 2, 'm', CONF_MAX_MODEL_BYTES - 2);
	load(text);
	assert_int_equal(conf.features[0].route[0].n, CONF_MAX_MODEL_BYTES);
	text[at + CONF_MAX_MODEL_BYTES] = 'm';
	refuse(text, ":4: [feature f] route: a model's name of over 127 "
		     "bytes");
}

static void prompts(void **state)
{
	static const struct {
		const char *content;
		const char *want;
	} rows[] = {
		{"", "is empty"},
		{" \n ", "is empty"},
		{"\xFF", "is not UTF-8 text"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char want[200];
		put_file("prompt.txt", rows[i].content, 0644);
		(void)snprintf(want, sizeof(want),
			       ":2: [feature f] prompt_file: %s %s",
			       in_dir("prompt.txt"), rows[i].want);
		refuse("[feature f]\nprompt_file = prompt.txt\n", want);
	}
	char want[200];
	char *const big = arena_alloc(&arena, 256 * 1024 + 2);
	memset(big, 'p', 256 * 1024);
	put_file("prompt.txt", big, 0644);
	load("[feature f]\nprompt_file = prompt.txt\n");
	big[256 * 1024] = 'p';
	put_file("prompt.txt", big, 0644);
	(void)snprintf(want, sizeof(want),
		       ":2: [feature f] prompt_file: %s is over 256 KiB",
		       in_dir("prompt.txt"));
	refuse("[feature f]\nprompt_file = prompt.txt\n", want);
}

/* n sections [kind N] with one line each */
static const char *many(const char *kind, int n, const char *line)
{
	struct buf b;

	buf_init(&b, &arena, 16384);
	for (int i = 0; i < n; i++)
		buf_addf(&b, "[%s n%d]\n%s\n", kind, i, line);
	return buf_c(&b);
}

static void too_many_of_them(void **state)
{
	(void)state;
	/* one place is extract's */
	load(many("provider", CONF_MAX_PROVIDERS - 1, "kind = openai"));
	assert_int_equal(conf.nproviders, CONF_MAX_PROVIDERS);
	refuse(many("provider", CONF_MAX_PROVIDERS, "kind = openai"),
	       ": [provider extract] kind: too many providers; 31 are "
	       "allowed");
	refuse(many("provider", CONF_MAX_PROVIDERS + 1, "kind = openai"),
	       ":66: [provider n32] kind: too many providers; 31 are "
	       "allowed");
	load(many("feature", CONF_MAX_FEATURES, "passages = 1"));
	assert_int_equal(conf.nfeatures, CONF_MAX_FEATURES);
	refuse(many("feature", CONF_MAX_FEATURES + 1, "passages = 1"),
	       ":257: [feature n128] route: too many features; 128 are "
	       "allowed");
}

static void the_first_fault_is_reported(void **state)
{
	(void)state;
	refuse("[server]\nmax_calls = x\nheartbeat = y\n[limits]\nlease = z\n",
	       ":2: [server] max_calls: \"x\" is not a whole number from 1 to "
	       "100000");
	refuse("[server]\nmax_calls = x\nnmae = y\n",
	       ":3: [server] nmae: unknown setting; the README has a table of "
	       "all");
}

/* A worker that cannot start its work must still be able to say so. */
static void the_rest_of_a_bad_file_still_counts(void **state)
{
	(void)state;
	refuse("[server]\nlog_file = /x/log\nmax_calls = x\nheartbeat = 3s\n"
	       "[feature f]\nroute = nosuch/m\n",
	       ":3: [server] max_calls: \"x\" is not a whole number from 1 to "
	       "100000");
	assert_string_equal(conf.server.log_file, "/x/log");
	assert_int_equal(conf.server.max_calls, 1000);
	assert_int_equal(conf.server.heartbeat_ms, 3000);
	assert_string_equal(conf.database.dsn, "dbname=slipway");
	/* even when the file ends in the middle of it */
	refuse("[server]\nlog_file = /y/log\n[nosuch]\n[limits]\nlease = 9m\n",
	       ":3: [nosuch]: unknown section; expected server, database, "
	       "limits, provider NAME, feature NAME, tool NAME, alias NAME, guard, pattern NAME, mail, alerts or status");
	assert_string_equal(conf.server.log_file, "/y/log");
	assert_int_equal(conf.limits.lease_ms, 60000);
	/* or is not there at all */
	assert_int_equal(conf_load(&arena, "/nonexistent/x.conf", &conf, NULL),
			 ERR_CONFIG);
	assert_int_equal(conf.server.intake_threads, 4);
	assert_string_equal(conf.server.log_file, "");
	assert_string_equal(conf.status.dir, "/var/lib/slipway/status");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONF_TEST(lines),
		CONF_TEST(a_name_of_32_bytes_is_the_longest),
		CONF_TEST(a_line_that_is_too_long),
		CONF_TEST(files_that_are_not_text),
		CONF_TEST(values),
		CONF_TEST(databases),
		CONF_TEST(providers),
		CONF_TEST(features),
		CONF_TEST(guards),
		CONF_TEST(a_feature_has_its_own_moderation),
		CONF_TEST(a_models_name_that_is_too_long),
		CONF_TEST(prompts),
		CONF_TEST(too_many_of_them),
		CONF_TEST(the_first_fault_is_reported),
		CONF_TEST(the_rest_of_a_bad_file_still_counts),
	};

	return cmocka_run_group_tests(tests, conf_group_setup,
				      conf_group_teardown);
}
