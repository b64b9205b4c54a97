/*
 * Are two JSON values the same?  1 and 1.0 are, and so are objects whose
 * members stand in another order.
 */
#include "json/schema_walk.h"

struct equal_members {
	struct json other;
};

static enum err equal_member(void *arg, struct str name, struct json v)
{
	const struct equal_members *const m = arg;

	if (!json_has(m->other, name.p) ||
	    !schema_equal(v, json_get(m->other, name.p)))
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
		if (!schema_equal(json_at(a, i), json_at(b, i)))
			return false;
	return true;
}

/* JSON_MAX_DEPTH bounds the recursion. */
bool schema_equal(struct json a, struct json b)
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
