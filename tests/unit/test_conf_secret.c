/*
 * conf: where secrets come from, and what is not taken for one.
 */
#include "conf/renew.h"
#include "conf/secret.h"
#include "conf_fixture.h"

#include <sys/wait.h>

static struct str secret(struct conf_secret s)
{
	return (struct str){s.secret_p, s.secret_n};
}

static void secrets_come_from_files(void **state)
{
	(void)state;
	put_file("key", " sk-file \n", 0600);
	put_file("admin", "owner's", 0640);
	assert_int_equal(setenv("SLIPWAY_TEST_KEY", "sk-env", 1), 0);
	load("[database]\npassword_file = key\nadmin_password_file = admin\n"
	     "[provider p]\nkind = openai\napi_key_file = key\n"
	     "api_key_env = SLIPWAY_TEST_KEY\n");
	assert_true(str_eq_c(secret(conf.database.password), "sk-file"));
	assert_true(str_eq_c(secret(conf.database.admin_password), "owner's"));
	assert_true(str_eq_c(secret(conf.providers[0].api_key), "sk-file"));
	assert_true(conf.providers[0].api_key_wanted);
	assert_string_equal(conf.providers[0].api_key_source,
			    "[provider p] api_key_file (key)");
}

static void a_key_may_come_from_the_environment(void **state)
{
	const char *const text = "[provider p]\nkind = openai\n"
				 "api_key_env = SLIPWAY_TEST_KEY\n";

	(void)state;
	load(text); /* missing is not refused */
	assert_null(conf.providers[0].api_key.secret_p);
	assert_true(conf.providers[0].api_key_wanted);
	assert_int_equal(setenv("SLIPWAY_TEST_KEY", "", 1), 0);
	load(text);
	assert_null(conf.providers[0].api_key.secret_p);
	assert_int_equal(setenv("SLIPWAY_TEST_KEY", "sk-env", 1), 0);
	load(text);
	assert_true(str_eq_c(secret(conf.providers[0].api_key), "sk-env"));
	assert_string_equal(conf.providers[0].api_key_source,
			    "[provider p] api_key_env (SLIPWAY_TEST_KEY)");
}

static void a_missing_key_is_known(void **state)
{
	static const struct {
		const char *settings;
		bool missing;
	} rows[] = {
		{"kind = openai\n", true},
		{"kind = anthropic\n", true},
		{"kind = openai\nbase_url = https://api.openai.com/v1/\n",
		 true},
		{"kind = openai\napi_key_env = SLIPWAY_TEST_KEY\n", true},
		/* a service of one's own may do without */
		{"kind = openai\nbase_url = http://localhost:11434/v1\n",
		 false},
		{"kind = openai\nbase_url = http://localhost:11434/v1\n"
		 "api_key_env = SLIPWAY_TEST_KEY\n",
		 true},
		{"kind = openai\napi_key_file = key\n", false},
	};

	(void)state;
	put_file("key", "sk", 0600);
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[200];
		(void)snprintf(text, sizeof(text), "[provider p]\n%s",
			       rows[i].settings);
		load(text);
		if (conf_provider_key_missing(&conf.providers[0]) !=
		    rows[i].missing)
			fail_msg("%s", rows[i].settings);
	}
	const struct conf_provider *const extract =
		conf_provider(&conf, STR("extract"));
	assert_non_null(extract);
	assert_false(conf_provider_key_missing(extract));
}

static void credentials_of_systemd_come_first(void **state)
{
	const char *const sub = in_dir("credentials");
	const char *const own = in_dir("key");
	struct buf text;

	(void)state;
	put_file("key", "from the file", 0600);
	assert_int_equal(mkdir(sub, 0700), 0);
	put_file("credentials/key", "from systemd", 0400);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", sub, 1), 0);
	load("[provider p]\nkind = openai\napi_key_file = secrets/key\n");
	assert_true(
		str_eq_c(secret(conf.providers[0].api_key), "from systemd"));
	/* an absolute path means that very file */
	buf_init(&text, &arena, 1000);
	buf_addf(&text, "[provider p]\nkind = openai\napi_key_file = %s\n",
		 own);
	load(buf_c(&text));
	assert_true(
		str_eq_c(secret(conf.providers[0].api_key), "from the file"));
	assert_int_equal(unlink(in_dir("credentials/key")), 0);
	load("[provider p]\nkind = openai\napi_key_file = key\n");
	assert_true(
		str_eq_c(secret(conf.providers[0].api_key), "from the file"));
	assert_int_equal(rmdir(sub), 0);
}

static void files_that_are_refused(void **state)
{
	static const struct {
		const char *content;
		mode_t mode;
		const char *want;
	} rows[] = {
		{"sk\n", 0644,
		 "%s is open to others (mode 0644); run chmod "
		 "0640 on it"},
		{"sk\n", 0620,
		 "%s is open to others (mode 0620); run chmod "
		 "0640 on it"},
		{"sk\n", 0602,
		 "%s is open to others (mode 0602); run chmod "
		 "0640 on it"},
		{"", 0600, "%s is empty"},
		{" \n\n", 0600, "%s is empty"},
		{"sk\nsecond line\n", 0600,
		 "the secret has control bytes; expected one line of text"},
		{"\x01sk", 0600,
		 "the secret has control bytes; expected one line of text"},
		{"sk\x7Fx", 0600,
		 "the secret has control bytes; expected one line of text"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char what[160];
		char want[TEMP_BYTES + 120];
		put_file("key", rows[i].content, rows[i].mode);
		if (strstr(rows[i].want, "%s") != NULL)
			(void)snprintf(what, sizeof(what), "%s%s",
				       in_dir("key"), rows[i].want + 2);
		else
			(void)snprintf(what, sizeof(what), "%s", rows[i].want);
		(void)snprintf(want, sizeof(want),
			       ":3: [provider p] api_key_file: %s", what);
		refuse("[provider p]\nkind = openai\napi_key_file = key\n",
		       want);
	}
}

static void what_is_no_secret_is_refused(void **state)
{
	char big[4200];
	char want[TEMP_BYTES + 120];

	(void)state;
	(void)snprintf(want, sizeof(want),
		       ":3: [provider p] api_key_file: %s/. is not a file",
		       dir);
	refuse("[provider p]\nkind = openai\napi_key_file = .\n", want);
	memset(big, 'k', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	put_file("key", big, 0600);
	(void)snprintf(want, sizeof(want),
		       ":3: [provider p] api_key_file: %s is over 4096 bytes",
		       in_dir("key"));
	refuse("[provider p]\nkind = openai\napi_key_file = key\n", want);
	assert_int_equal(setenv("SLIPWAY_TEST_KEY", "a\nb", 1), 0);
	refuse("[provider p]\nkind = openai\napi_key_env = SLIPWAY_TEST_KEY\n",
	       ":3: [provider p] api_key_env: the secret has control bytes; "
	       "expected one line of text");
}

/*
 * As a user who may not read dir/admin (root may read everything), load text;
 * the exit status of the child is its error.
 */
static enum err load_as_somebody_else(const char *text)
{
	int status = 0;

	put_file("slipway.conf", text, 0644);
	assert_int_equal(chmod(dir, 0755), 0);
	const pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (geteuid() == 0 && setuid(65534) != 0)
			_exit(99);
		const enum err err =
			conf_load(&arena, in_dir("slipway.conf"), &conf, NULL);
		_exit(conf.database.admin_password.secret_p == NULL ? (int)err
								    : 98);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return (enum err)WEXITSTATUS(status);
}

static void workers_may_not_read_the_owners_password(void **state)
{
	(void)state;
	put_file("admin", "owner's", 0000);
	assert_int_equal(load_as_somebody_else("[database]\n"
					       "admin_password_file = admin\n"),
			 ERR_OK);
	/* their own they must */
	assert_int_equal(load_as_somebody_else("[database]\n"
					       "password_file = admin\n"),
			 ERR_CONFIG);
}

/* The secret key of the first provider as it is now. */
static struct str renewed(bool again)
{
	return secret(conf_aws_keys(&conf.providers[0], again).secret_key);
}

static void keys_that_change_are_read_again(void **state)
{
	char long_text[CONF_SECRET_MAX_BYTES + 2];

	(void)state;
	put_file("key", "AKID", 0600);
	put_file("admin", "one", 0600);
	load("[provider p]\nkind = bedrock\nregion = eu-west-1\n"
	     "access_key_file = key\nsecret_key_file = admin\n");
	const uint64_t first = conf_aws_keys(&conf.providers[0], false).version;
	assert_true(str_eq_c(renewed(true), "one"));
	assert_int_equal(conf_aws_keys(&conf.providers[0], true).version,
			 first);
	put_file("admin", " second\n", 0600);
	assert_true(str_eq_c(renewed(false), "second"));
	const uint64_t second =
		conf_aws_keys(&conf.providers[0], false).version;
	assert_int_not_equal(second, first);
	/* what is no key leaves the one before */
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	put_file("admin", "", 0600);
	assert_true(str_eq_c(renewed(true), "second"));
	put_file("admin", "two\nlines", 0600);
	assert_true(str_eq_c(renewed(true), "second"));
	put_file("admin", long_text, 0600);
	assert_true(str_eq_c(renewed(true), "second"));
	put_file("admin", "open to others", 0644);
	assert_true(str_eq_c(renewed(true), "second"));
	assert_int_equal(unlink(in_dir("admin")), 0);
	assert_true(str_eq_c(renewed(true), "second"));
	assert_int_equal(conf_aws_keys(&conf.providers[0], true).version,
			 second);
	/* and it is found when it is one */
	put_file("admin", "third", 0640);
	assert_true(str_eq_c(renewed(false), "third"));
	/* the same text in another file is no other key */
	const uint64_t third = conf_aws_keys(&conf.providers[0], false).version;
	assert_int_equal(unlink(in_dir("admin")), 0);
	put_file("admin", "third", 0640);
	assert_int_equal(conf_aws_keys(&conf.providers[0], true).version,
			 third);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONF_TEST(secrets_come_from_files),
		CONF_TEST(a_key_may_come_from_the_environment),
		CONF_TEST(a_missing_key_is_known),
		CONF_TEST(credentials_of_systemd_come_first),
		CONF_TEST(workers_may_not_read_the_owners_password),
		CONF_TEST(files_that_are_refused),
		CONF_TEST(what_is_no_secret_is_refused),
		CONF_TEST(keys_that_change_are_read_again),
	};

	return cmocka_run_group_tests(tests, conf_group_setup,
				      conf_group_teardown);
}
