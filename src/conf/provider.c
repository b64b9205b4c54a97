/*
 * [provider NAME]: what a table of settings cannot say about it: the address
 * of each kind, where its key comes from, and what must not be.
 */
#include "conf/provider.h"

#include "base/arena.h"
#include "conf/renew.h"
#include "conf/secret.h"
#include "conf/url.h"
#include "conf/value.h"

#include <stdbool.h>
#include <string.h>

#define EXTRACT "extract"

static const char *const default_urls[] = {
	[CONF_PROVIDER_OPENAI] = "https://api.openai.com/v1",
	[CONF_PROVIDER_ANTHROPIC] = "https://api.anthropic.com",
	[CONF_PROVIDER_BEDROCK] = "", /* depends on the region */
	[CONF_PROVIDER_EXTRACT] = "",
	[CONF_PROVIDER_STATIC] = "",
};

static bool is_region(const char *s)
{
	for (; *s != '\0'; s++)
		if (!((*s >= 'a' && *s <= 'z') || (*s >= '0' && *s <= '9') ||
		      *s == '-'))
			return false;
	return true;
}

/* Bedrock has an address in each region; China's have a domain of their own. */
static enum err bedrock_url(const struct conf_file *f,
			    const struct conf_block *b, struct conf_provider *p)
{
	const bool china = str_starts(str_from(p->region), STR("cn-"));
	struct buf url;

	if (p->region[0] == '\0')
		return conf_file_fail(f, b, "region",
				      "kind bedrock needs one, such as "
				      "eu-central-1");
	if (!is_region(p->region))
		return conf_file_fail(f, b, "region",
				      "\"%.40s\" is no AWS region", p->region);
	if (p->base_url[0] != '\0')
		return ERR_OK;
	buf_init(&url, f->arena, 256);
	buf_addf(&url, "https://bedrock-runtime.%.100s.amazonaws.com%s",
		 p->region, china ? ".cn" : "");
	p->base_url = buf_c(&url);
	return ERR_OK;
}

static enum err check_url(const struct conf_file *f, const struct conf_block *b,
			  struct conf_provider *p)
{
	if (p->kind == CONF_PROVIDER_BEDROCK)
		ERR_TRY(bedrock_url(f, b, p));
	if (p->base_url[0] == '\0')
		p->base_url = default_urls[p->kind];
	if (conf_url_reach(str_from(p->base_url)) == CONF_REACH_PRIVATE &&
	    p->base_url[0] != '\0' && !p->private_network)
		return conf_file_fail(f, b, "base_url",
				      "\"%.60s\" is an address of a private "
				      "network; if that is meant, set "
				      "private_network = on",
				      p->base_url);
	if (p->base_url[0] == '\0' || conf_url_is_safe(str_from(p->base_url)))
		return ERR_OK;
	return conf_file_fail(f, b, "base_url",
			      "\"%.60s\" would send the key in clear text; "
			      "expected https://, or http:// to this machine",
			      p->base_url);
}

static bool is_given(const struct conf_block *b, const char *key)
{
	const struct conf_given *const g = conf_block_given(b, key);

	return g->text != NULL && g->text[0] != '\0';
}

/* "[provider NAME] api_key_env (VARIABLE)" */
static const char *key_source(const struct conf_file *f,
			      const struct conf_block *b)
{
	const char *const key =
		is_given(b, "api_key_file") ? "api_key_file" : "api_key_env";
	struct buf out;

	buf_init(&out, f->arena, 8192);
	buf_addf(&out, "[provider %s] ", b->name);
	if (is_given(b, key))
		buf_addf(&out, "%s (%s)", key, conf_block_given(b, key)->text);
	else
		buf_add_c(&out, "api_key_file or api_key_env");
	return buf_c(&out);
}

static enum err read_key(const struct conf_file *f, const struct conf_block *b,
			 struct conf_provider *p)
{
	p->api_key_source = key_source(f, b);
	p->api_key_wanted =
		is_given(b, "api_key_file") || is_given(b, "api_key_env");
	ERR_TRY(conf_secret_file(f, b, "api_key_file", &p->api_key));
	if (p->api_key.secret_p != NULL)
		return ERR_OK;
	return conf_secret_env(f, b, "api_key_env", &p->api_key);
}

static enum err read_aws_keys(const struct conf_file *f,
			      const struct conf_block *b,
			      struct conf_provider *p)
{
	ERR_TRY(conf_secret_file(f, b, "access_key_file", &p->access_key));
	ERR_TRY(conf_secret_file(f, b, "secret_key_file", &p->secret_key));
	ERR_TRY(conf_secret_file(f, b, "session_token_file",
				 &p->session_token));
	p->renewal = conf_renewal_new(f, b, p);
	return ERR_OK;
}

enum err conf_provider_add(const struct conf_file *f,
			   const struct conf_block *b, struct conf *c)
{
	struct conf_provider p = {.name = b->name};

	if (c->nproviders == CONF_MAX_PROVIDERS)
		return conf_file_fail(f, b, "kind",
				      "too many providers; %d are allowed",
				      CONF_MAX_PROVIDERS - 1);
	ERR_TRY(conf_value_apply(f, b, &p));
	if ((p.kind == CONF_PROVIDER_EXTRACT) != (strcmp(p.name, EXTRACT) == 0))
		return conf_file_fail(f, b, "kind",
				      "the provider extract is built in: kind "
				      "and name go together");
	ERR_TRY(check_url(f, b, &p));
	ERR_TRY(conf_file_check(f, b, "ca_file", p.ca_file));
	ERR_TRY(read_key(f, b, &p));
	ERR_TRY(read_aws_keys(f, b, &p));
	c->providers[c->nproviders++] = p;
	return ERR_OK;
}

bool conf_provider_key_missing(const struct conf_provider *p)
{
	const char *const own = default_urls[p->kind];

	if (p->kind == CONF_PROVIDER_EXTRACT || p->api_key.secret_p != NULL)
		return false;
	if (p->kind == CONF_PROVIDER_BEDROCK)
		return p->api_key_wanted || p->access_key.secret_p == NULL ||
		       p->secret_key.secret_p == NULL;
	return p->api_key_wanted ||
	       (own[0] != '\0' &&
		str_starts(str_from(p->base_url), str_from(own)));
}

enum err conf_provider_add_extract(const struct conf_file *f, struct conf *c)
{
	struct conf_block b = {
		.section = conf_section_find(STR("provider")),
		.name = EXTRACT,
	};
	const struct conf_setting *const kind =
		conf_setting_find(b.section, STR("kind"));

	if (conf_provider(c, STR(EXTRACT)) != NULL)
		return ERR_OK;
	b.given[kind - b.section->settings].text = EXTRACT;
	return conf_provider_add(f, &b, c);
}
