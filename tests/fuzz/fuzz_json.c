/*
 * Fuzz target: the JSON reader and writer.  What is taken must come back: as
 * text that is taken again and stays the same, and value by value through the
 * typed reader and the writer.  json-c, which nothing else uses, must take it,
 * too, and read the same.  Any bytes, quoted, must read back as UTF-8.
 *
 * tests/fuzz/run.sh builds and runs it.
 */
#include "base/arena.h"
#include "json/json.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* json-c has a typedef of the same name as our enum and function. */
#define json_type jsonc_type /* NOLINT(readability-identifier-naming) */
#include <json-c/json.h>
#undef json_type

#define TEXT_FLAGS  (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

#define ARENA_BYTES ((size_t)256 * 1024 * 1024)
#define TEXT_BYTES  ((size_t)64 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static bool is_same(struct json a, struct json b);

struct compare {
	struct json other;
};

static enum err compare_member(void *arg, struct str name, struct json value)
{
	const struct compare *const c = arg;

	must(str_is_utf8(name));
	must(memchr(name.p, '\0', name.n + 1) == name.p + name.n);
	return is_same(value, json_get(c->other, name.p)) ? ERR_OK
							  : ERR_INTERNAL;
}

/* a and b hold the same; b was written from a. */
static bool is_same(struct json a, struct json b)
{
	struct compare c = {b};

	if (json_type(a) != json_type(b) || json_count(a) != json_count(b))
		return false;
	switch (json_type(a)) {
	case JSON_STRING:
		must(str_is_utf8(json_str(a)));
		return str_eq(json_str(a), json_str(b));
	case JSON_ARRAY:
		for (size_t i = 0; i < json_count(a); i++)
			if (!is_same(json_at(a, i), json_at(b, i)))
				return false;
		return true;
	case JSON_OBJECT:
		return json_each(a, compare_member, &c) == ERR_OK;
	case JSON_NULL:
	case JSON_BOOL:
	case JSON_INT:
	case JSON_REAL:
		break;
	}
	return str_eq(json_text(a), json_text(b));
}

static bool is_like(struct json v, struct json_object *o);

struct like {
	struct json_object *object;
	struct lh_entry *next; /* the order is the same, too */
};

static enum err like_member(void *arg, struct str name, struct json value)
{
	struct like *const c = arg;
	struct lh_entry *const at = c->next;

	if (at == NULL || !str_eq_c(name, lh_entry_k(at)))
		return ERR_INTERNAL;
	c->next = at->next;
	return is_like(value, lh_entry_v(at)) ? ERR_OK : ERR_INTERNAL;
}

static bool is_like_string(struct str s, struct json_object *o)
{
	return str_eq(s, (struct str){json_object_get_string(o),
				      (size_t)json_object_get_string_len(o)});
}

static bool is_same_real(struct json v, struct json_object *o)
{
	const double a = json_real(v);
	const double b = json_object_get_double(o);

	return !(a < b) && !(a > b);
}

/* Is v what json-c has read as o? */
static bool is_like(struct json v, struct json_object *o)
{
	struct like c = {o, NULL};

	switch (json_object_get_type(o)) {
	case json_type_null:
		return json_type(v) == JSON_NULL;
	case json_type_boolean:
		return json_type(v) == JSON_BOOL &&
		       json_is_true(v) == json_object_get_boolean(o);
	case json_type_int:
		return json_type(v) == JSON_INT &&
		       json_i64(v) == json_object_get_int64(o) &&
		       is_same_real(v, o);
	case json_type_double:
		return json_type(v) == JSON_REAL && is_same_real(v, o);
	case json_type_string:
		return json_type(v) == JSON_STRING &&
		       is_like_string(json_str(v), o);
	case json_type_array:
		for (size_t i = 0; i < json_object_array_length(o); i++)
			if (!is_like(json_at(v, i),
				     json_object_array_get_idx(o, i)))
				return false;
		return json_type(v) == JSON_ARRAY &&
		       json_count(v) == json_object_array_length(o);
	case json_type_object:
		c.next = json_object_get_object(o)->head;
		return json_type(v) == JSON_OBJECT &&
		       json_each(v, like_member, &c) == ERR_OK &&
		       c.next == NULL;
	}
	return false;
}

static void check_with_jsonc(struct json v, struct str text)
{
	struct json_tokener *const tok =
		json_tokener_new_ex(JSON_MAX_DEPTH + 1);

	json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
	struct json_object *o = json_tokener_parse_ex(tok, text.p, (int)text.n);
	/* a number at the top may go on; the NUL says that it does not */
	if (json_tokener_get_error(tok) == json_tokener_continue)
		o = json_tokener_parse_ex(tok, "", 1);
	must(json_tokener_get_error(tok) == json_tokener_success);
	must(is_like(v, o));
	must(str_eq_c(json_text(v),
		      json_object_to_json_string_ext(o, TEXT_FLAGS)));
	(void)json_object_put(o);
	json_tokener_free(tok);
}

static void check_text(struct arena *a, struct str text)
{
	struct json v;
	struct json again;
	struct errbuf e = {0};
	const enum err err = json_parse(a, text, &v, &e);

	must(err == ERR_OK || err == ERR_INVALID_JSON || err == ERR_TOO_LARGE);
	must((err == ERR_OK) == (e.code == ERR_OK));
	if (err != ERR_OK) {
		must(v.node == NULL && e.detail[0] != '\0');
		return;
	}
	check_with_jsonc(v, text);
	const struct str once = json_text(v);
	must(str_is_utf8(once));
	must(json_parse(a, once, &again, NULL) == ERR_OK);
	must(str_eq(once, json_text(again)));
	must(is_same(v, again));
}

static void check_quote(struct arena *a, struct str bytes)
{
	struct json v;
	struct buf b;

	buf_init(&b, a, TEXT_BYTES);
	json_quote(&b, bytes);
	must(buf_err(&b) == ERR_OK);
	must(json_parse(a, buf_str(&b), &v, NULL) == ERR_OK);
	must(json_type(v) == JSON_STRING);
	if (str_is_utf8(bytes))
		must(str_eq(json_str(v), bytes));
	for (size_t i = 0; i < b.n; i++)
		must(b.p[i] != '<' && b.p[i] != '>' && b.p[i] != '&' &&
		     (unsigned char)b.p[i] >= ' ');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	const struct str bytes = {(const char *)data, size};

	arena_init(&a, ARENA_BYTES);
	check_text(&a, bytes);
	check_quote(&a, bytes);
	arena_release(&a);
	return 0;
}
