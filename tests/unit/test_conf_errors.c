/*
 * conf: one row for each way in which a file can be wrong: the whole message,
 * and that the rest of the file still counts.
 */
#include "conf_fixture.h"

#define SECTIONS                                                              \
	"server, database, limits, auth, provider NAME, feature NAME, tool "  \
	"NAME, alias NAME, guard, pattern NAME, mail, alerts, status, demo, " \
	"admin, traces"

static void lines(void **state)
{
	static const struct row rows[] = {
		{"name = x\n", ":1: name stands before the first [section]"},
		{"[server]\nname\nname = x\n[limits]\n",
		 ":2: expected [section] or key = value"},
		{"[server]\n\n\nnmae = x\n",
		 ":4: [server] nmae: unknown setting; `slipway config "
		 "--markdown` shows all"},
		{"[server]\nName = x\n",
		 ":2: [server] Name: unknown setting; `slipway config "
		 "--markdown` shows all"},
		{"[server]\nuser_rpm = 1\n",
		 ":2: [server] user_rpm: unknown setting; `slipway config "
		 "--markdown` shows all"},
		{"[provider p]\nkind = openai\nroute = x\n",
		 ":3: [provider p] route: unknown setting; `slipway config "
		 "--markdown` shows all"},
		{"[alerts]\nmail = x\n",
		 ":2: [alerts] mail: unknown setting; `slipway config "
		 "--markdown` shows all"},
		{"[servers]\n",
		 ":1: [servers]: unknown section; expected " SECTIONS},
		{"[]\n", ":1: []: unknown section; expected " SECTIONS},
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

static void the_first_fault_is_reported(void **state)
{
	(void)state;
	refuse("[server]\nmax_calls = x\nheartbeat = y\n[limits]\nlease = z\n",
	       ":2: [server] max_calls: \"x\" is not a whole number from 1 to "
	       "100000");
	refuse("[server]\nmax_calls = x\nnmae = y\n",
	       ":3: [server] nmae: unknown setting; `slipway config "
	       "--markdown` shows all");
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
	       ":3: [nosuch]: unknown section; expected " SECTIONS);
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
		CONF_TEST(the_first_fault_is_reported),
		CONF_TEST(the_rest_of_a_bad_file_still_counts),
	};

	return cmocka_run_group_tests(tests, conf_group_setup,
				      conf_group_teardown);
}
