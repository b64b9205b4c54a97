/*
 * Fuzz target: the JSON reader and writer.  What is taken must come back: as
 * text that is taken again and stays the same, and value by value through the
 * typed reader and the writer.  Any bytes, quoted, must read back as UTF-8.
 *
 * tests/fuzz/run.sh builds and runs it.
 */
#include "base/arena.h"
#include "json/json.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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
