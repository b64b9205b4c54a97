/*
 * The settings of the guard that a table cannot say: policies, which a feature
 * may change in part, and the operator's patterns.
 */
#include "conf/guarded.h"

#include "conf/table.h"
#include "conf/value.h"

#define HASH_KEY_MIN_BYTES 32

#define AT(member)         offsetof(struct guard_pattern, member)
const struct conf_setting conf_pattern_settings[CONF_NPATTERN_SETTINGS] = {
	{"match", CONF_TEXT, AT(match), 0, 0, NULL,
	 "regular expression of what is private, as Perl has them; it is "
	 "searched in the normal form of a text"},
	{"action", CONF_SPECIAL, 0, 0, 0, "redact", "redact, hash or block"},
	{"input", CONF_SWITCH, AT(input), 0, 0, "on", "search questions"},
	{"output", CONF_SWITCH, AT(output), 0, 0, "on", "search answers"},
};
#undef AT

static enum err read_policy(const struct conf_file *f,
			    const struct conf_block *b, const char *key,
			    struct guard_policy *out)
{
	struct str bad = STR_NONE;

	if (guard_policy_parse(conf_block_text(b, key), out, &bad))
		return ERR_OK;
	return conf_file_fail(f, b, key,
			      "\"" STR_FMT "\" is not redact, hash, block or "
			      "off, nor a kind with one of them, such as "
			      "email off",
			      STR_ARG(str_utf8_prefix(bad, 40)));
}

static enum err read_injection(const struct conf_file *f,
			       const struct conf_block *b,
			       enum guard_injection *out)
{
	const struct str text = conf_block_text(b, "injection");

	if (str_eq_c(text, "block"))
		*out = GUARD_INJECTION_BLOCK;
	else if (str_eq_c(text, "record"))
		*out = GUARD_INJECTION_RECORD;
	else if (str_eq_c(text, "off"))
		*out = GUARD_INJECTION_OFF;
	else if (text.n > 0)
		return conf_file_fail(f, b, "injection",
				      "\"" STR_FMT "\" is not block, record or "
				      "off",
				      STR_ARG(str_utf8_prefix(text, 40)));
	return ERR_OK;
}

enum err conf_guarded_rules(const struct conf_file *f,
			    const struct conf_block *b,
			    struct conf_guard_rules *out)
{
	/* patterns have actions of their own */
	ERR_TRY(read_policy(f, b, "input_pii", &out->input_pii));
	ERR_TRY(read_policy(f, b, "output_pii", &out->output_pii));
	return read_injection(f, b, &out->injection);
}

static bool hashes(const struct guard_policy *p)
{
	for (size_t i = 0; i < GUARD_PATTERN; i++)
		if (p->action[i] == GUARD_HASH)
			return true;
	return false;
}

static enum err need_key(const struct conf_file *f, const struct conf_block *b,
			 const struct conf *c, const char *key)
{
	if (c->guard.hash_key.secret_n >= HASH_KEY_MIN_BYTES)
		return ERR_OK;
	return conf_file_fail(f, b, key,
			      "hash needs [guard] hash_key_file with a secret "
			      "of %d or more characters",
			      HASH_KEY_MIN_BYTES);
}

enum err conf_guarded_hash(const struct conf_file *f,
			   const struct conf_block *b, const struct conf *c,
			   const struct conf_guard_rules *rules)
{
	if (hashes(&rules->input_pii))
		ERR_TRY(need_key(f, b, c, "input_pii"));
	return hashes(&rules->output_pii) ? need_key(f, b, c, "output_pii")
					  : ERR_OK;
}

enum err conf_guarded_content(const struct conf_file *f,
			      const struct conf_block *b, const struct conf *c,
			      enum conf_content *out)
{
	static const char *const names[] = {
		[CONF_CONTENT_NONE] = "none",
		[CONF_CONTENT_HASH] = "hash",
		[CONF_CONTENT_REDACTED] = "redacted",
		[CONF_CONTENT_FULL] = "full",
	};
	const struct str text = conf_block_text(b, "content");
	size_t i = 0;

	while (i <= CONF_CONTENT_FULL && !str_eq_c(text, names[i]))
		i++;
	if (i > CONF_CONTENT_FULL)
		return conf_file_fail(f, b, "content",
				      "\"" STR_FMT "\" is not none, hash, "
				      "redacted or full",
				      STR_ARG(str_utf8_prefix(text, 40)));
	*out = (enum conf_content)i;
	return *out == CONF_CONTENT_HASH ? need_key(f, b, c, "content")
					 : ERR_OK;
}

static enum err read_fail(const struct conf_file *f, const struct conf_block *b,
			  bool *pass)
{
	const struct str text = conf_block_text(b, "moderation_fail");

	if (text.n == 0)
		return ERR_OK;
	*pass = str_eq_c(text, "pass");
	if (*pass || str_eq_c(text, "block"))
		return ERR_OK;
	return conf_file_fail(f, b, "moderation_fail",
			      "\"" STR_FMT "\" is not block or pass",
			      STR_ARG(str_utf8_prefix(text, 40)));
}

enum err conf_guarded_moderation(const struct conf_file *f,
				 const struct conf_block *b,
				 const struct conf *c,
				 struct conf_guard_rules *out)
{
	const struct str text = conf_block_text(b, "moderation");
	struct str name;
	struct str model;

	ERR_TRY(read_fail(f, b, &out->moderation_pass));
	if (text.n == 0)
		return ERR_OK;
	out->moderation = STR_NONE;
	if (str_eq_c(text, "off"))
		return ERR_OK;
	const bool pair = str_cut(text, '/', &name, &model) && model.n > 0;
	const struct conf_provider *const p = conf_provider(c, name);
	if (!pair || text.n > CONF_MAX_MODEL_BYTES || p == NULL)
		return conf_file_fail(f, b, "moderation",
				      "\"" STR_FMT "\" is neither off nor "
				      "provider/model with a section "
				      "[provider NAME]",
				      STR_ARG(str_utf8_prefix(text, 40)));
	if (p->kind != CONF_PROVIDER_OPENAI)
		return conf_file_fail(f, b, "moderation",
				      "[provider %s] must be of kind openai: "
				      "no other has moderations",
				      p->name);
	out->moderation = text;
	return ERR_OK;
}

enum err conf_guarded_pattern(const struct conf_file *f,
			      const struct conf_block *b, struct conf *c)
{
	struct guard_pattern out = {.name = b->name};
	struct guard_policy policy = {0};
	struct str bad = STR_NONE;

	if (c->npatterns == GUARD_MAX_PATTERNS)
		return conf_file_fail(f, b, "match",
				      "too many patterns; %d are allowed",
				      GUARD_MAX_PATTERNS);
	ERR_TRY(conf_value_apply(f, b, &out));
	if (!guard_policy_parse(conf_block_text(b, "action"), &policy, &bad) ||
	    policy.action[0] != policy.action[GUARD_PATTERN] ||
	    policy.action[GUARD_PATTERN] == GUARD_OFF)
		return conf_file_fail(
			f, b, "action",
			"\"" STR_FMT "\" is not redact, hash or "
			"block",
			STR_ARG(str_utf8_prefix(conf_block_text(b, "action"),
						40)));
	out.action = (enum guard_action)policy.action[GUARD_PATTERN];
	if (out.action == GUARD_HASH)
		ERR_TRY(need_key(f, b, c, "action"));
	c->patterns[c->npatterns++] = out;
	return ERR_OK;
}
