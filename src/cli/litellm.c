/*
 * `slipway config import-litellm`: model_list becomes providers and features,
 * the fallbacks become the rest of their routes, what has no place here is
 * named in comments.  No key ever leaves the file that it stands in.
 */
#include "cli/litellm.h"

#include "base/arena.h"
#include "conf/conf.h"
#include "conf/url.h"

#include <string.h>

#define TEXT_BYTES ((size_t)256 * 1024)
#define NAME_BYTES ((size_t)CONF_MAX_NAME_BYTES + 1)
#define MAX_MODELS 512
#define ENV_PREFIX STR("os.environ/")

/* What LiteLLM knows of a provider, and we would have to be told. */
static const struct known {
	const char *prefix;
	const char *kind;
	const char *base_url; /* ""; NULL: api_base must say it */
	const char *key_env;
} known[] = {
	{"openai", "openai", "", "OPENAI_API_KEY"},
	{"anthropic", "anthropic", "", "ANTHROPIC_API_KEY"},
	{"bedrock", "bedrock", "", ""},
	{"groq", "openai", "https://api.groq.com/openai/v1", "GROQ_API_KEY"},
	{"mistral", "openai", "https://api.mistral.ai/v1", "MISTRAL_API_KEY"},
	{"deepseek", "openai", "https://api.deepseek.com/v1",
	 "DEEPSEEK_API_KEY"},
	{"gemini", "openai",
	 "https://generativelanguage.googleapis.com/v1beta/openai",
	 "GEMINI_API_KEY"},
	{"xai", "openai", "https://api.x.ai/v1", "XAI_API_KEY"},
	{"openrouter", "openai", "https://openrouter.ai/api/v1",
	 "OPENROUTER_API_KEY"},
	{"together_ai", "openai", "https://api.together.xyz/v1",
	 "TOGETHERAI_API_KEY"},
	{"fireworks_ai", "openai", "https://api.fireworks.ai/inference/v1",
	 "FIREWORKS_AI_API_KEY"},
	{"ollama", "openai", "http://127.0.0.1:11434/v1", ""},
	{"ollama_chat", "openai", "http://127.0.0.1:11434/v1", ""},
	{"hosted_vllm", "openai", NULL, ""},
	{"litellm_proxy", "openai", NULL, ""},
};

struct provider {
	const char *name;
	const struct known *known;
	struct str base;
	struct str key;
	struct str region; /* kind bedrock */
};

struct deployment {
	struct str feature; /* model_name */
	const char *route;  /* NULL: it was left out */
};

struct import {
	struct arena *a;
	struct buf *ini;
	struct jw prices;
	struct buf notes;
	struct provider providers[CONF_MAX_PROVIDERS];
	size_t nproviders;
	struct deployment deployments[MAX_MODELS];
	size_t ndeployments;
};

/* A line of notes: what, of which model, and why. */
static void note(struct import *im, struct str what, const char *why)
{
	buf_addf(&im->notes, "# not carried over: " STR_FMT ": %s\n",
		 STR_ARG(str_utf8_prefix(what, 80)), why);
}

/* Providers ------------------------------------------------------------ */

static const struct known *find_known(struct str prefix)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_eq_c(prefix, known[i].prefix))
			return &known[i];
	return NULL;
}

static const char *provider_name(struct import *im, const struct known *k)
{
	struct buf name;
	size_t n = 1;

	for (size_t i = 0; i < im->nproviders; i++)
		n += im->providers[i].known == k;
	buf_init(&name, im->a, NAME_BYTES);
	buf_add_c(&name, k->prefix);
	if (n > 1)
		buf_addf(&name, "-%zu", n);
	return buf_c(&name);
}

static bool is_ollama(const struct known *k)
{
	return str_starts(str_from(k->prefix), STR("ollama"));
}

static bool is_bedrock(const struct known *k)
{
	return strcmp(k->kind, "bedrock") == 0;
}

/*
 * The address of api_base, as ours has it: LiteLLM adds the /v1 of Ollama.
 * False, and a note: it is none that we would use.
 */
static bool take_base(struct import *im, const struct known *k, struct str text,
		      struct str *out)
{
	const char *url = "";
	struct buf b;

	*out = STR_NONE;
	if (text.n == 0)
		return true;
	if (conf_url_parse(im->a, text, &url) != ERR_OK) {
		note(im, text, "its api_base is no address");
		return false;
	}
	*out = str_from(url);
	if (!conf_url_is_safe(*out)) {
		note(im, *out,
		     "plain http leads to this machine only; give it https");
		return false;
	}
	if (!is_ollama(k) ||
	    (out->n > 3 && memcmp(out->p + out->n - 3, "/v1", 3) == 0))
		return true;
	buf_init(&b, im->a, out->n + 4);
	buf_addf(&b, "%s/v1", url);
	*out = buf_str(&b);
	return true;
}

/* One for each address, key and region. */
static struct provider *take_provider(struct import *im, const struct known *k,
				      struct str base, struct str key,
				      struct str region)
{
	for (size_t i = 0; i < im->nproviders; i++) {
		struct provider *const p = &im->providers[i];
		if (p->known == k && str_eq(p->base, base) &&
		    str_eq(p->key, key) && str_eq(p->region, region))
			return p;
	}
	if (im->nproviders == CONF_MAX_PROVIDERS)
		return NULL;
	const char *const name = provider_name(im, k);
	struct provider *const p = &im->providers[im->nproviders++];
	*p = (struct provider){name, k, base, key, region};
	return p;
}

/* Text that stands in our file as one line, without a bracket before it. */
static bool is_line(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ')
			return false;
	return true;
}

static void write_provider(struct import *im, const struct provider *p)
{
	const char *const url = p->known->base_url;

	buf_addf(im->ini, "[provider %s]\nkind = %s\n", p->name,
		 p->known->kind);
	if (p->base.n > 0)
		buf_addf(im->ini, "base_url = " STR_FMT "\n", STR_ARG(p->base));
	else if (url != NULL && url[0] != '\0')
		buf_addf(im->ini, "base_url = %s\n", url);
	if (str_starts(p->key, ENV_PREFIX))
		buf_addf(im->ini, "api_key_env = " STR_FMT "\n",
			 (int)(p->key.n - ENV_PREFIX.n),
			 p->key.p + ENV_PREFIX.n);
	else if (p->key.n > 0)
		buf_add_c(im->ini, "# The key stands in the other file: put it "
				   "into a file of its own and name that.\n"
				   "#api_key_file =\n");
	else if (p->known->key_env[0] != '\0')
		buf_addf(im->ini, "api_key_env = %s\n", p->known->key_env);
	if (is_ollama(p->known))
		buf_add_c(im->ini, "price = free\n");
	if (p->base.n > 0 && conf_url_reach(p->base) == CONF_REACH_PRIVATE)
		buf_add_c(im->ini, "private_network = on\n");
	if (is_bedrock(p->known))
		buf_addf(im->ini,
			 "region = " STR_FMT
			 "\n# Name files that hold the keys.\n"
			 "#access_key_file =\n#secret_key_file =\n",
			 STR_ARG(p->region));
	buf_add_char(im->ini, '\n');
}

/* Models --------------------------------------------------------------- */

static void add_price(struct import *im, const char *route, struct json from)
{
	static const char *const names[] = {"input_cost_per_token",
					    "output_cost_per_token",
					    "cache_read_input_token_cost",
					    "cache_creation_input_token_cost"};
	struct str provider;
	struct str model;

	if (!json_has(from, names[0]) || !json_has(from, names[1]))
		return;
	(void)str_cut(str_from(route), '/', &provider, &model);
	jw_open_object(&im->prices, route);
	jw_str(&im->prices, "litellm_provider", provider);
	jw_c(&im->prices, "mode", "chat");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (json_has(from, names[i]))
			jw_raw(&im->prices, names[i],
			       json_text(json_get(from, names[i])));
	jw_close(&im->prices);
}

/* Where AWS has it; we cannot do without, and cannot guess. */
static bool take_region(struct import *im, const struct known *k,
			struct json params, struct str *out)
{
	*out = is_bedrock(k) ? json_str(json_get(params, "aws_region_name"))
			     : STR_NONE;
	if (!is_bedrock(k) ||
	    (out->n > 0 && is_line(*out) && !str_starts(*out, ENV_PREFIX)))
		return true;
	note(im, json_str(json_get(params, "model")),
	     "it has no aws_region_name; write [provider] region");
	return false;
}

/* The place in a route, or NULL and a note. */
static const char *route_of(struct import *im, struct json params)
{
	const struct str full = json_str(json_get(params, "model"));
	struct str base = json_str(json_get(params, "api_base"));
	struct str region = STR_NONE;
	struct str prefix = STR("openai");
	struct str model = full;
	struct buf route;

	if (str_cut(full, '/', &prefix, &model) == false) {
		prefix = str_starts(full, STR("claude")) ? STR("anthropic")
							 : STR("openai");
		model = full;
	}
	const struct known *const k = find_known(prefix);
	if (k == NULL || (k->base_url == NULL && base.n == 0)) {
		note(im, full,
		     k == NULL ? "a provider without a kind here"
			       : "it has no api_base");
		return NULL;
	}
	if (model.n == 0 || memchr(model.p, '*', model.n) != NULL ||
	    memchr(model.p, ',', model.n) != NULL || !is_line(full) ||
	    model.n > CONF_MAX_MODEL_BYTES / 2) {
		note(im, full, "not the name of one model");
		return NULL;
	}
	if (!take_base(im, k, base, &base) ||
	    !take_region(im, k, params, &region))
		return NULL;
	const struct provider *const p = take_provider(
		im, k, base, json_str(json_get(params, "api_key")), region);
	if (p == NULL) {
		note(im, full, "too many providers");
		return NULL;
	}
	buf_init(&route, im->a, TEXT_BYTES);
	buf_addf(&route, "%s/" STR_FMT, p->name, STR_ARG(model));
	return buf_c(&route);
}

static enum err note_param(void *arg, struct str name, struct json v)
{
	static const char *const taken[] = {"model",
					    "api_base",
					    "api_key",
					    "aws_region_name",
					    "input_cost_per_token",
					    "output_cost_per_token",
					    "cache_read_input_token_cost",
					    "cache_creation_input_token_cost",
					    "id"};

	(void)v;
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		if (str_eq_c(name, taken[i]))
			return ERR_OK;
	note(arg, name, "a setting of a model without a place here");
	return ERR_OK;
}

static enum err take_model(struct import *im, struct json entry)
{
	const struct json params = json_get(entry, "litellm_params");
	const struct json info = json_get(entry, "model_info");
	struct deployment *const d = &im->deployments[im->ndeployments++];
	bool again = false;

	d->feature = json_str(json_get(entry, "model_name"));
	d->route = route_of(im, params);
	ERR_TRY(json_each(params, note_param, im));
	ERR_TRY(json_each(info, note_param, im));
	for (size_t i = 0; d->route != NULL && i + 1 < im->ndeployments; i++)
		again = again ||
			(im->deployments[i].route != NULL &&
			 strcmp(im->deployments[i].route, d->route) == 0);
	if (d->route == NULL || again)
		return ERR_OK;
	add_price(im, d->route, params);
	if (!json_has(params, "input_cost_per_token"))
		add_price(im, d->route, info);
	return ERR_OK;
}

/* Features ------------------------------------------------------------- */

/* A name as our file takes it. */
static const char *feature_name(struct import *im, struct str name)
{
	char *const out =
		str_dup(im->a, str_utf8_prefix(name, CONF_MAX_NAME_BYTES));

	for (char *p = out; *p != '\0'; p++) {
		const bool ok = (*p >= 'a' && *p <= 'z') ||
				(*p >= 'A' && *p <= 'Z') ||
				(*p >= '0' && *p <= '9') || *p == '-' ||
				*p == '_' || *p == '.';
		if (!ok)
			*p = '-';
	}
	return out;
}

struct route {
	struct buf text;
	size_t n;
};

static void add_routes(struct import *im, struct str feature, struct route *r)
{
	for (size_t i = 0; i < im->ndeployments; i++) {
		const struct deployment *const d = &im->deployments[i];
		if (d->route == NULL || !str_eq(d->feature, feature))
			continue;
		if (r->n == CONF_MAX_ROUTE) {
			note(im, feature, "more models than a route has");
			return;
		}
		buf_addf(&r->text, "%s%s", r->n++ > 0 ? ", " : "", d->route);
	}
}

/* fallbacks: [{"name": ["other", …]}, …] */
static void add_fallbacks(struct import *im, struct json list,
			  struct str feature, struct route *r)
{
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json to =
			json_get(json_at(list, i), str_dup(im->a, feature));
		for (size_t k = 0; k < json_count(to); k++)
			add_routes(im, json_str(json_at(to, k)), r);
	}
}

static void write_feature(struct import *im, struct json root,
			  struct str feature)
{
	static const char *const places[] = {"router_settings",
					     "litellm_settings"};
	const char *const name = feature_name(im, feature);
	struct route r = {.n = 0};

	buf_init(&r.text, im->a, TEXT_BYTES);
	add_routes(im, feature, &r);
	if (r.n == 0)
		return;
	for (size_t i = 0; i < 2; i++)
		add_fallbacks(im,
			      json_get(json_get(root, places[i]), "fallbacks"),
			      feature, &r);
	if (!str_eq_c(feature, name))
		note(im, feature, "the name is spelt differently here");
	buf_addf(im->ini, "[feature %s]\nroute = %s\n\n", name, buf_c(&r.text));
}

static bool seen_before(const struct import *im, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (str_eq(im->deployments[k].feature,
			   im->deployments[i].feature))
			return true;
	return false;
}

/* The rest -------------------------------------------------------------- */

static enum err note_setting(void *arg, struct str name, struct json v)
{
	(void)v;
	if (!str_eq_c(name, "fallbacks"))
		note(arg, name, "a setting without a place here");
	return ERR_OK;
}

static enum err note_section(void *arg, struct str name, struct json v)
{
	if (str_eq_c(name, "model_list"))
		return ERR_OK;
	if (json_type(v) == JSON_OBJECT)
		return json_each(v, note_setting, arg);
	note(arg, name, "a section without a place here");
	return ERR_OK;
}

enum err litellm_convert(struct arena *a, struct json root, struct buf *ini,
			 struct buf *prices, struct errbuf *e)
{
	const struct json list = json_get(root, "model_list");
	struct import *const im = ARENA_NEW(a, struct import);

	if (json_count(list) == 0 || json_count(list) > MAX_MODELS)
		return err_set(e, ERR_INVALID_REQUEST,
			       "it has no model_list of 1 to %d models",
			       MAX_MODELS);
	im->a = a;
	im->ini = ini;
	buf_init(&im->notes, a, TEXT_BYTES);
	jw_init(&im->prices, prices);
	jw_open_object(&im->prices, NULL);
	for (size_t i = 0; i < json_count(list); i++)
		ERR_TRY(take_model(im, json_at(list, i)));
	jw_close(&im->prices);
	for (size_t i = 0; i < im->nproviders; i++)
		write_provider(im, &im->providers[i]);
	for (size_t i = 0; i < im->ndeployments; i++)
		if (!seen_before(im, i))
			write_feature(im, root, im->deployments[i].feature);
	ERR_TRY(json_each(root, note_section, im));
	buf_add_str(ini, buf_str(&im->notes));
	return buf_err(ini);
}
