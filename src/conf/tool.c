/*
 * [tool NAME], and what makes a feature an agent.  Where a tool leads is said
 * here and nowhere else: neither a request nor a model can change it.
 */
#include "conf/tool.h"

#include "base/arena.h"
#include "conf/secret.h"
#include "conf/url.h"
#include "conf/value.h"

#include <errno.h>
#include <string.h>

#define SCHEMA_MAX_BYTES ((size_t)64 * 1024)
#define MAX_TIMEOUT_MS   120000
#define MAX_ANSWER_BYTES 262144
#define DOCS_SEARCH      "docs_search"

#define AT(member)       offsetof(struct conf_tool, member)
const struct conf_setting conf_tool_settings[CONF_NTOOL_SETTINGS] = {
	{"url", CONF_URL, AT(url), 0, 0, NULL,
	 "address that is called; https, or http to this machine"},
	{"method", CONF_SPECIAL, 0, 0, 0, "POST",
	 "POST, PUT, PATCH or DELETE; the body is the arguments as JSON"},
	{"description", CONF_TEXT, AT(description), 0, 0, NULL,
	 "what it does and when to use it, for the model"},
	{"schema", CONF_SPECIAL, 0, 0, 0, "",
	 "JSON schema of the arguments, on one line"},
	{"schema_file", CONF_SPECIAL, 0, 0, 0, "",
	 "file that holds it, instead of schema; without either there are no "
	 "arguments"},
	{"effect", CONF_SPECIAL, 0, 0, 0, "side_effect",
	 "read: called at once; side_effect: a person confirms it first"},
	{"idempotent", CONF_SWITCH, AT(idempotent), 0, 0, "off",
	 "on: the address honours Idempotency-Key, so a side effect whose "
	 "worker died in the middle is sent again, with the same key"},
	{"header_file", CONF_SECRET, AT(header), 0, 0, "",
	 "file that holds one header for it, as \"name: value\""},
	{"timeout", CONF_DURATION, AT(timeout_ms), 1, MAX_TIMEOUT_MS, "10s",
	 "how long it may take"},
	{"max_answer", CONF_SIZE, AT(max_bytes), 1, MAX_ANSWER_BYTES, "16k",
	 "longest answer; a longer one is an error"},
};
#undef AT

/* Providers take no other names. */
static bool is_name(const char *s)
{
	for (; *s != '\0'; s++)
		if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
		      (*s >= '0' && *s <= '9') || *s == '_' || *s == '-'))
			return false;
	return true;
}

static enum err read_schema(const struct conf_file *f,
			    const struct conf_block *b, struct conf_tool *t)
{
	const struct str inline_text = conf_block_text(b, "schema");
	const struct str path = conf_block_text(b, "schema_file");
	struct str text = inline_text;

	if (path.n > 0 && inline_text.n > 0)
		return conf_file_fail(f, b, "schema_file",
				      "stands beside schema; give only one");
	if (path.n > 0 &&
	    conf_slurp(f->arena, conf_file_path(f, str_dup(f->arena, path)),
		       SCHEMA_MAX_BYTES, &text) != ERR_OK)
		return conf_file_fail(f, b, "schema_file",
				      "could not read " STR_FMT
				      ", or it is over 64 KiB: %s",
				      STR_ARG(path), strerror(errno));
	text = str_trim(text);
	t->schema = text.n > 0 ? str_dup(f->arena, text)
			       : "{\"type\":\"object\",\"properties\":{},"
				 "\"additionalProperties\":false}";
	return ERR_OK;
}

static enum err read_words(const struct conf_file *f,
			   const struct conf_block *b, struct conf_tool *t)
{
	static const char *const methods[] = {"POST", "PUT", "PATCH", "DELETE"};
	const struct str effect = conf_block_text(b, "effect");
	const struct str method = conf_block_text(b, "method");

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (str_eq_c(method, methods[i]))
			t->method = methods[i];
	if (t->method == NULL)
		return conf_file_fail(f, b, "method",
				      "expected POST, PUT, PATCH or DELETE");
	if (!str_eq_c(effect, "read") && !str_eq_c(effect, "side_effect"))
		return conf_file_fail(f, b, "effect",
				      "expected read or side_effect");
	t->effect = str_eq_c(effect, "read") ? CONF_EFFECT_READ
					     : CONF_EFFECT_SIDE_EFFECT;
	return ERR_OK;
}

enum err conf_tool_add(const struct conf_file *f, const struct conf_block *b,
		       struct conf *c)
{
	struct conf_tool t = {.name = b->name};

	if (c->ntools == CONF_MAX_TOOLS)
		return conf_file_fail(f, b, "url",
				      "too many tools; %d are allowed",
				      CONF_MAX_TOOLS);
	if (!is_name(t.name) || strcmp(t.name, DOCS_SEARCH) == 0)
		return conf_file_fail(f, b, "url",
				      "a tool's name has letters, digits, _ "
				      "and - only, and docs_search is built "
				      "in");
	ERR_TRY(conf_value_apply(f, b, &t));
	ERR_TRY(read_words(f, b, &t));
	ERR_TRY(read_schema(f, b, &t));
	ERR_TRY(conf_secret_file(f, b, "header_file", &t.header));
	if (!conf_url_is_safe(str_from(t.url)))
		return conf_file_fail(f, b, "url",
				      "expected https://, or http:// to this "
				      "machine");
	t.way = (struct conf_provider){.name = t.name,
				       .base_url = t.url,
				       .proxy = "",
				       .ca_file = "",
				       .private_network =
					       c->server.private_network,
				       .timeout_total_ms = t.timeout_ms};
	c->tools[c->ntools++] = t;
	return ERR_OK;
}

static const struct conf_tool *find(const struct conf *c, struct str name)
{
	static const struct conf_tool docs_search = {
		.name = DOCS_SEARCH,
		.docs_search = true,
		.url = "",
		.description =
			"Search the documents. Returns the passages that best "
			"match, each with its title and text.",
		.schema = "{\"type\":\"object\",\"properties\":{\"query\":{"
			  "\"type\":\"string\",\"description\":\"what to look "
			  "for, in plain words\"}},\"required\":[\"query\"],"
			  "\"additionalProperties\":false}",
		.effect = CONF_EFFECT_READ,
	};

	if (str_eq_c(name, DOCS_SEARCH))
		return &docs_search;
	for (size_t i = 0; i < c->ntools; i++)
		if (str_eq_c(name, c->tools[i].name))
			return &c->tools[i];
	return NULL;
}

static enum err read_tools(const struct conf_file *f,
			   const struct conf_block *b, const struct conf *c,
			   struct conf_feature *out)
{
	struct str rest = conf_block_text(b, "tools");
	struct str name;

	while (str_trim(rest).n > 0) {
		(void)str_cut(rest, ',', &name, &rest);
		name = str_trim(name);
		const struct conf_tool *const t = find(c, name);
		if (t == NULL)
			return conf_file_fail(f, b, "tools",
					      "\"" STR_FMT "\" needs a "
					      "section [tool NAME]",
					      STR_ARG(name));
		if (out->ntools == CONF_MAX_AGENT_TOOLS)
			return conf_file_fail(f, b, "tools",
					      "too many; %d are allowed",
					      CONF_MAX_AGENT_TOOLS);
		out->tools[out->ntools++] = t;
	}
	return ERR_OK;
}

enum err conf_tool_agent(const struct conf_file *f, const struct conf_block *b,
			 const struct conf *c, struct conf_feature *out)
{
	const struct str kind = conf_block_text(b, "kind");

	if (!str_eq_c(kind, "chat") && !str_eq_c(kind, "agent"))
		return conf_file_fail(f, b, "kind", "expected chat or agent");
	out->agent = str_eq_c(kind, "agent");
	ERR_TRY(read_tools(f, b, c, out));
	if (!out->agent && out->ntools > 0)
		return conf_file_fail(f, b, "tools", "needs kind = agent");
	if (!out->agent)
		return ERR_OK;
	for (size_t i = 0; i < out->nroute; i++)
		if (str_eq_c(out->route[i], "extract"))
			return conf_file_fail(f, b, "route",
					      "an agent needs models; extract "
					      "calls no tools");
	if (out->anonymous > 0)
		return conf_file_fail(f, b, "anonymous",
				      "an agent is for people with an "
				      "account");
	return ERR_OK;
}
