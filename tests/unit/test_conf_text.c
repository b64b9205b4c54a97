/*
 * conf: addresses and connection strings, and the configuration as it is
 * printed.
 */
#include "conf_fixture.h"

#include "conf/url.h"

static const struct {
	const char *text;
	const char *want; /* NULL: refused */
	bool safe;
} address_rows[] = {
	{"https://api.example.org", "https://api.example.org", true},
	{"https://h/", "https://h", true},
	{"https://h:8443/v1/", "https://h:8443/v1", true},
	{"https://[2001:db8::1]/v1", "https://[2001:db8::1]/v1", true},
	{"http://localhost/v1", "http://localhost/v1", true},
	{"http://LOCALHOST:80", "http://LOCALHOST:80", true},
	{"http://127.0.0.1:9", "http://127.0.0.1:9", true},
	{"http://127.255.255.254", "http://127.255.255.254", true},
	{"http://[::1]:8080/x", "http://[::1]:8080/x", true},
	{"http://[::1]:9", "http://[::1]:9", true},
	{"http://example.org", "http://example.org", false},
	{"http://128.0.0.1", "http://128.0.0.1", false},
	{"http://10.0.0.1", "http://10.0.0.1", false},
	{"http://0.0.0.0", "http://0.0.0.0", false},
	{"http://127.0.0.1.evil.org", "http://127.0.0.1.evil.org", false},
	{"http://127.1", "http://127.1", false},
	{"http://localhost.evil.org", "http://localhost.evil.org", false},
	{"http://[::2]", "http://[::2]", false},
	{"http://[::ffff:127.0.0.1]", "http://[::ffff:127.0.0.1]", false},
	{"http://127.0.0.1@evil.org", NULL, false},
	{"https://user:pw@h", NULL, false},
	{"https://h?x=1", NULL, false},
	{"https://h#x", NULL, false},
	{"https://h\\x", NULL, false},
	{"https://", NULL, false},
	{"https:///v1", NULL, false},
	{"https://:80", NULL, false},
	{"https://h:", NULL, false},
	{"https://h:0", NULL, false},
	{"https://h:65536", NULL, false},
	{"https://h:8o", NULL, false},
	{"https://[]", NULL, false},
	{"https://[::1", NULL, false},
	{"https://[::1]x", NULL, false},
	{"https://[::1]x80", NULL, false},
	{"https://[::1]:", NULL, false},
	{"https://h\x7F", NULL, false},
	{"https://h h", NULL, false},
	{"https://h\xC3\xA9", NULL, false},
	{"ftp://h", NULL, false},
	{"file:///etc/passwd", NULL, false},
	{"HTTPS://h", NULL, false},
	{"h", NULL, false},
	{"", NULL, false},
};

static void addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(address_rows); i++) {
		const char *out = NULL;
		const enum err err = conf_url_parse(
			&arena, str_from(address_rows[i].text), &out);
		if ((err == ERR_OK) != (address_rows[i].want != NULL))
			fail_msg("%s", address_rows[i].text);
		if (address_rows[i].want == NULL)
			continue;
		assert_string_equal(out, address_rows[i].want);
		if (conf_url_is_safe(str_from(out)) != address_rows[i].safe)
			fail_msg("%s", out);
	}
}

static void where_addresses_lead(void **state)
{
	static const struct {
		const char *url;
		enum conf_reach reach;
	} rows[] = {
		{"https://api.example.com/v1", CONF_REACH_PUBLIC},
		{"https://8.8.8.8", CONF_REACH_PUBLIC},
		{"https://172.32.0.1", CONF_REACH_PUBLIC},
		{"https://[2606:4700::1]", CONF_REACH_PUBLIC},
		{"http://localhost:1", CONF_REACH_LOOPBACK},
		{"http://127.9.9.9", CONF_REACH_LOOPBACK},
		{"http://[::1]:1", CONF_REACH_LOOPBACK},
		{"https://10.0.0.1", CONF_REACH_PRIVATE},
		{"https://172.31.255.255", CONF_REACH_PRIVATE},
		{"https://192.168.1.1:8443", CONF_REACH_PRIVATE},
		{"https://169.254.169.254", CONF_REACH_PRIVATE},
		{"https://100.100.100.200", CONF_REACH_PRIVATE},
		{"https://0.0.0.0", CONF_REACH_PRIVATE},
		{"https://224.0.0.1", CONF_REACH_PRIVATE},
		{"https://[fd00:ec2::254]", CONF_REACH_PRIVATE},
		{"https://[fe80::1]", CONF_REACH_PRIVATE},
		{"https://[::]", CONF_REACH_PRIVATE},
		{"https://[::ffff:10.0.0.1]", CONF_REACH_PRIVATE},
		{"https://[64:ff9b::a00:1]", CONF_REACH_PRIVATE},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (conf_url_reach(str_from(rows[i].url)) != rows[i].reach)
			fail_msg("%s", rows[i].url);
}

static void passwords_in_connection_strings(void **state)
{
	static const struct {
		const char *dsn;
		bool want;
	} rows[] = {
		{"", false},
		{"dbname=slipway user=app", false},
		{"host=/run passfile=/x", false},
		{"password=x", true},
		{"host=h password = x", true},
		{"host=h  password='x y'", true},
		{"dbname=password", false},
		{"dbname=password user=x", false},
		{"user=nopassword=1", false},
		{"xpassword=1", false},
		{"postgresql://u@h/db", false},
		{"postgresql://u:p@h/db", true},
		{"postgres://u:p@h", true},
		{"postgresql://h:5432/db", false},
		{"postgresql:///db?user=u", false},
		{"postgresql:///db?user=u&password=x", true},
		{"postgresql:///db?password=x", true},
		{"postgresql://h/db?options=a:b@c", false},
		{"postgresql:", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (conf_dsn_has_password(str_from(rows[i].dsn)) !=
		    rows[i].want)
			fail_msg("%s", rows[i].dsn);
}

#define FULL                                                      \
	"[server]\nname = A | B\nmax_body = 1m\n"                 \
	"[database]\npassword_file = key\n"                       \
	"[provider p]\nkind = openai\napi_key_file = key\n"       \
	"[provider q]\nkind = anthropic\napi_key_env = NOT_SET\n" \
	"[feature f]\nroute = p/m, extract\nprompt = Be nice.\n"

static const char *printed(void)
{
	struct buf out;

	buf_init(&out, &arena, (size_t)256 * 1024);
	conf_print(&conf, &out);
	assert_int_equal(buf_err(&out), ERR_OK);
	return buf_c(&out);
}

static void print_shows_values_and_no_secret(void **state)
{
	(void)state;
	put_file("key", "sk-top-secret", 0600);
	load(FULL);
	const char *const text = printed();
	assert_int_equal(text[0], '#');
	assert_non_null(strstr(text, "\nname = A | B\n"));
	/* a long explanation is broken at a space */
	assert_non_null(strstr(text,
			       "is asked when one fails; extract answers\n"
			       "# with passages from the documents\n"));
	assert_non_null(strstr(text, "# default: 2m\nmax_body = 1m\n"));
	assert_non_null(strstr(text, "\n#max_calls = 1000\n"));
	assert_non_null(strstr(text, "\n[provider p]\n"));
	assert_non_null(strstr(text, "\n\n[provider q]\n"));
	assert_non_null(strstr(text, "# secret: (set)\npassword_file = key\n"));
	assert_non_null(strstr(text, "# secret: (set)\napi_key_file = key\n"));
	assert_non_null(
		strstr(text, "# secret: (not set)\napi_key_env = NOT_SET\n"));
	assert_null(strstr(text, "sk-top-secret"));
	for (const char *line = text; *line != '\0';) {
		const size_t n = strcspn(line, "\n");
		assert_in_range(n, 0, 80);
		line += n + 1;
	}
}

static void what_is_printed_reads_back_the_same(void **state)
{
	(void)state;
	put_file("key", "sk-top-secret", 0600);
	load(FULL);
	const char *const first = printed();
	load(first);
	assert_string_equal(printed(), first);
	assert_int_equal(conf.nfeatures, 1);
	assert_int_equal(conf.server.max_body_bytes, 1024 * 1024);
}

static void the_table_names_every_setting(void **state)
{
	static const char *const keys[] = {
		"name",
		"public_url",
		"operator_name",
		"max_calls",
		"password_file",
		"statement_timeout",
		"user_rpm",
		"system_daily_usd",
		"lease",
		"kind",
		"api_key_env",
		"timeout_first_byte_ms",
		"region",
		"secret_key_file",
		"route",
		"prompt_file",
		"min_output_tokens",
		"input",
		"output",
		"dir",
	};
	struct buf out;

	(void)state;
	buf_init(&out, &arena, (size_t)64 * 1024);
	conf_print_markdown(&out);
	for (size_t i = 0; i < COUNT(keys); i++) {
		char row[64];
		(void)snprintf(row, sizeof(row), "\n| `%s` | ", keys[i]);
		if (strstr(buf_c(&out), row) == NULL)
			fail_msg("%s is missing", keys[i]);
	}
	/* three cells a row, whatever stands in them */
	for (const char *p = buf_c(&out); *p != '\0';) {
		const size_t n = strcspn(p, "\n");
		size_t bars = 0;
		for (size_t i = 0; i < n; i++)
			bars += p[i] == '|' && (i == 0 || p[i - 1] != '\\');
		assert_true(bars == 0 || bars == 4);
		p += n + 1;
	}
}

static struct str slurp(const char *path)
{
	struct buf b;
	const int fd = open(path, O_RDONLY);

	if (fd < 0)
		fail_msg("%s is not there: run from the top folder", path);
	buf_init(&b, &arena, (size_t)256 * 1024);
	char *const p = buf_room(&b, (size_t)128 * 1024);
	const ssize_t n = read(fd, p, (size_t)128 * 1024);
	assert_true(n > 0);
	buf_commit(&b, (size_t)n);
	assert_int_equal(close(fd), 0);
	return buf_str(&b);
}

static void the_readme_has_the_table_of_today(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, &arena, (size_t)64 * 1024);
	conf_print_markdown(&out);
	if (strstr(slurp("src/conf/README.md").p, buf_c(&out)) == NULL)
		fail_msg("put the output of `slipway config --markdown` at the "
			 "end of src/conf/README.md");
}

static void the_example_has_every_setting_of_today(void **state)
{
	struct str line;
	struct errbuf e = {0};

	(void)state;
	if (conf_load(&arena, "dist/slipway.conf.example", &conf, &e) != ERR_OK)
		fail_msg("%s", e.detail);
	const char *const example = slurp("dist/slipway.conf.example").p;
	load("[provider p]\nkind = openai\n");
	struct str rest = str_from(printed());
	while (str_cut(rest, '\n', &line, &rest)) {
		char key[128];
		if (!str_starts(line, STR("#")) || line.p[1] == ' ')
			continue;
		(void)snprintf(key, sizeof(key), "\n%.*s\n", (int)line.n,
			       line.p);
		if (strstr(example, key) == NULL)
			fail_msg("dist/slipway.conf.example lacks this line:%s",
				 key);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONF_TEST(addresses),
		CONF_TEST(where_addresses_lead),
		CONF_TEST(passwords_in_connection_strings),
		CONF_TEST(print_shows_values_and_no_secret),
		CONF_TEST(what_is_printed_reads_back_the_same),
		CONF_TEST(the_table_names_every_setting),
		CONF_TEST(the_readme_has_the_table_of_today),
		CONF_TEST(the_example_has_every_setting_of_today),
	};

	return cmocka_run_group_tests(tests, conf_group_setup,
				      conf_group_teardown);
}
