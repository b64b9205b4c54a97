/*
 * All settings, one table a section: key, type, place, limits, default, help.
 * Reader, printer and documentation work from these tables; a new setting is a
 * row here and a field in conf.h.
 */
#include "conf/table.h"

#include "conf/conf.h"
#include "conf/guarded.h"
#include "conf/tool.h"

#include <assert.h>
#include <string.h>

#define KIB        INT64_C(1024)
#define MIB        (1024 * KIB)
#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))

#define AT(member) offsetof(struct conf_server, member)
static const struct conf_setting server[] = {
	{"name", CONF_TEXT, AT(name), 0, 0, "Slipway",
	 "name of this service, shown on its pages"},
	{"public_url", CONF_URL, AT(public_url), 0, 0, "",
	 "address under which people reach it, for links"},
	{"operator_name", CONF_TEXT, AT(operator_name), 0, 0, "",
	 "who runs it, for the about page"},
	{"contact_email", CONF_TEXT, AT(contact_email), 0, 0, "",
	 "where questions go, for the contact page"},
	{"privacy_note", CONF_TEXT, AT(privacy_note), 0, 0, "",
	 "a sentence for the privacy page"},
	{"welcome", CONF_TEXT, AT(welcome), 0, 0, "",
	 "a sentence at the head of the chat page; empty is one about where "
	 "answers come from"},
	{"log_file", CONF_PATH, AT(log_file), 0, 0, "",
	 "where log lines are appended; empty is stderr"},
	{"log_level", CONF_LEVEL, AT(log_level), 0, 0, "info",
	 "debug, info, warn or error"},
	{"state_dir", CONF_PATH, AT(state_dir), 0, 0, "/var/lib/slipway",
	 "folder for what must survive a restart; must be writable"},
	{"intake_threads", CONF_NUMBER, AT(intake_threads), 1, 64, "4",
	 "threads of a worker that accept and admit requests"},
	{"max_calls", CONF_NUMBER, AT(max_calls), 1, 100000, "1000",
	 "calls in flight in one worker; more are answered 503"},
	{"max_body", CONF_SIZE, AT(max_body_bytes), KIB, 64 * MIB, "2m",
	 "largest request body"},
	{"max_message", CONF_SIZE, AT(max_message_bytes), 1, 64 * MIB, "512k",
	 "largest single message"},
	{"max_messages", CONF_NUMBER, AT(max_messages), 1, 10000, "200",
	 "most messages in one request"},
	{"body_timeout", CONF_DURATION, AT(body_timeout_ms), 1, CONF_DAY_MS,
	 "15s", "how long a client may take to send its body"},
	{"write_timeout", CONF_DURATION, AT(write_timeout_ms), 1, CONF_DAY_MS,
	 "30s", "how long a client may leave the answer unread"},
	{"heartbeat", CONF_DURATION, AT(heartbeat_ms), 1, CONF_DAY_MS, "15s",
	 "silence in a stream before a comment keeps it open"},
	{"resume_grace", CONF_DURATION, AT(resume_grace_ms), 0, CONF_DAY_MS,
	 "10s",
	 "how long a call goes on after its connection broke, where the "
	 "client asked for that"},
	{"resume_keep", CONF_DURATION, AT(resume_keep_ms), 1000, CONF_DAY_MS,
	 "5m",
	 "how long such an answer is kept in the database to be taken up"},
	{"drain", CONF_DURATION, AT(drain_ms), 1, CONF_DAY_MS, "20s",
	 "how long a stopping worker lets its calls finish"},
	{"private_network", CONF_SWITCH, AT(private_network), 0, 0, "off",
	 "webhook, trace collector, OpenID provider and tools may be in a "
	 "private network (such as 10.0.0.0/8); else only on the internet and "
	 "on this machine"},
	{"cors_origins", CONF_ORIGINS, AT(cors_origins), 0, 0, "",
	 "pages elsewhere whose scripts may use the compatible APIs (/v1), as "
	 "https://app.example.org, ...; empty is none"},
	{"widget_origins", CONF_ORIGINS, AT(widget_origins), 0, 0, "",
	 "sites whose pages may show the chat in a frame (widget.js), as "
	 "https://www.example.org, ...; empty is none but our own"},
};
#undef AT

#define AT(member) offsetof(struct conf_database, member)
static const struct conf_setting database[] = {
	{"dsn", CONF_TEXT, AT(dsn), 0, 0, "dbname=slipway",
	 "libpq connection string of the workers, without the password"},
	{"password_file", CONF_SECRET, AT(password), 0, 0, "",
	 "file that holds the password of dsn"},
	{"admin_dsn", CONF_TEXT, AT(admin_dsn), 0, 0, "",
	 "connection string of the schema owner, for the slipway command"},
	{"admin_password_file", CONF_SECRET, AT(admin_password), 0, 0, "",
	 "file that holds the password of admin_dsn"},
	{"pool_size", CONF_NUMBER, AT(pool_size), 1, 64, "4",
	 "connections of one worker, besides the one of its ledger"},
	{"connect_timeout", CONF_DURATION, AT(connect_timeout_ms), 1,
	 CONF_DAY_MS, "3s", "how long to wait for a connection"},
	{"statement_timeout", CONF_DURATION, AT(statement_timeout_ms), 1,
	 CONF_DAY_MS, "5s", "how long a statement may take"},
	{"retention_days", CONF_NUMBER, AT(retention_days), 0, 36500, "0",
	 "`slipway janitor` drops calls that are older; at least 3, or 0 to "
	 "keep all"},
};
#undef AT

#define AT(member) offsetof(struct conf_limits, member)
static const struct conf_setting limits[] = {
	{"user_rpm", CONF_NUMBER, AT(user_rpm), 0, 1000000, "10",
	 "requests a minute of one user; 0 is no limit"},
	{"tenant_rpm", CONF_NUMBER, AT(tenant_rpm), 0, 1000000, "0",
	 "requests a minute of one tenant; 0 is no limit"},
	{"user_daily_usd", CONF_USD, AT(user_daily_pico), 0, 0, "1.00",
	 "what one user may spend a day (UTC), in dollars"},
	{"tenant_daily_usd", CONF_USD, AT(tenant_daily_pico), 0, 0, "20",
	 "what one tenant may spend a day, in dollars"},
	{"system_daily_usd", CONF_USD, AT(system_daily_pico), 0, 0, "50",
	 "what everybody together may spend a day, in dollars"},
	{"anonymous_daily_usd", CONF_USD, AT(anonymous_daily_pico), 0, 0,
	 "1.00",
	 "what all visitors together may spend a day, in dollars, where a "
	 "feature lets visitors in"},
	{"unknown_keys_rpm", CONF_NUMBER, AT(unknown_keys_rpm), 0, 1000000,
	 "60",
	 "unknown API keys a minute of one address, before it is refused "
	 "unasked; 0 is no limit"},
	{"lease", CONF_DURATION, AT(lease_ms), 1000, CONF_DAY_MS, "60s",
	 "how long the money of a call stays reserved when its worker dies; "
	 "live ones renew it"},
};
#undef AT

#define AT(member) offsetof(struct conf_auth, member)
static const struct conf_setting auth[] = {
	{"signup", CONF_SIGNUP, AT(signup), 0, 0, "invite",
	 "who may make an account: closed, invite, waitlist (as invite, and "
	 "others may ask for one) or open"},
	{"secure_cookies", CONF_SWITCH, AT(secure_cookies), 0, 0, "on",
	 "session cookies go over https only; off is for plain http on this "
	 "machine"},
	{"session", CONF_DURATION, AT(session_ms), 60000, 90 * CONF_DAY_MS,
	 "14d", "how long a session lasts that nobody uses"},
	{"session_renew", CONF_DURATION, AT(session_renew_ms), 1,
	 90 * CONF_DAY_MS, "1d",
	 "age at which a session in use gets a new token"},
	{"login_attempts", CONF_NUMBER, AT(login_attempts), 1, 1000, "10",
	 "wrong passwords for one account within 15 minutes; an address has "
	 "five times as many"},
	{"email_domains", CONF_TEXT, AT(email_domains), 0, 0, "",
	 "domain, ...: only addresses of these may make an account; empty is "
	 "all"},
	{"oidc_issuer", CONF_URL, AT(oidc_issuer), 0, 0, "",
	 "OpenID provider to sign in with, e.g. https://accounts.google.com; "
	 "empty is none"},
	{"oidc_name", CONF_TEXT, AT(oidc_name), 0, 0, "Google",
	 "what the button says"},
	{"oidc_client_id", CONF_TEXT, AT(oidc_client_id), 0, 0, "",
	 "client id that the provider gave out"},
	{"oidc_client_secret_file", CONF_SECRET, AT(oidc_client_secret), 0, 0,
	 "", "file that holds the client secret"},
	{"trust_web_server", CONF_SWITCH, AT(trust_web_server), 0, 0, "off",
	 "sign in whom mod_auth_openidc has signed in: only where the web "
	 "server protects /auth/proxy with it"},
	{"challenge_bits", CONF_NUMBER, AT(challenge_bits), 1, 24, "13",
	 "how hard each of the 16 puzzles is that a visitor's browser solves; "
	 "one more is twice the work"},
};
#undef AT

#define AT(member) offsetof(struct conf_provider, member)
static const struct conf_setting provider[] = {
	{"kind", CONF_KIND, AT(kind), 0, 0, NULL,
	 "openai (any compatible address), anthropic or bedrock"},
	{"base_url", CONF_URL, AT(base_url), 0, 0, "",
	 "address of the API; empty is the one of the kind"},
	{"api_key_file", CONF_SECRET, AT(api_key), 0, 0, "",
	 "file that holds the API key"},
	{"api_key_env", CONF_SECRET, AT(api_key), 0, 0, "",
	 "environment variable that holds it, when there is no file"},
	{"private_network", CONF_SWITCH, AT(private_network), 0, 0, "off",
	 "base_url may lead to a private network (such as 10.0.0.0/8); else "
	 "only to the internet and to this machine"},
	{"price", CONF_PRICE, AT(price_free), 0, 0, "",
	 "free: a model of your own that costs nothing; empty is the table "
	 "of prices"},
	{"timeout_connect_ms", CONF_MS, AT(timeout_connect_ms), 1, CONF_DAY_MS,
	 "5000", "longest wait for a connection"},
	{"timeout_first_byte_ms", CONF_MS, AT(timeout_first_byte_ms), 1,
	 CONF_DAY_MS, "30000", "longest wait for the first byte of the answer"},
	{"timeout_idle_ms", CONF_MS, AT(timeout_idle_ms), 1, CONF_DAY_MS,
	 "30000", "longest silence within the answer"},
	{"timeout_total_ms", CONF_MS, AT(timeout_total_ms), 1, CONF_DAY_MS,
	 "300000", "longest time for the whole answer"},
	{"overhead_tokens", CONF_NUMBER, AT(overhead_tokens), 0, 1000000, "0",
	 "tokens that the provider adds to every input"},
	{"image_tokens", CONF_NUMBER, AT(image_tokens), 0, 10000000, "50000",
	 "the most tokens that one image counts, set aside for each; the "
	 "default is above any known model"},
	{"rpm", CONF_NUMBER, AT(rpm), 0, 10000000, "0",
	 "requests a minute that we send it, over all hosts; 0 is no limit"},
	{"tpm", CONF_NUMBER, AT(tpm), 0, INT64_C(10000000000), "0",
	 "tokens a minute that we send it (input and allowed output); 0 is no "
	 "limit"},
	{"breaker_failures", CONF_NUMBER, AT(breaker_failures), 0, 1000, "5",
	 "failures of a model in a row before it is not asked for a while; 0 "
	 "is never"},
	{"breaker_open_ms", CONF_MS, AT(breaker_open_ms), 100, CONF_DAY_MS,
	 "30000",
	 "for how long; doubles up to five minutes while it goes on failing"},
	{"region", CONF_TEXT, AT(region), 0, 0, "",
	 "kind bedrock: the AWS region"},
	{"access_key_file", CONF_SECRET, AT(access_key), 0, 0, "",
	 "kind bedrock: file with the access key id; read again when new. "
	 "AWS's own environment variables are not read"},
	{"secret_key_file", CONF_SECRET, AT(secret_key), 0, 0, "",
	 "kind bedrock: file that holds the secret access key"},
	{"session_token_file", CONF_SECRET, AT(session_token), 0, 0, "",
	 "kind bedrock: file that holds the session token of temporary keys"},
	{"ca_file", CONF_PATH, AT(ca_file), 0, 0, "",
	 "certificates to trust instead of the system's"},
	{"proxy", CONF_URL, AT(proxy), 0, 0, "",
	 "proxy to reach it by; empty is none, whatever the environment says"},
};
#undef AT

#define AT(member) offsetof(struct conf_feature, member)
static const struct conf_setting feature[] = {
	{"route", CONF_SPECIAL, 0, 0, 0, "extract",
	 "provider/model, ...: the next one is asked when one fails; extract "
	 "answers with passages from the documents"},
	{"kind", CONF_SPECIAL, 0, 0, 0, "chat",
	 "chat, or agent: answers with tools, by POST /agent"},
	{"tools", CONF_SPECIAL, 0, 0, 0, "",
	 "kind agent: names of [tool NAME], ..., or docs_search"},
	{"max_steps", CONF_NUMBER, AT(max_steps), 1, 100, "12",
	 "kind agent: most steps of a run, calls of models and of tools"},
	{"max_run_usd", CONF_USD, AT(max_run_pico), 0, 0, "0.25",
	 "kind agent: what a run may cost, in dollars"},
	{"keep_runs", CONF_DURATION, AT(keep_runs_ms), 3600000,
	 400 * CONF_DAY_MS, "30d",
	 "kind agent: how long runs are kept, with what was said"},
	{"title", CONF_TEXT, AT(title), 0, 0, "",
	 "its name for people, on the chat page; empty is NAME"},
	{"examples", CONF_TEXT, AT(examples), 0, 0, "",
	 "questions to begin with, on the chat page, parted by |"},
	{"prompt", CONF_SPECIAL, 0, 0, 0, "",
	 "system prompt; empty is a built-in one"},
	{"prompt_file", CONF_SPECIAL, 0, 0, 0, "",
	 "file that holds the system prompt, instead of prompt"},
	{"collection", CONF_TEXT, AT(collection), 0, 0, "",
	 "documents to search; empty is all of the caller's tenant; "
	 "TENANT/NAME is a collection of that tenant, for everybody who may "
	 "ask: visitors have none of their own"},
	{"passages", CONF_SPECIAL, 0, 0, CONF_MAX_PASSAGES, "",
	 "passages to retrieve for an answer; empty is 5 with a collection, "
	 "for the feature docs and when the route is extract alone, else 0"},
	{"anonymous", CONF_NUMBER, AT(anonymous), 0, 1000, "0",
	 "free messages of a visitor who has not signed up; 0 is none"},
	{"max_output_tokens", CONF_NUMBER, AT(max_output_tokens), 1, 1000000,
	 "1024", "longest answer"},
	{"min_output_tokens", CONF_SPECIAL, 0, 1, 1000000, "",
	 "when the budget is short, answers shrink down to this; empty is 64 "
	 "or max_output_tokens"},
	{"fallback_rpm", CONF_NUMBER, AT(fallback_rpm), 0, 1000000, "0",
	 "calls a minute to all models of the route but the first; 0 is no "
	 "limit"},
	{"continue_on_fallback", CONF_SWITCH, AT(continue_on_fallback), 0, 0,
	 "off", "an answer that breaks off is continued by the next model"},
	{"resume", CONF_SWITCH, AT(resume), 0, 0, "on",
	 "a client that asks for it can take up a broken stream again"},
	{"last_tier", CONF_SWITCH, AT(last_tier), 0, 0, "on",
	 "when no model answers, people get passages of the documents, or "
	 "canned; programs get the error"},
	{"canned", CONF_TEXT, AT(canned), 0, 0, "",
	 "what they get where there are no documents; empty is a built-in "
	 "sentence"},
	{"shadow", CONF_SPECIAL, 0, 0, 0, "",
	 "provider/model that gets some of the requests, too, after the "
	 "answer; what it says is recorded and thrown away"},
	{"shadow_percent", CONF_NUMBER, AT(shadow_percent), 0, 100, "0",
	 "how many of them"},
	{"shadow_daily_usd", CONF_USD, AT(shadow_daily_pico), 0, 0, "1.00",
	 "what the shadow may cost a day, in dollars"},
	{"input_pii", CONF_SPECIAL, 0, 0, 0, "",
	 "changes to [guard] input_pii, such as email off"},
	{"output_pii", CONF_SPECIAL, 0, 0, 0, "",
	 "changes to [guard] output_pii"},
	{"injection", CONF_SPECIAL, 0, 0, 0, "",
	 "block, record or off; empty is [guard] injection"},
	{"moderation", CONF_SPECIAL, 0, 0, 0, "",
	 "provider/model or off; empty is [guard] moderation"},
	{"moderation_timeout", CONF_DURATION, AT(guard.moderation_timeout_ms),
	 0, CONF_DAY_MS, "0s", "0s is [guard] moderation_timeout"},
	{"moderation_fail", CONF_SPECIAL, 0, 0, 0, "",
	 "block or pass; empty is [guard] moderation_fail"},
	{"content", CONF_SPECIAL, 0, 0, 0, "none",
	 "what is kept of questions and answers: none, hash (with [guard] "
	 "hash_key_file), redacted (what the guard leaves of them) or full"},
	{"content_days", CONF_NUMBER, AT(content_days), 1, 3660, "30",
	 "for how long"},
};
#undef AT

#define AT(member) offsetof(struct conf_alias, member)
static const struct conf_setting alias[] = {
	{"model", CONF_TEXT, AT(model), 0, 0, NULL,
	 "what the name stands for: a feature, or provider/model"},
};
#undef AT

#define AT(member) offsetof(struct conf_guard, member)
static const struct conf_setting guard[] = {
	{"input", CONF_SWITCH, AT(input), 0, 0, "on",
	 "check questions before a model sees them"},
	{"output", CONF_SWITCH, AT(output), 0, 0, "on",
	 "check answers before a client sees them"},
	{"input_pii", CONF_SPECIAL, 0, 0, 0, "redact, ip off, mac off",
	 "what to do with private data in questions: redact, hash, block or "
	 "off for all, then exceptions for email, phone, card, iban, ssn, ip, "
	 "mac, crypto, key, private_key, jwt"},
	{"output_pii", CONF_SPECIAL, 0, 0, 0, "redact", "the same for answers"},
	{"restore", CONF_SWITCH, AT(restore), 0, 0, "on",
	 "what was redacted in a question stands in its answer again"},
	{"hash_key_file", CONF_SECRET, AT(hash_key), 0, 0, "",
	 "file that holds a secret of 32 or more characters, for the action "
	 "hash and for content = hash"},
	{"injection", CONF_SPECIAL, 0, 0, 0, "block",
	 "what to do with a question that tries to overrule its "
	 "instructions: block, record or off"},
	{"injection_score", CONF_NUMBER, AT(injection_score), 1, 1000, "100",
	 "how sure the heuristics must be; lower blocks more"},
	{"moderation", CONF_SPECIAL, 0, 0, 0, "",
	 "provider/model whose /moderations judges questions, too, such as "
	 "openai/omni-moderation-latest; empty: none"},
	{"moderation_timeout", CONF_DURATION, AT(rules.moderation_timeout_ms),
	 1, CONF_DAY_MS, "3s", "how long it may take"},
	{"moderation_fail", CONF_SPECIAL, 0, 0, 0, "block",
	 "block or pass: what becomes of a question that it did not judge"},
	{"blocklist_file", CONF_PATH, AT(blocklist_file), 0, 0, "",
	 "file with a word or phrase a line; a question that has one is "
	 "blocked"},
};
#undef AT

#define AT(member) offsetof(struct conf_mail, member)
static const struct conf_setting mail[] = {
	{"smtp_host", CONF_TEXT, AT(smtp_host), 0, 0, "",
	 "mail server that takes our mail; empty: no mail is sent"},
	{"smtp_port", CONF_NUMBER, AT(smtp_port), 1, 65535, "587",
	 "its port: 587 with starttls, 465 with tls, 25 within a network"},
	{"security", CONF_SMTP, AT(security), 0, 0, "starttls",
	 "starttls, tls, or plain (only to this machine)"},
	{"user", CONF_TEXT, AT(user), 0, 0, "",
	 "name to log in with; empty: no login"},
	{"password_file", CONF_SECRET, AT(password), 0, 0, "",
	 "file that holds the password of user"},
	{"from", CONF_TEXT, AT(from), 0, 0, "",
	 "address that mail comes from, such as slipway@example.org"},
	{"ca_file", CONF_PATH, AT(ca_file), 0, 0, "",
	 "certificates to trust instead of the system's, for a mail server of "
	 "your own"},
	{"timeout", CONF_DURATION, AT(timeout_ms), 1, CONF_DAY_MS, "20s",
	 "how long sending one mail may take"},
};
#undef AT

#define AT(member) offsetof(struct conf_status, member)
static const struct conf_setting status[] = {
	{"probe_interval", CONF_DURATION, AT(probe_interval_ms), 1000,
	 CONF_DAY_MS, "60s",
	 "/health/llm asks a model at most that often, when no traffic of "
	 "people tells how it is"},
	{"probe_daily_usd", CONF_USD, AT(probe_daily_pico), 0, 0, "0.10",
	 "what such questions may cost a day, in dollars"},
	{"dir", CONF_PATH, AT(dir), 0, 0, "/var/lib/slipway/status",
	 "folder that `slipway probe` writes the status page into"},
	{"probe_providers", CONF_SWITCH, AT(probe_providers), 0, 0, "on",
	 "ask a provider that nobody called lately for its list of models, "
	 "which costs nothing; off: without calls its state is not known"},
};
#undef AT

#define AT(member) offsetof(struct conf_demo, member)
static const struct conf_setting demo[] = {
	{"dir", CONF_PATH, AT(dir), 0, 0, "/var/lib/slipway/demo",
	 "folder that `slipway demo record` writes the page of the demo into"},
};
#undef AT

#define AT(member) offsetof(struct conf_admin, member)
static const struct conf_setting admin[] = {
	{"dsn", CONF_TEXT, AT(dsn), 0, 0, "",
	 "connection string of the admin page's worker, a role of its own in "
	 "slipway_admin; empty: there is no admin page"},
	{"password_file", CONF_SECRET, AT(password), 0, 0, "",
	 "file that holds the password of dsn"},
	{"metrics_token_file", CONF_SECRET, AT(metrics_token), 0, 0, "",
	 "file that holds the token with which Prometheus reads /metrics, "
	 "as a Bearer token; an admin's API key works, too"},
	{"metrics_loopback", CONF_SWITCH, AT(metrics_loopback), 0, 0, "off",
	 "on: /metrics answers requests of this machine without either; not "
	 "behind a proxy on the same machine"},
};
#undef AT

#define AT(member) offsetof(struct conf_traces, member)
static const struct conf_setting traces[] = {
	{"otlp_url", CONF_URL, AT(otlp_url), 0, 0, "",
	 "where `slipway traces` sends spans, such as "
	 "http://127.0.0.1:4318/v1/traces; empty: nowhere"},
	{"header_file", CONF_SECRET, AT(header), 0, 0, "",
	 "file that holds one header for it, as \"name: value\""},
	{"service_name", CONF_TEXT, AT(service_name), 0, 0, "slipway",
	 "service.name of the spans"},
	{"forward", CONF_SWITCH, AT(forward), 0, 0, "off",
	 "on: providers get a traceparent header, to continue the trace"},
};
#undef AT

#define AT(member) offsetof(struct conf, member)
const struct conf_section conf_sections[CONF_NSECTIONS] = {
	{"server", false, AT(server), server, COUNT(server),
	 "This service and its workers."},
	{"database", false, AT(database), database, COUNT(database),
	 "PostgreSQL."},
	{"limits", false, AT(limits), limits, COUNT(limits),
	 "Limits for everybody; those of a user or tenant in the database "
	 "win."},
	{"auth", false, AT(auth), auth, COUNT(auth),
	 "People: accounts, sessions, sign-in."},
	{"provider", true, 0, provider, COUNT(provider),
	 "A provider of models; the name stands in routes."},
	{"feature", true, 0, feature, COUNT(feature),
	 "A feature that clients ask for by name. Without any there are chat "
	 "and docs."},
	{"tool", true, 0, conf_tool_settings, CONF_NTOOL_SETTINGS,
	 "Something that an agent may call by HTTP."},
	{"alias", true, 0, alias, COUNT(alias),
	 "Another name under which clients of the compatible APIs (/v1) ask "
	 "for a feature or model."},
	{"guard", false, AT(guard), guard, COUNT(guard), "Checks of content."},
	{"pattern", true, 0, conf_pattern_settings, CONF_NPATTERN_SETTINGS,
	 "Something that only you know to be private."},
	{"mail", false, AT(mail), mail, COUNT(mail),
	 "How mail is sent: alerts, and mail to people about their account."},
	{"alerts", false, AT(alerts), conf_alerts, CONF_NALERTS,
	 "When and where operators are told, by `slipway alerts`."},
	{"status", false, AT(status), status, COUNT(status),
	 "The status page."},
	{"demo", false, AT(demo), demo, COUNT(demo),
	 "Fixed questions with stored answers, for everybody."},
	{"admin", false, AT(admin), admin, COUNT(admin),
	 "The admin page and the metrics."},
	{"traces", false, AT(traces), traces, COUNT(traces), "OpenTelemetry."},
};
#undef AT

static_assert(COUNT(server) <= CONF_MAX_SETTINGS &&
		      COUNT(provider) <= CONF_MAX_SETTINGS &&
		      COUNT(feature) <= CONF_MAX_SETTINGS,
	      "a struct conf_block has room for CONF_MAX_SETTINGS");

const struct conf_section *conf_section_find(struct str name)
{
	for (size_t i = 0; i < CONF_NSECTIONS; i++)
		if (str_eq_c(name, conf_sections[i].name))
			return &conf_sections[i];
	return NULL;
}

const struct conf_setting *conf_setting_find(const struct conf_section *s,
					     struct str key)
{
	for (size_t i = 0; i < s->nsettings; i++)
		if (str_eq_c(key, s->settings[i].key))
			return &s->settings[i];
	return NULL;
}

const struct conf_given *conf_block_given(const struct conf_block *b,
					  const char *key)
{
	const struct conf_setting *const s =
		conf_setting_find(b->section, str_from(key));

	assert(s != NULL);
	return &b->given[s - b->section->settings];
}

struct str conf_block_text(const struct conf_block *b, const char *key)
{
	const struct conf_setting *const s =
		conf_setting_find(b->section, str_from(key));
	const char *const given = conf_block_given(b, key)->text;

	return str_from(given != NULL ? given : s->fallback);
}
