/*
 * Checks a value against a schema that schema_check.c has let through.  The
 * first fault ends it; its place goes into the error, so that a model can be
 * told what to mend.
 */
#include "json/schema.h"

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

struct walk {
	struct json root;
	struct errbuf *e;
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

bool schema_type_known(struct str name)
{
	static const char *const names[] = {"object", "array",   "string",
					    "number", "integer", "boolean",
					    "null"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_eq_c(name, names[i]))
			return true;
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

static bool equal(struct json a, struct json b);

struct equal_members {
	struct json other;
};

static enum err equal_member(void *arg, struct str name, struct json v)
{
	const struct equal_members *const m = arg;

	if (!json_has(m->other, name.p) ||
	    !equal(v, json_get(m->other, name.p)))
		return ERR_ANSWER_FORM;
	return ERR_OK;
}

static bool equal_numbers(struct json a, struct json b)
{
	if (json_type(a) == JSON_INT && json_type(b) == JSON_INT)
		return json_i64(a) == json_i64(b);
	return !(json_real(a) < json_real(b)) && !(json_real(a) > json_real(b));
}

static bool is_number(struct json v)
{
	return json_type(v) == JSON_INT || json_type(v) == JSON_REAL;
}

static bool equal_arrays(struct json a, struct json b)
{
	for (size_t i = 0; i < json_count(a); i++)
		if (!equal(json_at(a, i), json_at(b, i)))
			return false;
	return true;
}

/* JSON_MAX_DEPTH bounds the recursion. */
static bool equal(struct json a, struct json b)
{
	struct equal_members m = {b};

	if (is_number(a) && is_number(b))
		return equal_numbers(a, b);
	if (json_type(a) != json_type(b))
		return false;
	switch (json_type(a)) {
	case JSON_BOOL:
		return json_is_true(a) == json_is_true(b);
	case JSON_STRING:
		return str_eq(json_str(a), json_str(b));
	case JSON_ARRAY:
		return json_count(a) == json_count(b) && equal_arrays(a, b);
	case JSON_OBJECT:
		return json_count(a) == json_count(b) &&
		       json_each(a, equal_member, &m) == ERR_OK;
	case JSON_NULL:
	case JSON_INT:
	case JSON_REAL:
		break;
	}
	return true;
}

static enum err check_values(const struct walk *w, struct json schema,
			     struct json v)
{
	const struct json list = json_get(schema, "enum");
	const struct json one = json_get(schema, "const");

	if (json_has(schema, "const") && !equal(one, v))
		return fault_number(w, "be", one);
	if (json_type(list) != JSON_ARRAY)
		return ERR_OK;
	for (size_t i = 0; i < json_count(list); i++)
		if (equal(json_at(list, i), v))
			return ERR_OK;
	return fault_number(w, "be one of", list);
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

static enum err check_string(const struct walk *w, struct json schema,
			     struct json v)
{
	const struct str s = json_str(v);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xC0) != 0x80;
	if (!within(schema, "minLength", "maxLength", n))
		return fault(w, "is too short or too long");
	return ERR_OK;
}

/* Objects and arrays -------------------------------------------------- */

static enum err check_member(void *arg, struct str name, struct json v)
{
	const struct member_walk *const m = arg;
	const struct json properties = json_get(m->schema, "properties");
	struct json schema = json_get(properties, name.p);

	if (!json_has(properties, name.p)) {
		if (!json_has(m->schema, "additionalProperties"))
			return ERR_OK;
		schema = json_get(m->schema, "additionalProperties");
	}
	const size_t before = path_enter(m->w, name, 0);
	ERR_TRY(validate(m->w, schema, v));
	path_leave(m->w, before);
	return ERR_OK;
}

static enum err check_object(struct walk *w, struct json schema, struct json v)
{
	const struct json required = json_get(schema, "required");
	struct member_walk m = {w, schema};

	for (size_t i = 0; i < json_count(required); i++) {
		const struct str name = json_str(json_at(required, i));
		if (name.p != NULL && !json_has(v, name.p))
			return err_set(w->e, ERR_ANSWER_FORM,
				       "$%s has no member \"%.60s\"", w->path,
				       name.p);
	}
	if (!within(schema, "minProperties", "maxProperties", json_count(v)))
		return fault(w, "has too few or too many members");
	return json_each(v, check_member, &m);
}

static bool is_unique(struct json v)
{
	for (size_t i = 0; i < json_count(v); i++)
		for (size_t k = 0; k < i; k++)
			if (equal(json_at(v, i), json_at(v, k)))
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
	if (!json_has(schema, "items"))
		return ERR_OK;
	for (size_t i = 0; i < n; i++) {
		const size_t before = path_enter(w, STR_NONE, i);
		ERR_TRY(validate(w, json_get(schema, "items"), json_at(v, i)));
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
	return ERR_OK;
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
		return fault(w, "takes too long to check");
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

	return validate(&w, schema, value);
}
