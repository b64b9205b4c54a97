/*
 * From a file to a struct conf: read the text, fill in the sections from their
 * tables, then check what hangs together.  The first fault is reported; what
 * comes after it is read all the same, so that a worker with a bad
 * configuration can log and say so.
 */
#include "conf/conf.h"

#include "base/arena.h"
#include "conf/feature.h"
#include "conf/file.h"
#include "conf/guarded.h"
#include "conf/provider.h"
#include "conf/secret.h"
#include "conf/table.h"
#include "conf/tool.h"
#include "conf/url.h"
#include "conf/value.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SYSTEM_PATH        "/etc/slipway/slipway.conf"
#define MAX_PATH_BYTES     4096
#define MIN_RETENTION_DAYS 3

const char *conf_default_path(struct arena *a)
{
	const char *const named = getenv("SLIPWAY_CONF");
	const char *const home = getenv("HOME");
	struct buf b;

	if (named != NULL && named[0] != '\0')
		return str_dup(a, str_from(named));
	if (home == NULL || home[0] == '\0' || access(SYSTEM_PATH, F_OK) == 0)
		return SYSTEM_PATH;
	buf_init(&b, a, MAX_PATH_BYTES);
	buf_addf(&b, "%s/.config/slipway/slipway.conf", home);
	return buf_err(&b) == ERR_OK ? buf_c(&b) : SYSTEM_PATH;
}

struct conf_secret conf_own_key(struct arena *a)
{
	const struct str key = str_trim(str_from(getenv("SLIPWAY_KEY")));

	return (struct conf_secret){
		.secret_p = key.n > 0 ? str_dup(a, key) : NULL,
		.secret_n = key.n,
	};
}

/* Keep the first failure, go on after it. */
static void keep(enum err *first, enum err err)
{
	if (*first == ERR_OK)
		*first = err;
}

/* Every section without a name exists, in the file or not. */
static void add_blocks(struct conf_file *f)
{
	for (size_t i = 0; i < CONF_NSECTIONS; i++)
		if (!conf_sections[i].named)
			(void)conf_file_block(f, &conf_sections[i], "", 0);
}

static enum err apply_sections(const struct conf_file *f, struct conf *c)
{
	enum err first = ERR_OK;

	for (const struct conf_block *b = f->blocks; b != NULL; b = b->next)
		if (!b->section->named)
			keep(&first,
			     conf_value_apply(f, b,
					      (char *)c + b->section->offset));
	return first;
}

static const struct conf_block *block_of(const struct conf_file *f,
					 const char *section)
{
	const struct conf_block *b = f->blocks;

	while (b != NULL && strcmp(b->section->name, section) != 0)
		b = b->next;
	return b;
}

/* The secret of a section that not every process may read. */
static enum err our_secret(const struct conf_file *f, const char *section,
			   const char *key, struct conf_secret *out)
{
	const struct conf_block *const b = block_of(f, section);

	return conf_secret_is_ours(f, b, key) ? conf_secret_file(f, b, key, out)
					      : ERR_OK;
}

/* The secrets of [database], and none where it would be printed. */
static enum err complete_database(const struct conf_file *f, struct conf *c)
{
	const struct conf_block *const b = block_of(f, "database");
	struct conf_database *const db = &c->database;

	if (conf_dsn_has_password(str_from(db->dsn)))
		return conf_file_fail(f, b, "dsn",
				      "has a password in it; move it into a "
				      "file and name that in password_file");
	if (conf_dsn_has_password(str_from(db->admin_dsn)))
		return conf_file_fail(f, b, "admin_dsn",
				      "has a password in it; move it into a "
				      "file and name that in "
				      "admin_password_file");
	if (db->retention_days > 0 && db->retention_days < MIN_RETENTION_DAYS)
		return conf_file_fail(f, b, "retention_days",
				      "is less than %d, and not 0 to keep all",
				      MIN_RETENTION_DAYS);
	ERR_TRY(conf_secret_file(f, b, "password_file", &db->password));
	/* workers read the same file, but not the owner's password */
	return our_secret(f, "database", "admin_password_file",
			  &db->admin_password);
}

/* Each of a list with commas: an address of mail, or what follows its @. */
static enum err check_mail_list(const struct conf_file *f, const char *section,
				const char *key, bool addresses)
{
	const struct conf_block *const b = block_of(f, section);
	struct str rest = conf_block_text(b, key);
	struct str one;
	struct str name;
	struct str domain;

	while (rest.n > 0) {
		(void)str_cut(rest, ',', &one, &rest);
		one = str_trim(one);
		const bool at = str_cut(one, '@', &name, &domain);
		if (addresses ? !at || name.n == 0 || domain.n == 0
			      : at || one.n == 0)
			return conf_file_fail(
				f, b, key, "\"" STR_FMT "\" is not %s",
				STR_ARG(str_utf8_prefix(one, 60)),
				addresses ? "an address of mail, such as "
					    "ops@example.org"
					  : "a domain, such as example.org");
	}
	return ERR_OK;
}

/* What hangs together in [mail]. */
static enum err complete_mail(const struct conf_file *f, struct conf *c)
{
	const struct conf_block *const b = block_of(f, "mail");
	const struct conf_mail *const m = &c->mail;
	struct buf url;

	ERR_TRY(our_secret(f, "mail", "password_file", &c->mail.password));
	ERR_TRY(our_secret(f, "alerts", "webhook_url_file",
			   &c->alerts.webhook_url));
	ERR_TRY(check_mail_list(f, "alerts", "mail_to", true));
	ERR_TRY(check_mail_list(f, "mail", "from", true));
	if (c->alerts.mail_to[0] != '\0' && m->smtp_host[0] == '\0')
		return conf_file_fail(f, block_of(f, "alerts"), "mail_to",
				      "needs [mail] smtp_host");
	if (m->smtp_host[0] == '\0')
		return ERR_OK;
	buf_init(&url, f->arena, MAX_PATH_BYTES);
	buf_addf(&url, "http://%s", m->smtp_host);
	const char *checked = NULL;
	if (buf_err(&url) != ERR_OK ||
	    conf_url_parse(f->arena, buf_str(&url), &checked) != ERR_OK ||
	    strchr(m->smtp_host, '/') != NULL)
		return conf_file_fail(f, b, "smtp_host",
				      "\"%s\" is not the name of a host",
				      m->smtp_host);
	if (m->security == CONF_SMTP_PLAIN && !conf_url_is_safe(buf_str(&url)))
		return conf_file_fail(f, b, "security",
				      "plain is only for this machine "
				      "(localhost, 127.0.0.1, [::1])");
	ERR_TRY(conf_file_check(f, b, "ca_file", m->ca_file));
	if (m->from[0] == '\0')
		return conf_file_fail(f, b, "from",
				      "is missing; expected the address that "
				      "mail comes from");
	return ERR_OK;
}

/* Our pages link to addresses that begin at "/". */
static enum err check_public_url(const struct conf_file *f,
				 const struct conf *c)
{
	const char *const host = strstr(c->server.public_url, "://");

	if (host == NULL || strchr(host + 3, '/') == NULL)
		return ERR_OK;
	return conf_file_fail(f, block_of(f, "server"), "public_url",
			      "has a path; give Slipway a (sub)domain of its "
			      "own, for its pages are at the top of one");
}

/* Both or none of what the provider gave out. */
static enum err complete_auth(const struct conf_file *f, struct conf *c)
{
	const struct conf_block *const b = block_of(f, "auth");
	struct conf_auth *const a = &c->auth;

	ERR_TRY(check_public_url(f, c));
	ERR_TRY(check_mail_list(f, "auth", "email_domains", false));
	ERR_TRY(conf_secret_file(f, b, "oidc_client_secret_file",
				 &a->oidc_client_secret));
	if (a->oidc_issuer[0] == '\0')
		return ERR_OK;
	if (a->oidc_client_id[0] == '\0')
		return conf_file_fail(f, b, "oidc_client_id",
				      "is missing; the OpenID provider gives "
				      "it out");
	if (c->server.public_url[0] == '\0')
		return conf_file_fail(f, b, "oidc_issuer",
				      "needs [server] public_url: the provider "
				      "sends people back there");
	return ERR_OK;
}

/* The admin page's own login; what it has to send with traces. */
static enum err complete_operators(const struct conf_file *f, struct conf *c)
{
	if (conf_dsn_has_password(str_from(c->admin.dsn)))
		return conf_file_fail(f, block_of(f, "admin"), "dsn",
				      "has a password in it; move it into a "
				      "file and name that in password_file");
	ERR_TRY(our_secret(f, "admin", "password_file", &c->admin.password));
	ERR_TRY(our_secret(f, "admin", "metrics_token_file",
			   &c->admin.metrics_token));
	return our_secret(f, "traces", "header_file", &c->traces.header);
}

/* Rules, the secret of [guard], and the patterns. */
static enum err complete_guard(const struct conf_file *f, struct conf *c)
{
	const struct conf_block *const g = block_of(f, "guard");

	ERR_TRY(conf_guarded_rules(f, g, &c->guard.rules));
	ERR_TRY(conf_secret_file(f, g, "hash_key_file", &c->guard.hash_key));
	ERR_TRY(conf_guarded_hash(f, g, c, &c->guard.rules));
	for (const struct conf_block *b = f->blocks; b != NULL; b = b->next)
		if (strcmp(b->section->name, "pattern") == 0)
			ERR_TRY(conf_guarded_pattern(f, b, c));
	return ERR_OK;
}

static enum err add_providers(const struct conf_file *f, struct conf *c)
{
	for (const struct conf_block *b = f->blocks; b != NULL; b = b->next)
		if (strcmp(b->section->name, "provider") == 0)
			ERR_TRY(conf_provider_add(f, b, c));
	ERR_TRY(conf_provider_add_extract(f, c));
	return conf_guarded_moderation(f, block_of(f, "guard"), c,
				       &c->guard.rules);
}

static enum err add_tools(const struct conf_file *f, struct conf *c)
{
	for (const struct conf_block *b = f->blocks; b != NULL; b = b->next)
		if (strcmp(b->section->name, "tool") == 0)
			ERR_TRY(conf_tool_add(f, b, c));
	return ERR_OK;
}

static enum err add_features(struct conf_file *f, struct conf *c)
{
	const struct conf_section *const s = conf_section_find(STR("feature"));

	if (block_of(f, "feature") == NULL) {
		(void)conf_file_block(f, s, "chat", 0);
		(void)conf_file_block(f, s, "docs", 0);
	}
	for (const struct conf_block *b = f->blocks; b != NULL; b = b->next)
		if (b->section == s)
			ERR_TRY(conf_feature_add(f, b, c));
	return ERR_OK;
}

static bool is_model(const struct conf *c, struct str name)
{
	struct str provider;
	struct str model;

	return conf_feature(c, name) != NULL ||
	       (str_cut(name, '/', &provider, &model) && model.n > 0 &&
		name.n <= CONF_MAX_MODEL_BYTES &&
		conf_provider(c, provider) != NULL);
}

static enum err add_aliases(const struct conf_file *f, struct conf *c)
{
	const struct conf_section *const s = conf_section_find(STR("alias"));

	for (const struct conf_block *b = f->blocks; b != NULL; b = b->next) {
		if (b->section != s)
			continue;
		if (c->naliases == CONF_MAX_ALIASES)
			return conf_file_fail(
				f, b, "model",
				"too many aliases; %d are allowed",
				CONF_MAX_ALIASES);
		struct conf_alias *const alias = &c->aliases[c->naliases++];
		alias->name = b->name;
		ERR_TRY(conf_value_apply(f, b, alias));
		if (!is_model(c, str_from(alias->model)))
			return conf_file_fail(f, b, "model",
					      "\"%s\" is neither a feature nor "
					      "provider/model",
					      alias->model);
	}
	return ERR_OK;
}

enum err conf_load(struct arena *a, const char *path, struct conf *out,
		   struct errbuf *e)
{
	enum err first = ERR_OK;

	memset(out, 0, sizeof(*out));
	out->path = path != NULL ? str_dup(a, str_from(path))
				 : conf_default_path(a);
	struct conf_file f = {
		.arena = a,
		.path = out->path,
		.dir = conf_file_folder(a, out->path),
		.e = e,
	};
	f.end = &f.blocks;
	add_blocks(&f);
	keep(&first, conf_file_read(&f));
	keep(&first, apply_sections(&f, out));
	keep(&first, complete_database(&f, out));
	if (first == ERR_OK)
		keep(&first, complete_mail(&f, out));
	if (first == ERR_OK)
		keep(&first, complete_auth(&f, out));
	if (first == ERR_OK)
		keep(&first, complete_operators(&f, out));
	if (first == ERR_OK)
		keep(&first, complete_guard(&f, out));
	if (first == ERR_OK)
		keep(&first, add_providers(&f, out));
	if (first == ERR_OK)
		keep(&first, add_tools(&f, out));
	if (first == ERR_OK)
		keep(&first, add_features(&f, out));
	if (first == ERR_OK)
		keep(&first, add_aliases(&f, out));
	out->blocks = f.blocks;
	return first;
}

const struct conf_provider *conf_provider(const struct conf *c, struct str name)
{
	for (size_t i = 0; i < c->nproviders; i++)
		if (str_eq_c(name, c->providers[i].name))
			return &c->providers[i];
	return NULL;
}

const struct conf_feature *conf_feature(const struct conf *c, struct str name)
{
	for (size_t i = 0; i < c->nfeatures; i++)
		if (str_eq_c(name, c->features[i].name))
			return &c->features[i];
	return NULL;
}

const char *conf_feature_title(const struct conf_feature *f)
{
	return f->title != NULL && f->title[0] != '\0' ? f->title : f->name;
}

struct str conf_alias(const struct conf *c, struct str name)
{
	for (size_t i = 0; i < c->naliases; i++)
		if (str_eq_c(name, c->aliases[i].name))
			return str_from(c->aliases[i].model);
	return name;
}
