/*
 * [feature NAME]: its route, its prompt and what depends on both.
 */
#include "conf/feature.h"

#include "conf/guarded.h"

#include "base/arena.h"
#include "base/id.h"
#include "conf/tool.h"
#include "conf/value.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#define PROMPT_MAX_BYTES   ((size_t)256 * 1024)
#define PASSAGES_FALLBACK  5
#define MIN_TOKENS         64
#define VERSION_HASH_BYTES 6

static const char prompt_plain[] =
	"You are a helpful assistant. Answer clearly and briefly.";

static const char prompt_passages[] =
	"Answer from the numbered passages only, in the language of the "
	"question. Put the number of each passage you use behind the sentence "
	"that uses it, as [1]. When the passages do not hold the answer, say "
	"so.";

/* What the file says; "" when it says nothing. */
static const char *text_of(const struct conf_block *b, const char *key)
{
	const char *const text = conf_block_given(b, key)->text;

	return text != NULL ? text : "";
}

/* One element of the route: "provider/model", "extract", or "static". */
static enum err add_model(const struct conf_file *f, const struct conf_block *b,
			  const struct conf *c, struct str element,
			  struct conf_feature *out)
{
	struct str provider;
	struct str model;
	const bool slash = str_cut(element, '/', &provider, &model);
	const bool extract = str_eq_c(provider, "extract");

	if (out->last_tier_static)
		return conf_file_fail(f, b, "route",
				      "static comes last; nothing is asked "
				      "after it");
	if (str_eq_c(element, "static") && out->nroute > 0) {
		out->last_tier_static = true;
		return ERR_OK;
	}
	if (element.n > CONF_MAX_MODEL_BYTES)
		return conf_file_fail(f, b, "route",
				      "a model's name of over %d bytes",
				      CONF_MAX_MODEL_BYTES);
	if (extract ? slash : provider.n == 0 || model.n == 0)
		return conf_file_fail(f, b, "route",
				      "\"" STR_FMT "\" is not provider/model "
				      "or extract",
				      STR_ARG(element));
	if (conf_provider(c, provider) == NULL)
		return conf_file_fail(f, b, "route",
				      "\"" STR_FMT "\" needs a section "
				      "[provider " STR_FMT "]",
				      STR_ARG(element), STR_ARG(provider));
	if (out->nroute == CONF_MAX_ROUTE)
		return conf_file_fail(f, b, "route", "has more than %d models",
				      CONF_MAX_ROUTE);
	out->route[out->nroute++] = element;
	return ERR_OK;
}

static enum err read_route(const struct conf_file *f,
			   const struct conf_block *b, const struct conf *c,
			   struct conf_feature *out)
{
	const char *const given = conf_block_given(b, "route")->text;
	struct str rest = str_from(given != NULL ? given : "extract");
	struct str element;
	bool more = true;

	while (more) {
		more = str_cut(rest, ',', &element, &rest);
		ERR_TRY(add_model(f, b, c, str_trim(element), out));
	}
	return ERR_OK;
}

static enum err read_shadow(const struct conf_file *f,
			    const struct conf_block *b, const struct conf *c,
			    struct conf_feature *out)
{
	struct str provider;
	struct str model;

	out->shadow = str_from(text_of(b, "shadow"));
	if (out->shadow.n == 0)
		return ERR_OK;
	if (!str_cut(out->shadow, '/', &provider, &model) || model.n == 0 ||
	    out->shadow.n > CONF_MAX_MODEL_BYTES ||
	    conf_provider(c, provider) == NULL)
		return conf_file_fail(f, b, "shadow",
				      "\"" STR_FMT "\" is not provider/model "
				      "with a section [provider NAME]",
				      STR_ARG(out->shadow));
	return ERR_OK;
}

static enum err read_prompt_file(const struct conf_file *f,
				 const struct conf_block *b, const char *path,
				 const char **out)
{
	struct str text = STR_NONE;
	const enum err err =
		conf_slurp(f->arena, path, PROMPT_MAX_BYTES, &text);

	if (err == ERR_TOO_LARGE)
		return conf_file_fail(f, b, "prompt_file", "%s is over 256 KiB",
				      path);
	if (err != ERR_OK)
		return conf_file_fail(f, b, "prompt_file",
				      "could not read %s: %s", path,
				      strerror(errno));
	text = str_trim(text);
	if (text.n == 0)
		return conf_file_fail(f, b, "prompt_file", "%s is empty", path);
	if (!str_is_utf8(text) || memchr(text.p, '\0', text.n) != NULL)
		return conf_file_fail(f, b, "prompt_file",
				      "%s is not UTF-8 text", path);
	*out = str_dup(f->arena, text);
	return ERR_OK;
}

/* "NAME-" and the first hex digits of the text's hash. */
static const char *version_of(struct arena *a, const char *name,
			      struct str text)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	char hex[2 * VERSION_HASH_BYTES + 1];
	struct buf out;

	(void)crypto_hash_sha256(hash, (const unsigned char *)text.p, text.n);
	id_hex(hash, VERSION_HASH_BYTES, hex);
	buf_init(&out, a, 128);
	buf_addf(&out, "%s-%s", name, hex);
	return buf_c(&out);
}

static enum err read_prompt(const struct conf_file *f,
			    const struct conf_block *b,
			    struct conf_feature *out)
{
	const char *const path = text_of(b, "prompt_file");

	out->prompt = text_of(b, "prompt");
	if (path[0] != '\0' && out->prompt[0] != '\0')
		return conf_file_fail(f, b, "prompt_file",
				      "stands beside prompt; give only one");
	if (path[0] != '\0')
		ERR_TRY(read_prompt_file(f, b, conf_file_path(f, path),
					 &out->prompt));
	else if (out->prompt[0] == '\0')
		out->prompt =
			out->passages > 0 ? prompt_passages : prompt_plain;
	out->prompt_version =
		version_of(f->arena, out->name, str_from(out->prompt));
	return ERR_OK;
}

/* What depends on the route and on other settings. */
static enum err read_numbers(const struct conf_file *f,
			     const struct conf_block *b,
			     struct conf_feature *out)
{
	const bool extract_only =
		out->nroute == 1 && str_eq_c(out->route[0], "extract");

	/* an agent searches when it wants to */
	if (!out->agent && (extract_only || out->collection[0] != '\0' ||
			    strcmp(out->name, "docs") == 0))
		out->passages = PASSAGES_FALLBACK;
	ERR_TRY(conf_value_number(f, b, "passages", &out->passages));
	out->min_output_tokens = out->max_output_tokens < MIN_TOKENS
					 ? out->max_output_tokens
					 : MIN_TOKENS;
	ERR_TRY(conf_value_number(f, b, "min_output_tokens",
				  &out->min_output_tokens));
	if (out->min_output_tokens > out->max_output_tokens)
		return conf_file_fail(f, b, "min_output_tokens",
				      "is more than max_output_tokens");
	return ERR_OK;
}

enum err conf_feature_add(const struct conf_file *f, const struct conf_block *b,
			  struct conf *c)
{
	struct conf_feature out = {.name = b->name};

	if (c->nfeatures == CONF_MAX_FEATURES)
		return conf_file_fail(f, b, "route",
				      "too many features; %d are allowed",
				      CONF_MAX_FEATURES);
	ERR_TRY(conf_value_apply(f, b, &out));
	ERR_TRY(read_route(f, b, c, &out));
	ERR_TRY(conf_tool_agent(f, b, c, &out));
	ERR_TRY(read_numbers(f, b, &out));
	ERR_TRY(read_prompt(f, b, &out));
	ERR_TRY(read_shadow(f, b, c, &out));
	const int64_t timeout_ms = out.guard.moderation_timeout_ms;
	out.guard = c->guard.rules;
	if (timeout_ms > 0)
		out.guard.moderation_timeout_ms = timeout_ms;
	ERR_TRY(conf_guarded_rules(f, b, &out.guard));
	ERR_TRY(conf_guarded_hash(f, b, c, &out.guard));
	ERR_TRY(conf_guarded_moderation(f, b, c, &out.guard));
	ERR_TRY(conf_guarded_content(f, b, c, &out.content));
	c->features[c->nfeatures++] = out;
	return ERR_OK;
}
