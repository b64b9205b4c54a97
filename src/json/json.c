/*
 * The typed reader: a view of a tree.  Every text passes json_scan() first, so
 * the tree is only built of what the grammar allows.  A tree is never changed,
 * and freed by the arena it was parsed into.
 */
#include "json/json.h"

#include "base/arena.h"
#include "base/num.h"
#include "json/scan.h"
#include "json/tree.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>

/* What bounds a tree is how many values a text may have. */
#define TREE_BYTES (SIZE_MAX / 4)

static void tree_free(void *arena)
{
	arena_release(arena);
}

enum err json_parse(struct arena *a, struct str text, struct json *out,
		    struct errbuf *e)
{
	size_t values = 0;

	*out = JSON_ABSENT;
	if (text.n >= INT_MAX)
		return err_set(e, ERR_TOO_LARGE, "JSON of %zu bytes", text.n);
	if (!str_is_utf8(text))
		return err_set(e, ERR_INVALID_JSON, "JSON is not valid UTF-8");
	ERR_TRY(json_scan(text, &values, e));
	struct arena *const own = ARENA_NEW(a, struct arena);
	arena_init(own, TREE_BYTES);
	arena_defer(a, tree_free, own);
	const struct json_node *const root = tree_build(own, text, values);
	if (root->type != JSON_NULL)
		*out = (struct json){root, own};
	return ERR_OK;
}

/* A part of v. */
static struct json part(struct json v, const struct json_node *node)
{
	if (node == NULL || node->type == JSON_NULL)
		return JSON_ABSENT;
	return (struct json){node, v.tree};
}

/* A string, or the digits of a number. */
static struct str text_of(const struct json_node *node)
{
	return (struct str){node->p, node->n};
}

enum json_type json_type(struct json v)
{
	return v.node != NULL ? v.node->type : JSON_NULL;
}

struct json json_get(struct json v, const char *name)
{
	return part(v, tree_member(v.node, str_from(name)));
}

bool json_has(struct json v, const char *name)
{
	return tree_member(v.node, str_from(name)) != NULL;
}

struct json json_at(struct json v, size_t i)
{
	if (json_type(v) != JSON_ARRAY || i >= v.node->n)
		return JSON_ABSENT;
	return part(v, &v.node->items[i]);
}

size_t json_count(struct json v)
{
	const enum json_type type = json_type(v);

	return type == JSON_ARRAY || type == JSON_OBJECT ? v.node->n : 0;
}

struct str json_str(struct json v)
{
	return json_type(v) == JSON_STRING ? text_of(v.node) : STR_NONE;
}

/* What the grammar lets through fails only above INT64_MAX. */
int64_t json_i64(struct json v)
{
	int64_t i = INT64_MAX;

	if (json_type(v) != JSON_INT)
		return 0;
	(void)!num_parse_i64(text_of(v.node), INT64_MIN, INT64_MAX, &i);
	return i;
}

bool json_is_true(struct json v)
{
	return json_type(v) == JSON_BOOL && v.node->truth;
}

/* What stands behind a number in the tree's text is no part of any. */
double json_real(struct json v)
{
	const enum json_type type = json_type(v);

	return type == JSON_INT || type == JSON_REAL ? strtod(v.node->p, NULL)
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
	*out = json_is_true(member);
	return ERR_OK;
}

enum err json_get_i64(struct json v, const char *name, int64_t min, int64_t max,
		      int64_t *out, struct errbuf *e)
{
	const struct json member = json_get(v, name);

	if (member.node == NULL)
		return ERR_OK;
	if (json_type(member) != JSON_INT ||
	    num_parse_i64(text_of(member.node), min, max, out) != ERR_OK)
		return err_set(e, ERR_INVALID_REQUEST,
			       "\"%s\" must be an integer from %" PRId64
			       " to %" PRId64,
			       name, min, max);
	return ERR_OK;
}

struct str json_text(struct json v)
{
	struct buf out;

	if (v.node == NULL)
		return STR("null");
	buf_init(&out, v.tree, TREE_BYTES);
	tree_write(v.node, &out);
	return buf_str(&out);
}

enum err json_each(struct json v,
		   enum err (*fn)(void *arg, struct str name,
				  struct json value),
		   void *arg)
{
	if (json_type(v) != JSON_OBJECT)
		return ERR_OK;
	for (size_t i = 0; i < v.node->n; i++) {
		const struct json_node *const item = &v.node->items[i];
		ERR_TRY(fn(arg, (struct str){item->name, item->name_n},
			   part(v, item)));
	}
	return ERR_OK;
}
