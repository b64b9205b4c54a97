/*
 * conf: what must hold within a section and between sections, and how it is
 * refused: databases, providers, features, guards, prompts.
 */
#include "conf_fixture.h"

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
		{"[database]\nretention_days = 2\n",
		 ":2: [database] retention_days: is less than 3, and not 0 to "
		 "keep all"},
	};

	(void)state;
	refuse_all(rows, COUNT(rows));
}

/* What would be taken and never match, or never be sent. */
static void addresses(void **state)
{
	static const struct row rows[] = {
		{"[auth]\nemail_domains = example.org, @example.com\n",
		 ":2: [auth] email_domains: \"@example.com\" is not a domain, "
		 "such as example.org"},
		{"[mail]\nsmtp_host = m\nfrom = x\n",
		 ":3: [mail] from: \"x\" is not an address of mail, such as "
		 "ops@example.org"},
		{"[alerts]\nmail_to = a@b.c; ops\n[mail]\nsmtp_host = m\n"
		 "from = a@b.c\n[alerts]\nmail_to = ops\n",
		 ":7: [alerts] mail_to: \"ops\" is not an address of mail, "
		 "such as ops@example.org"},
		{"[server]\npublic_url = https://example.org/ai/\n",
		 ":2: [server] public_url: has a path; give Slipway a "
		 "(sub)domain of its own, for its pages are at the top of "
		 "one"},
		{"[server]\ncors_origins = app.example.org\n",
		 ":2: [server] cors_origins: \"app.example.org\" is not "
		 "origins such as https://www.example.org, with a comma "
		 "between two and without paths or wildcards"},
		{"[provider p]\nkind = openai\nca_file = /nonexistent/x\n",
		 ":3: [provider p] ca_file: could not read /nonexistent/x: No "
		 "such file or directory"},
		{"[guard]\ninput_pii = hash\n",
		 ":2: [guard] input_pii: hash needs [guard] hash_key_file "
		 "with a secret of 32 or more characters"},
		{"[pattern p]\nmatch = x\naction = hash\n",
		 ":3: [pattern p] action: hash needs [guard] hash_key_file "
		 "with a secret of 32 or more characters"},
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONF_TEST(databases),
		CONF_TEST(addresses),
		CONF_TEST(providers),
		CONF_TEST(features),
		CONF_TEST(guards),
		CONF_TEST(a_feature_has_its_own_moderation),
		CONF_TEST(a_models_name_that_is_too_long),
		CONF_TEST(prompts),
		CONF_TEST(too_many_of_them),
	};

	return cmocka_run_group_tests(tests, conf_group_setup,
				      conf_group_teardown);
}
