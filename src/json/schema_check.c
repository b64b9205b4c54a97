/*
 * Which schemas can be checked here: the keywords, and the forms of their
 * values.  Run once per request, before any money is spent.
 */
#include "json/schema.h"

#include "json/schema_pattern.h"
#include "json/schema_walk.h"

#include <string.h>

struct checker {
	struct json root;
	struct errbuf *e;
	int nodes;
	int patterns;
};

/* What the value of a keyword is. */
enum kind {
	KIND_NOTE,    /* describes only */
	KIND_SCHEMA,  /* a schema */
	KIND_SCHEMAS, /* a list of schemas */
	KIND_NAMED,   /* an object of schemas */
	KIND_MATCHED, /* the same, the names are patterns */
	KIND_LISTS,   /* an object of lists */
	KIND_PATTERN,
	KIND_NUMBER,
	KIND_COUNT, /* an integer from 0 */
	KIND_LIST,
	KIND_SWITCH,
	KIND_TYPE,
	KIND_REF
};

static const struct {
	const char *name;
	enum kind kind;
} keywords[] = {
	{"type", KIND_TYPE},
	{"properties", KIND_NAMED},
	{"required", KIND_LIST},
	{"additionalProperties", KIND_SCHEMA},
	{"patternProperties", KIND_MATCHED},
	{"propertyNames", KIND_SCHEMA},
	{"dependentRequired", KIND_LISTS},
	{"items", KIND_SCHEMA},
	{"prefixItems", KIND_SCHEMAS},
	{"enum", KIND_LIST},
	{"const", KIND_NOTE},
	{"anyOf", KIND_SCHEMAS},
	{"oneOf", KIND_SCHEMAS},
	{"allOf", KIND_SCHEMAS},
	{"not", KIND_SCHEMA},
	{"if", KIND_SCHEMA},
	{"then", KIND_SCHEMA},
	{"else", KIND_SCHEMA},
	{"$ref", KIND_REF},
	{"$defs", KIND_NAMED},
	{"definitions", KIND_NAMED},
	{"minimum", KIND_NUMBER},
	{"maximum", KIND_NUMBER},
	{"exclusiveMinimum", KIND_NUMBER},
	{"exclusiveMaximum", KIND_NUMBER},
	{"multipleOf", KIND_NUMBER},
	{"minLength", KIND_COUNT},
	{"maxLength", KIND_COUNT},
	{"pattern", KIND_PATTERN},
	{"minItems", KIND_COUNT},
	{"maxItems", KIND_COUNT},
	{"minProperties", KIND_COUNT},
	{"maxProperties", KIND_COUNT},
	{"uniqueItems", KIND_SWITCH},
	{"title", KIND_NOTE},
	{"description", KIND_NOTE},
	{"default", KIND_NOTE},
	{"examples", KIND_NOTE},
	{"example", KIND_NOTE},
	{"deprecated", KIND_NOTE},
	{"readOnly", KIND_NOTE},
	{"writeOnly", KIND_NOTE},
	{"format", KIND_NOTE},
	{"nullable", KIND_NOTE},
	{"$schema", KIND_NOTE},
	{"$id", KIND_NOTE},
	{"$anchor", KIND_NOTE},
	{"$comment", KIND_NOTE},
	{"contentEncoding", KIND_NOTE},
	{"contentMediaType", KIND_NOTE},
};

/* Is this one of the seven names of types? */
static bool type_known(struct str name)
{
	static const char *const names[] = {"object", "array",   "string",
					    "number", "integer", "boolean",
					    "null"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_eq_c(name, names[i]))
			return true;
	return false;
}

bool schema_ref(struct json root, struct str ref, struct json *out)
{
	static const char *const places[] = {"$defs", "definitions"};
	struct str rest;
	struct str place;

	*out = root;
	if (str_eq_c(ref, "#"))
		return true;
	if (!str_starts(ref, STR("#/")))
		return false;
	rest = (struct str){ref.p + 2, ref.n - 2};
	(void)str_cut(rest, '/', &place, &rest);
	for (size_t i = 0; i < 2; i++)
		if (str_eq_c(place, places[i]) && rest.n > 0 &&
		    json_has(json_get(root, places[i]), rest.p)) {
			*out = json_get(json_get(root, places[i]), rest.p);
			return true;
		}
	return false;
}

static enum err check_node(struct checker *c, struct json schema);

static enum err refuse(const struct checker *c, struct str keyword,
		       const char *why)
{
	return err_set(c->e, ERR_INVALID_REQUEST,
		       "the JSON schema's \"" STR_FMT "\" %s",
		       STR_ARG(str_utf8_prefix(keyword, 40)), why);
}

static enum err check_member(void *arg, struct str name, struct json schema)
{
	(void)name;
	return check_node(arg, schema);
}

static enum err check_pattern(struct checker *c, struct str pattern)
{
	if (++c->patterns > SCHEMA_MAX_PATTERNS)
		return err_set(c->e, ERR_INVALID_REQUEST,
			       "the JSON schema has over %d patterns",
			       SCHEMA_MAX_PATTERNS);
	return schema_pattern_check(pattern, c->e);
}

static enum err check_matched(void *arg, struct str pattern, struct json schema)
{
	ERR_TRY(check_pattern(arg, pattern));
	return check_node(arg, schema);
}

static enum err check_list(void *arg, struct str name, struct json list)
{
	if (json_type(list) != JSON_ARRAY)
		return refuse(arg, name, "must be a list");
	return ERR_OK;
}

static enum err check_schemas(struct checker *c, struct str name,
			      struct json list)
{
	if (json_type(list) != JSON_ARRAY || json_count(list) == 0)
		return refuse(c, name, "must be a list of schemas");
	for (size_t i = 0; i < json_count(list); i++)
		ERR_TRY(check_node(c, json_at(list, i)));
	return ERR_OK;
}

static enum err check_type(const struct checker *c, struct json type)
{
	const bool list = json_type(type) == JSON_ARRAY;
	const size_t n = list ? json_count(type) : 1;

	for (size_t i = 0; i < n; i++) {
		const struct str name =
			json_str(list ? json_at(type, i) : type);
		if (!type_known(name))
			return refuse(c, STR("type"),
				      "must be object, array, string, number, "
				      "integer, boolean or null");
	}
	return ERR_OK;
}

static enum err check_each(struct checker *c, struct str name, enum kind kind,
			   struct json value)
{
	if (json_type(value) != JSON_OBJECT)
		return refuse(c, name, "must be an object");
	return json_each(value,
			 kind == KIND_MATCHED ? check_matched
			 : kind == KIND_LISTS ? check_list
					      : check_member,
			 c);
}

static enum err check_value(struct checker *c, struct str name, enum kind kind,
			    struct json value)
{
	const enum json_type type = json_type(value);
	struct json target;

	switch (kind) {
	case KIND_NOTE:
		return ERR_OK;
	case KIND_SCHEMA:
		return check_node(c, value);
	case KIND_SCHEMAS:
		return check_schemas(c, name, value);
	case KIND_NAMED:
	case KIND_MATCHED:
	case KIND_LISTS:
		return check_each(c, name, kind, value);
	case KIND_PATTERN:
		if (type != JSON_STRING)
			return refuse(c, name, "must be a string");
		return check_pattern(c, json_str(value));
	case KIND_NUMBER:
		if (type != JSON_INT && type != JSON_REAL)
			return refuse(c, name, "must be a number");
		return ERR_OK;
	case KIND_COUNT:
		if (type != JSON_INT || json_i64(value) < 0)
			return refuse(c, name, "must be an integer from 0");
		return ERR_OK;
	case KIND_LIST:
		return check_list(c, name, value);
	case KIND_SWITCH:
		if (type != JSON_BOOL)
			return refuse(c, name, "must be true or false");
		return ERR_OK;
	case KIND_TYPE:
		return check_type(c, value);
	case KIND_REF:
		if (!schema_ref(c->root, json_str(value), &target))
			return refuse(c, name,
				      "must be \"#\", \"#/$defs/NAME\" or "
				      "\"#/definitions/NAME\", and be there");
		return ERR_OK;
	}
	return ERR_OK;
}

static enum err check_keyword(void *arg, struct str name, struct json value)
{
	struct checker *const c = arg;

	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (str_eq_c(name, keywords[i].name))
			return check_value(c, name, keywords[i].kind, value);
	if (str_starts(name, STR("x-")))
		return ERR_OK;
	return refuse(c, name,
		      "cannot be checked here: leave it out, or describe it "
		      "in \"description\"");
}

static enum err check_node(struct checker *c, struct json schema)
{
	if (++c->nodes > JSON_SCHEMA_MAX_NODES)
		return err_set(c->e, ERR_INVALID_REQUEST,
			       "the JSON schema has over %d parts",
			       JSON_SCHEMA_MAX_NODES);
	if (json_type(schema) == JSON_BOOL)
		return ERR_OK;
	if (json_type(schema) != JSON_OBJECT)
		return err_set(c->e, ERR_INVALID_REQUEST,
			       "a JSON schema, and each in it, must be an "
			       "object");
	return json_each(schema, check_keyword, c);
}

enum err json_schema_check(struct json schema, struct errbuf *e)
{
	struct checker c = {.root = schema, .e = e};

	return check_node(&c, schema);
}
