#ifndef SLIPWAY_CONF_CONF_H
#define SLIPWAY_CONF_CONF_H

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/str.h"
#include "conf/guard.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

#define CONF_MAX_PROVIDERS   32
#define CONF_MAX_FEATURES    128
#define CONF_MAX_ALIASES     64
#define CONF_MAX_ROUTE       8   /* models in one fallback chain */
#define CONF_MAX_NAME_BYTES  32  /* of a provider or feature */
#define CONF_MAX_MODEL_BYTES 127 /* of "provider/model" */
#define CONF_MAX_PASSAGES    20
#define CONF_MAX_TOOLS       64
#define CONF_MAX_AGENT_TOOLS 16 /* of one feature */

/*
 * A secret has its own type so that nothing that takes a struct str (the log,
 * a writer) takes it by accident.  Only the code that puts it on the wire or
 * hashes it looks inside.
 */
struct conf_secret {
	const char *secret_p; /* NULL: not set */
	size_t secret_n;
};

enum conf_provider_kind {
	CONF_PROVIDER_OPENAI,
	CONF_PROVIDER_ANTHROPIC,
	CONF_PROVIDER_BEDROCK,
	CONF_PROVIDER_EXTRACT, /* built in: quotes the documents */
	CONF_PROVIDER_STATIC   /* built in: the canned answer of the last tier;
				  no section of the file has this kind */
};

struct conf_server {
	const char *name;          /* shown on pages */
	const char *public_url;    /* "" until set */
	const char *operator_name; /* about page */
	const char *contact_email;
	const char *privacy_note;
	const char *welcome;  /* on the chat page; "" = a built-in one */
	const char *log_file; /* "" is stderr */
	enum log_level log_level;
	const char *state_dir; /* spool; must be writable */
	int64_t intake_threads;
	int64_t max_calls; /* in flight in one worker, else 503 */
	int64_t max_body_bytes;
	int64_t max_message_bytes;
	int64_t max_messages;
	int64_t body_timeout_ms;  /* the client's body */
	int64_t write_timeout_ms; /* a client that does not read */
	int64_t heartbeat_ms;
	int64_t resume_grace_ms; /* a call goes on without a reader */
	int64_t resume_keep_ms;  /* an answer to be taken up is kept */
	int64_t drain_ms;
	const char *cors_origins;   /* with blanks between; "" is none */
	const char *widget_origins; /* the same */
	bool private_network;       /* our requests but those to providers */
};

struct conf_database {
	const char *dsn;             /* libpq conninfo without the password */
	struct conf_secret password; /* from password_file */
	const char *admin_dsn;       /* schema owner, for the CLI; "" */
	/* from admin_password_file; not set where we may not read it */
	struct conf_secret admin_password;
	int64_t pool_size; /* connections of one worker besides the ledger's */
	int64_t connect_timeout_ms;
	int64_t statement_timeout_ms;
	int64_t retention_days; /* of calls; 0 = for ever */
};

struct conf_limits {
	int64_t user_rpm;
	int64_t tenant_rpm;
	int64_t user_daily_pico; /* from user_daily_usd */
	int64_t tenant_daily_pico;
	int64_t system_daily_pico;
	int64_t anonymous_daily_pico; /* all visitors together */
	int64_t unknown_keys_rpm;     /* of one address */
	int64_t lease_ms;             /* of a reservation */
};

struct conf_provider {
	const char *name;
	enum conf_provider_kind kind;
	const char *base_url;
	struct conf_secret api_key; /* from api_key_file or api_key_env */
	const char *api_key_source; /* what to name when it is missing */
	bool api_key_wanted; /* a setting names a key: it must be there */
	const char *region;  /* kind bedrock */
	/* as they were at the start; conf/renew.h has them as they are */
	struct conf_secret access_key;
	struct conf_secret secret_key;
	struct conf_secret session_token;
	struct conf_renewal *renewal; /* NULL: they stay */
	const char *proxy;    /* "" = none, whatever the environment says */
	const char *ca_file;  /* "" = the system's */
	bool private_network; /* base_url may lead inside */
	bool price_free;      /* price = free: a model of your own */
	int64_t timeout_connect_ms;
	int64_t timeout_first_byte_ms;
	int64_t timeout_idle_ms;
	int64_t timeout_total_ms;
	int64_t overhead_tokens;  /* added by the provider to every input */
	int64_t image_tokens;     /* the most that one image can count */
	int64_t rpm;              /* what we send it a minute; 0 = no limit */
	int64_t tpm;              /* tokens */
	int64_t breaker_failures; /* in a row open the circuit; 0 = never */
	int64_t breaker_open_ms;
};

/* What the guard does for one feature; [guard] has what holds for all. */
struct conf_guard_rules {
	struct guard_policy input_pii;
	struct guard_policy output_pii;
	enum guard_injection injection;
	struct str moderation; /* "provider/model"; empty = none */
	int64_t moderation_timeout_ms;
	bool moderation_pass; /* when it gives no verdict */
};

/* What is kept of questions and answers. */
enum conf_content {
	CONF_CONTENT_NONE,
	CONF_CONTENT_HASH,     /* a keyed hash of each */
	CONF_CONTENT_REDACTED, /* what the guard leaves */
	CONF_CONTENT_FULL      /* as they were */
};

/* What a tool of an agent may do without being asked. */
enum conf_effect {
	CONF_EFFECT_READ,
	CONF_EFFECT_SIDE_EFFECT /* a person confirms it first */
};

/* Something that an agent may call: an address of ours, or built in. */
struct conf_tool {
	const char *name;
	bool docs_search; /* built in: the feature's documents */
	const char *url;
	const char *method; /* POST, PUT, PATCH or DELETE */
	const char *description;
	const char *schema; /* JSON schema of the arguments */
	enum conf_effect effect;
	bool idempotent; /* knows Idempotency-Key, so it can be sent again */
	struct conf_secret header; /* from header_file: "name: value" */
	int64_t timeout_ms;
	int64_t max_bytes;        /* of its answer */
	struct conf_provider way; /* how to get there, for llm/upstream */
};

struct conf_feature {
	const char *name;
	bool agent; /* kind = agent: asked by POST /agent */
	const struct conf_tool *tools[CONF_MAX_AGENT_TOOLS];
	size_t ntools;
	int64_t max_steps; /* of a run: calls of models and of tools */
	int64_t max_run_pico;
	int64_t keep_runs_ms;
	struct str route[CONF_MAX_ROUTE]; /* "provider/model" or "extract" */
	size_t nroute;
	const char *title;          /* for people; "" = the name */
	const char *examples;       /* questions, parted by | */
	const char *prompt;         /* the system prompt's text */
	const char *prompt_version; /* name and hash of it, for the log */
	const char *collection;     /* "" = all of the tenant's */
	int64_t passages;           /* how many to retrieve; 0 = none */
	int64_t anonymous;          /* free messages of a visitor; 0 = none */
	int64_t max_output_tokens;
	int64_t min_output_tokens; /* floor when headroom is short */
	int64_t fallback_rpm; /* calls to all but the first; 0 = no limit */
	bool continue_on_fallback;
	bool resume;           /* a broken stream may be taken up again */
	bool last_tier;        /* when no model answers, we do */
	bool last_tier_static; /* and never with passages */
	const char *canned;    /* "" = a built-in sentence */
	struct str shadow;     /* "provider/model"; empty = none */
	int64_t shadow_percent;
	int64_t shadow_daily_pico;
	enum conf_content content;
	int64_t content_days; /* how long */
	struct conf_guard_rules guard;
};

/* Another name of a feature or a model, for the compatible APIs. */
struct conf_alias {
	const char *name;
	const char *model; /* a feature, or provider/model */
};

struct conf_guard {
	bool input;
	bool output;
	struct conf_guard_rules rules; /* where a feature names none */
	bool restore;            /* put back what was taken out of a question */
	int64_t injection_score; /* from which on it counts */
	const char *blocklist_file;  /* "" = none */
	struct conf_secret hash_key; /* of the action and of content = hash */
};

enum conf_smtp_security {
	CONF_SMTP_STARTTLS, /* upgraded, or not used */
	CONF_SMTP_TLS,      /* from the first byte */
	CONF_SMTP_PLAIN     /* only to this machine */
};

struct conf_mail {
	const char *smtp_host; /* "" = no mail is sent */
	int64_t smtp_port;
	enum conf_smtp_security security;
	const char *user; /* "" = no login */
	/* from password_file; not set where we may not read it */
	struct conf_secret password;
	const char *from;
	const char *ca_file; /* "" = the system's */
	int64_t timeout_ms;
};

/* Who may make an account. */
enum conf_signup {
	CONF_SIGNUP_CLOSED, /* nobody: the operator makes users */
	CONF_SIGNUP_INVITE,
	CONF_SIGNUP_WAITLIST, /* as invite; others may ask for one */
	CONF_SIGNUP_OPEN
};

struct conf_auth {
	enum conf_signup signup;
	bool secure_cookies;
	int64_t session_ms;       /* without use */
	int64_t session_renew_ms; /* age at which a token is renewed */
	int64_t login_attempts;   /* of one account in 15 minutes */
	bool trust_web_server;    /* REMOTE_USER of mod_auth_openidc */
	int64_t challenge_bits;   /* of each of the puzzles of a visitor */
	const char *email_domains;
	const char *oidc_issuer; /* "": no sign-in there */
	const char *oidc_name;
	const char *oidc_client_id;
	struct conf_secret oidc_client_secret;
};

struct conf_admin {
	const char *dsn; /* of the admin worker; "" = there is no admin page */
	struct conf_secret password;      /* from password_file */
	struct conf_secret metrics_token; /* from metrics_token_file */
	bool metrics_loopback; /* /metrics without a token from this machine */
};

struct conf_traces {
	const char *otlp_url;      /* "" = no traces are sent */
	struct conf_secret header; /* from header_file: "name: value" */
	const char *service_name;
	bool forward; /* traceparent to the providers */
};

/* When operators are told, and where; shares are parts per million. */
struct conf_alerts {
	/* from webhook_url_file; not set where we may not read it */
	struct conf_secret webhook_url;
	const char *mail_to; /* "" = no mail */
	int64_t window_ms;
	int64_t min_calls;
	int64_t error_rate;
	int64_t latency_p95_ms;
	int64_t ttft_p95_ms;
	int64_t error_budget;
	int64_t budget_burn; /* times the pace that uses it up in a month */
	int64_t fallback_window_ms;
	int64_t fallback_share;
	int64_t cost_spike_pico;
	int64_t cost_spike_times; /* the usual hour */
	int64_t cap_warn;
	int64_t cap_reached;
	bool user_caps;
	int64_t reservation_age_ms;
	int64_t ledger_check_ms; /* between two looks */
	int64_t quota;
	int64_t probe_outage_ms;
	int64_t database_outage_ms;
	int64_t resolve_after_ms;
	int64_t repeat_ms; /* 0 = never */
	int64_t send_timeout_ms;
};

struct conf_status {
	int64_t probe_interval_ms; /* between two real questions */
	int64_t probe_daily_pico;
	const char *dir; /* what `slipway probe` writes into */
	bool probe_providers;
};

/* What visitors are shown without asking. */
struct conf_demo {
	const char *dir; /* what `slipway demo record` writes into */
};

struct conf_renewal;
struct conf_block; /* one section as it stands in the file; see table.h */

struct conf {
	const char *path; /* where it was read from */
	struct conf_server server;
	struct conf_database database;
	struct conf_limits limits;
	struct conf_auth auth;
	struct conf_guard guard;
	struct conf_mail mail;
	struct conf_alerts alerts;
	struct conf_status status;
	struct conf_demo demo;
	struct conf_admin admin;
	struct conf_traces traces;
	struct conf_provider providers[CONF_MAX_PROVIDERS];
	size_t nproviders;
	struct conf_feature features[CONF_MAX_FEATURES];
	size_t nfeatures;
	struct conf_tool tools[CONF_MAX_TOOLS];
	size_t ntools;
	struct conf_alias aliases[CONF_MAX_ALIASES];
	size_t naliases;
	struct guard_pattern patterns[GUARD_MAX_PATTERNS];
	size_t npatterns;
	const struct conf_block *blocks; /* for conf_print() */
};

/*
 * Which file conf_load(NULL) reads: $SLIPWAY_CONF, else
 * /etc/slipway/slipway.conf, else ~/.config/slipway/slipway.conf.
 */
const char *conf_default_path(struct arena *a);

/*
 * Read and check the configuration.  A setting given twice takes the later
 * value; an unknown section or key, a value out of range, a route that names
 * an unknown provider and a secret file that cannot be read are refused: e
 * says "FILE:LINE: [section] key: what is wrong and what is expected".
 *
 * A provider without its key is not refused (the worker runs and /ready names
 * it): api_key.secret_p stays NULL.  The provider `extract` always exists, and
 * without any [feature] section so do the features `chat` and `docs`.
 *
 * Relative paths start at the folder of the configuration file; a secret is
 * looked for in $CREDENTIALS_DIRECTORY first.
 *
 * path  NULL for conf_default_path()
 *
 * Returns ERR_OK or ERR_CONFIG.
 * Owns:  everything in *out lives in a.
 *        On failure every section but providers and features holds what was
 *        read and the defaults for the rest, so that a worker can still run,
 *        log and say what is wrong.
 * Blocks: on file reads.
 */
ERR_MUST_USE enum err conf_load(struct arena *a, const char *path,
				struct conf *out, struct errbuf *e);

/*
 * Record what is wrong with a setting, for those who look closer than
 * conf_load() can: as that says it, with the file and line.
 *
 * name  of [section NAME]; "" where it has none
 *
 * Returns ERR_CONFIG.
 */
enum err conf_fail(const struct conf *c, const char *section, const char *name,
		   const char *key, const char *why, struct errbuf *e);

/*
 * The API key in $SLIPWAY_KEY, for commands that ask a service of ours as its
 * users do; unset when there is none.
 */
struct conf_secret conf_own_key(struct arena *a);

/* NULL when there is none of that name. */
const struct conf_provider *conf_provider(const struct conf *c,
					  struct str name);
const struct conf_feature *conf_feature(const struct conf *c, struct str name);

/* What people call it: its title, else its name. */
const char *conf_feature_title(const struct conf_feature *f);

/* What name stands for: an alias's model, else name itself. */
struct str conf_alias(const struct conf *c, struct str name);

/*
 * Does the provider need a key that is not there?  One that a setting names,
 * or one without which the kind's own service never answers.  What to set is
 * in api_key_source.
 */
bool conf_provider_key_missing(const struct conf_provider *p);

/*
 * Append every setting as INI text with its value, default and help: `slipway
 * config`.  A setting at its default is commented out.  Secrets only show as
 * "(set)" or "(not set)".  c comes from conf_load().
 */
void conf_print(const struct conf *c, struct buf *out);

/* Append the table of all settings in Markdown, for the README. */
void conf_print_markdown(struct buf *out);

#endif
