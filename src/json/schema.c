/*
 * Checks a value against a schema that schema_check.c has let through.  The
 * first fault ends it; its place goes into the error, so that a model can be
 * told what to mend.
 */
#include "json/schema.h"

#include "base/arena.h"
#include "json/schema_pattern.h"
#include "json/schema_walk.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Schemas within schemas, over $ref too, and all steps of one check. */
#define MAX_DEPTH  100
#define MAX_STEPS  200000
#define PATH_BYTES 120
#define NEARLY     1e-9
/* A member's name as a value of its own. */
#define NAME_BYTES  ((size_t)64 * 1024)
#define ARENA_BYTES ((size_t)1024 * 1024)

struct walk {
	struct json root;
	struct errbuf *e;
	struct schema_patterns patterns;
	int depth;
	int steps;
	char path[PATH_BYTES];
	size_t path_n;
};

struct member_walk {
	struct walk *w;
	struct json schema;
};

static enum err validate(struct walk *w, struct json schema, struct json v);

static enum err fault(const struct walk *w, const char *what)
{
	return err_set(w->e, ERR_ANSWER_FORM, "$%s %s", w->path, what);
}

static enum err fault_number(const struct walk *w, const char *what,
			     struct json limit)
{
	const struct str text = json_text(limit);

	return err_set(w->e, ERR_ANSWER_FORM, "$%s must %s " STR_FMT, w->path,
		       what, STR_ARG(text));
}

/* All that comes after it fails, too, so nothing hides it. */
static enum err too_long(struct walk *w)
{
	w->steps = MAX_STEPS + 1;
	err_clear(w->e); /* of what it led to */
	return fault(w, "takes too long to check");
}

/* Go down to a member or an element; path_leave() with what it returned. */
static size_t path_enter(struct walk *w, struct str name, size_t i)
{
	const size_t before = w->path_n;
	const size_t room = PATH_BYTES - before;
	int n = 0;

	if (name.p != NULL)
		n = snprintf(w->path + before, room, ".%.40s", name.p);
	else
		n = snprintf(w->path + before, room, "[%zu]", i);
	w->path_n = n >= 0 && (size_t)n < room ? before + (size_t)n
					       : PATH_BYTES - 1;
	return before;
}

static void path_leave(struct walk *w, size_t before)
{
	w->path_n = before;
	w->path[before] = '\0';
}

/* Types and values ---------------------------------------------------- */

static bool is_whole(struct json v)
{
	const double d = json_real(v);

	return json_type(v) == JSON_INT ||
	       (json_type(v) == JSON_REAL && fabs(d - round(d)) <= 0.0);
}

static bool has_type(struct json v, struct str name)
{
	switch (json_type(v)) {
	case JSON_NULL:
		return str_eq_c(name, "null");
	case JSON_BOOL:
		return str_eq_c(name, "boolean");
	case JSON_INT:
	case JSON_REAL:
		return str_eq_c(name, "number") ||
		       (str_eq_c(name, "integer") && is_whole(v));
	case JSON_STRING:
		return str_eq_c(name, "string");
	case JSON_ARRAY:
		return str_eq_c(name, "array");
	case JSON_OBJECT:
		return str_eq_c(name, "object");
	}
	return false;
}

static enum err check_type(const struct walk *w, struct json type,
			   struct json v)
{
	const bool list = json_type(type) == JSON_ARRAY;
	const size_t n = list ? json_count(type) : 1;

	for (size_t i = 0; i < n; i++)
		if (has_type(v, json_str(list ? json_at(type, i) : type)))
			return ERR_OK;
	const struct str text = json_text(type);
	return err_set(w->e, ERR_ANSWER_FORM, "$%s must be of type " STR_FMT,
		       w->path, STR_ARG(text));
}

static enum err check_values(const struct walk *w, struct json schema,
			     struct json v)
{
	const struct json list = json_get(schema, "enum");
	const struct json one = json_get(schema, "const");

	if (json_has(schema, "const") && !schema_equal(one, v))
		return fault_number(w, "be", one);
	if (json_type(list) != JSON_ARRAY)
		return ERR_OK;
	for (size_t i = 0; i < json_count(list); i++)
		if (schema_equal(json_at(list, i), v))
			return ERR_OK;
	return fault_number(w, "be one of", list);
}

static bool is_number(struct json v)
{
	return json_type(v) == JSON_INT || json_type(v) == JSON_REAL;
}

/* Numbers and strings ------------------------------------------------- */

static enum err check_number(const struct walk *w, struct json schema,
			     struct json v)
{
	const struct json min = json_get(schema, "minimum");
	const struct json max = json_get(schema, "maximum");
	const struct json above = json_get(schema, "exclusiveMinimum");
	const struct json below = json_get(schema, "exclusiveMaximum");
	const struct json step = json_get(schema, "multipleOf");
	const double d = json_real(v);

	if (is_number(min) && d < json_real(min))
		return fault_number(w, "be at least", min);
	if (is_number(max) && d > json_real(max))
		return fault_number(w, "be at most", max);
	if (is_number(above) && d <= json_real(above))
		return fault_number(w, "be more than", above);
	if (is_number(below) && d >= json_real(below))
		return fault_number(w, "be less than", below);
	if (is_number(step) && json_real(step) > 0.0 &&
	    fabs(remainder(d, json_real(step))) > NEARLY * json_real(step))
		return fault_number(w, "be a multiple of", step);
	return ERR_OK;
}

/* A limit of a count; INT64_MAX or 0 when it is not given. */
static bool within(struct json schema, const char *min, const char *max,
		   size_t n)
{
	const struct json low = json_get(schema, min);
	const struct json high = json_get(schema, max);

	return (json_type(low) != JSON_INT || (int64_t)n >= json_i64(low)) &&
	       (json_type(high) != JSON_INT || (int64_t)n <= json_i64(high));
}

static enum err check_pattern(struct walk *w, struct json pattern, struct str s)
{
	switch (schema_pattern_search(&w->patterns, json_str(pattern), s)) {
	case SCHEMA_FOUND:
		return ERR_OK;
	case SCHEMA_NOT_FOUND:
		return fault_number(w, "match the pattern", pattern);
	case SCHEMA_TOO_LONG:
		break;
	}
	return too_long(w);
}

static enum err check_string(struct walk *w, struct json schema, struct json v)
{
	const struct json pattern = json_get(schema, "pattern");
	const struct str s = json_str(v);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xC0) != 0x80;
	if (!within(schema, "minLength", "maxLength", n))
		return fault(w, "is too short or too long");
	if (json_type(pattern) == JSON_STRING)
		return check_pattern(w, pattern, s);
	return ERR_OK;
}

/* Objects and arrays -------------------------------------------------- */

/* The name is checked as if it were a value. */
static enum err check_name(struct walk *w, struct json schema, struct str name)
{
	struct errbuf unused = {.code = ERR_OK};
	struct arena a;
	struct buf text;
	struct json v;

	arena_init(&a, ARENA_BYTES);
	buf_init(&text, &a, NAME_BYTES);
	json_quote(&text, name);
	const bool parsed =
		json_parse(&a, buf_str(&text), &v, &unused) == ERR_OK;
	const enum err err = parsed ? validate(w, schema, v)
				    : fault(w, "has a name too long to check");
	arena_release(&a);
	return err;
}

struct named_walk {
	struct member_walk *m;
	struct str name;
	struct json value;
	bool found;
};

static enum err check_named(void *arg, struct str pattern, struct json schema)
{
	struct named_walk *const n = arg;
	struct walk *const w = n->m->w;
	const enum schema_search found =
		schema_pattern_search(&w->patterns, pattern, n->name);

	if (found == SCHEMA_NOT_FOUND)
		return ERR_OK;
	if (found == SCHEMA_TOO_LONG)
		return too_long(w);
	n->found = true;
	return validate(w, schema, n->value);
}

static enum err check_member_value(struct member_walk *m, struct str name,
				   struct json v)
{
	const struct json properties = json_get(m->schema, "properties");
	struct named_walk n = {m, name, v, false};

	if (json_has(m->schema, "propertyNames"))
		ERR_TRY(check_name(m->w, json_get(m->schema, "propertyNames"),
				   name));
	if (json_has(properties, name.p)) {
		n.found = true;
		ERR_TRY(validate(m->w, json_get(properties, name.p), v));
	}
	if (json_has(m->schema, "patternProperties"))
		ERR_TRY(json_each(json_get(m->schema, "patternProperties"),
				  check_named, &n));
	if (n.found || !json_has(m->schema, "additionalProperties"))
		return ERR_OK;
	return validate(m->w, json_get(m->schema, "additionalProperties"), v);
}

static enum err check_member(void *arg, struct str name, struct json v)
{
	struct member_walk *const m = arg;
	const size_t before = path_enter(m->w, name, 0);

	ERR_TRY(check_member_value(m, name, v));
	path_leave(m->w, before);
	return ERR_OK;
}

static enum err check_required(const struct walk *w, struct json names,
			       struct json v)
{
	for (size_t i = 0; i < json_count(names); i++) {
		const struct str name = json_str(json_at(names, i));
		if (name.p != NULL && !json_has(v, name.p))
			return err_set(w->e, ERR_ANSWER_FORM,
				       "$%s has no member \"%.60s\"", w->path,
				       name.p);
	}
	return ERR_OK;
}

struct dependent_walk {
	const struct walk *w;
	struct json value;
};

static enum err check_dependent(void *arg, struct str name, struct json names)
{
	const struct dependent_walk *const d = arg;

	return json_has(d->value, name.p)
		       ? check_required(d->w, names, d->value)
		       : ERR_OK;
}

static enum err check_object(struct walk *w, struct json schema, struct json v)
{
	struct member_walk m = {w, schema};
	struct dependent_walk d = {w, v};

	ERR_TRY(check_required(w, json_get(schema, "required"), v));
	if (json_has(schema, "dependentRequired"))
		ERR_TRY(json_each(json_get(schema, "dependentRequired"),
				  check_dependent, &d));
	if (!within(schema, "minProperties", "maxProperties", json_count(v)))
		return fault(w, "has too few or too many members");
	return json_each(v, check_member, &m);
}

static bool is_unique(struct json v)
{
	for (size_t i = 0; i < json_count(v); i++)
		for (size_t k = 0; k < i; k++)
			if (schema_equal(json_at(v, i), json_at(v, k)))
				return false;
	return true;
}

static enum err check_array(struct walk *w, struct json schema, struct json v)
{
	const size_t n = json_count(v);

	if (!within(schema, "minItems", "maxItems", n))
		return fault(w, "has too few or too many elements");
	if (json_is_true(json_get(schema, "uniqueItems")) &&
	    (n > 1000 || !is_unique(v)))
		return fault(w, "has an element twice");
	const struct json first = json_get(schema, "prefixItems");
	const bool rest = json_has(schema, "items");
	for (size_t i = 0; i < n && (rest || i < json_count(first)); i++) {
		const size_t before = path_enter(w, STR_NONE, i);
		ERR_TRY(validate(w,
				 i < json_count(first)
					 ? json_at(first, i)
					 : json_get(schema, "items"),
				 json_at(v, i)));
		path_leave(w, before);
	}
	return ERR_OK;
}

/* Combinations -------------------------------------------------------- */

/* Does v follow schema?  No word of it goes into the error. */
static bool follows(struct walk *w, struct json schema, struct json v)
{
	struct errbuf *const e = w->e;
	struct errbuf quiet = {.code = ERR_OK};
	const size_t before = w->path_n;
	const int depth = w->depth;

	w->e = &quiet;
	const bool ok = validate(w, schema, v) == ERR_OK;
	w->e = e;
	w->depth = depth;
	path_leave(w, before);
	return ok;
}

static size_t count_matches(struct walk *w, struct json list, struct json v)
{
	size_t n = 0;

	for (size_t i = 0; i < json_count(list); i++)
		n += follows(w, json_at(list, i), v);
	return n;
}

static enum err check_if(struct walk *w, struct json schema, struct json v)
{
	const char *const branch =
		follows(w, json_get(schema, "if"), v) ? "then" : "else";

	return json_has(schema, branch)
		       ? validate(w, json_get(schema, branch), v)
		       : ERR_OK;
}

static enum err check_combined(struct walk *w, struct json schema,
			       struct json v)
{
	const struct json all = json_get(schema, "allOf");
	const struct json any = json_get(schema, "anyOf");
	const struct json one = json_get(schema, "oneOf");
	struct json target;

	if (json_has(schema, "$ref")) {
		const bool there = schema_ref(
			w->root, json_str(json_get(schema, "$ref")), &target);
		assert(there);
		ERR_TRY(validate(w, target, v));
	}
	for (size_t i = 0; i < json_count(all); i++)
		ERR_TRY(validate(w, json_at(all, i), v));
	if (json_count(any) > 0 && count_matches(w, any, v) == 0)
		return fault(w, "follows none of anyOf");
	if (json_count(one) > 0 && count_matches(w, one, v) != 1)
		return fault(w, "does not follow exactly one of oneOf");
	if (json_has(schema, "not") && follows(w, json_get(schema, "not"), v))
		return fault(w, "follows what \"not\" forbids");
	if (json_has(schema, "if"))
		return check_if(w, schema, v);
	return ERR_OK;
}

static enum err check_by_type(struct walk *w, struct json schema, struct json v)
{
	switch (json_type(v)) {
	case JSON_OBJECT:
		return check_object(w, schema, v);
	case JSON_ARRAY:
		return check_array(w, schema, v);
	case JSON_STRING:
		return check_string(w, schema, v);
	case JSON_INT:
	case JSON_REAL:
		return check_number(w, schema, v);
	case JSON_NULL:
	case JSON_BOOL:
		break;
	}
	return ERR_OK;
}

static enum err validate(struct walk *w, struct json schema, struct json v)
{
	if (++w->steps > MAX_STEPS || w->depth >= MAX_DEPTH)
		return too_long(w);
	if (json_type(schema) == JSON_BOOL)
		return json_is_true(schema) ? ERR_OK
					    : fault(w, "is not allowed here");
	w->depth++;
	if (json_has(schema, "type"))
		ERR_TRY(check_type(w, json_get(schema, "type"), v));
	ERR_TRY(check_values(w, schema, v));
	ERR_TRY(check_by_type(w, schema, v));
	ERR_TRY(check_combined(w, schema, v));
	w->depth--;
	return ERR_OK;
}

enum err json_schema_validate(struct json schema, struct json value,
			      struct errbuf *e)
{
	struct walk w = {.root = schema, .e = e};
	enum err err = validate(&w, schema, value);

	if (w.steps > MAX_STEPS)
		err = too_long(&w);
	schema_patterns_release(&w.patterns);
	return err;
}
