/*
 * The typed reader: a thin view over json-c's tree, which never leaves this
 * file.  Every text passes json_scan() first, so json-c only ever sees what
 * the grammar allows.  A tree is freed by the arena it was parsed into and
 * never changed after parsing.
 */
#include "json/json.h"

#include "base/arena.h"
#include "json/scan.h"

#include <assert.h>
#include <inttypes.h>
#include <limits.h>

/* json-c has a typedef of the same name as our enum and function. */
#define json_type jsonc_type /* NOLINT(readability-identifier-naming) */
#include <json-c/json.h>
#undef json_type

#define TEXT_FLAGS (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

static void node_free(void *node)
{
	(void)json_object_put(node);
}

/*
 * A number at the top may go on in the next piece; the NUL says that it does
 * not.
 */
static struct json_object *tree_build(struct json_tokener *tok, struct str text)
{
	struct json_object *const node =
		json_tokener_parse_ex(tok, text.p, (int)text.n);

	if (json_tokener_get_error(tok) != json_tokener_continue)
		return node;
	return json_tokener_parse_ex(tok, "", 1);
}

enum err json_parse(struct arena *a, struct str text, struct json *out,
		    struct errbuf *e)
{
	out->node = NULL;
	if (text.n >= INT_MAX)
		return err_set(e, ERR_TOO_LARGE, "JSON of %zu bytes", text.n);
	if (!str_is_utf8(text))
		return err_set(e, ERR_INVALID_JSON, "JSON is not valid UTF-8");
	ERR_TRY(json_scan(text, e));
	/* json-c counts the values in the innermost level as one more */
	struct json_tokener *const tok =
		json_tokener_new_ex(JSON_MAX_DEPTH + 1);
	if (tok == NULL)
		return err_set(e, ERR_INTERNAL, "no memory for JSON");
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
	struct json_object *const node = tree_build(tok, text);
	const enum json_tokener_error why = json_tokener_get_error(tok);
	json_tokener_free(tok);
	if (node != NULL)
		arena_defer(a, node_free, node);
	if (why != json_tokener_success)
		return err_set(e, ERR_INVALID_JSON, "invalid JSON: %s",
			       json_tokener_error_desc(why));
	out->node = node;
	return ERR_OK;
}

enum json_type json_type(struct json v)
{
	switch (json_object_get_type(v.node)) {
	case json_type_null:
		return JSON_NULL;
	case json_type_boolean:
		return JSON_BOOL;
	case json_type_int:
		return JSON_INT;
	case json_type_double:
		return JSON_REAL;
	case json_type_string:
		return JSON_STRING;
	case json_type_array:
		return JSON_ARRAY;
	case json_type_object:
		return JSON_OBJECT;
	}
	assert(false); /* every type of json-c is above */
	return JSON_NULL;
}

struct json json_get(struct json v, const char *name)
{
	struct json_object *member = NULL;

	if (json_type(v) == JSON_OBJECT)
		(void)json_object_object_get_ex(v.node, name, &member);
	return (struct json){member};
}

bool json_has(struct json v, const char *name)
{
	return json_type(v) == JSON_OBJECT &&
	       json_object_object_get_ex(v.node, name, NULL);
}

struct json json_at(struct json v, size_t i)
{
	if (json_type(v) != JSON_ARRAY)
		return (struct json){NULL};
	return (struct json){json_object_array_get_idx(v.node, i)};
}

size_t json_count(struct json v)
{
	if (json_type(v) == JSON_ARRAY)
		return json_object_array_length(v.node);
	if (json_type(v) == JSON_OBJECT)
		return (size_t)json_object_object_length(v.node);
	return 0;
}

struct str json_str(struct json v)
{
	if (json_type(v) != JSON_STRING)
		return STR_NONE;
	return (struct str){json_object_get_string(v.node),
			    (size_t)json_object_get_string_len(v.node)};
}

int64_t json_i64(struct json v)
{
	return json_type(v) == JSON_INT ? json_object_get_int64(v.node) : 0;
}

bool json_is_true(struct json v)
{
	return json_type(v) == JSON_BOOL &&
	       json_object_get_boolean(v.node) != 0;
}

double json_real(struct json v)
{
	const enum json_type type = json_type(v);

	return type == JSON_INT || type == JSON_REAL
		       ? json_object_get_double(v.node)
		       : 0.0;
}

enum err json_get_str(struct json v, const char *name, struct str *out,
		      struct errbuf *e)
{
	const struct json member = json_get(v, name);

	if (member.node == NULL)
		return ERR_OK;
	if (json_type(member) != JSON_STRING)
		return err_set(e, ERR_INVALID_REQUEST,
			       "\"%s\" must be a string", name);
	*out = json_str(member);
	return ERR_OK;
}

enum err json_get_bool(struct json v, const char *name, bool *out,
		       struct errbuf *e)
{
	const struct json member = json_get(v, name);

	if (member.node == NULL)
		return ERR_OK;
	if (json_type(member) != JSON_BOOL)
		return err_set(e, ERR_INVALID_REQUEST,
			       "\"%s\" must be true or false", name);
	*out = json_object_get_boolean(member.node) != 0;
	return ERR_OK;
}

enum err json_get_i64(struct json v, const char *name, int64_t min, int64_t max,
		      int64_t *out, struct errbuf *e)
{
	const struct json member = json_get(v, name);

	if (member.node == NULL)
		return ERR_OK;
	const int64_t i = json_i64(member);
	const bool fits = json_type(member) == JSON_INT && i >= min &&
			  i <= max &&
			  json_object_get_uint64(member.node) <= INT64_MAX;
	if (!fits)
		return err_set(e, ERR_INVALID_REQUEST,
			       "\"%s\" must be an integer from %" PRId64
			       " to %" PRId64,
			       name, min, max);
	*out = i;
	return ERR_OK;
}

struct str json_text(struct json v)
{
	size_t n = 0;
	const char *const p =
		json_object_to_json_string_length(v.node, TEXT_FLAGS, &n);

	return (struct str){p, n};
}

enum err json_each(struct json v,
		   enum err (*fn)(void *arg, struct str name,
				  struct json value),
		   void *arg)
{
	if (json_type(v) != JSON_OBJECT)
		return ERR_OK;
	struct json_object_iterator at = json_object_iter_begin(v.node);
	const struct json_object_iterator end = json_object_iter_end(v.node);
	for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
		const struct json value = {json_object_iter_peek_value(&at)};
		ERR_TRY(fn(arg, str_from(json_object_iter_peek_name(&at)),
			   value));
	}
	return ERR_OK;
}
