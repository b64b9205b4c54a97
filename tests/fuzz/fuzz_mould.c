/*
 * Fuzz target: comparing a chunk instead of parsing it.  Of two lines the
 * first is learned from; when the second is taken for its like, then a parse
 * must find it valid and find the same text in it.
 *
 * tests/fuzz/run.sh builds and runs it.
 */
#include "base/arena.h"
#include "llm/mould.h"
#include "json/json.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_BYTES ((size_t)256 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static struct str text_of(struct json root)
{
	const struct json choice = json_at(json_get(root, "choices"), 0);

	return json_str(json_get(json_get(choice, "delta"), "content"));
}

/* Both without their text and padding. */
static void must_be_alike(struct json a, struct json b)
{
	must(json_count(a) == json_count(b));
	must(json_count(json_get(a, "choices")) ==
	     json_count(json_get(b, "choices")));
	must(str_eq(json_text(json_get(a, "usage")),
		    json_text(json_get(b, "usage"))));
	must(str_eq(json_text(json_get(a, "error")),
		    json_text(json_get(b, "error"))));
}

static void check(struct arena *a, struct str first, struct str second)
{
	struct mould m;
	struct json root;
	struct json other;
	struct str text = STR_NONE;

	if (json_parse(a, first, &root, NULL) != ERR_OK)
		return;
	mould_init(&m, a, "content");
	mould_learn(&m, first, text_of(root));
	if (!mould_match(&m, second, &text))
		return;
	must(json_parse(a, second, &other, NULL) == ERR_OK);
	must(str_eq(text_of(other), text));
	must_be_alike(root, other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	struct str first = STR_NONE;
	struct str second = STR_NONE;

	arena_init(&a, ARENA_BYTES);
	if (str_cut((struct str){(const char *)data, size}, '\n', &first,
		    &second)) {
		check(&a, first, first);
		check(&a, first, second);
	}
	arena_release(&a);
	return 0;
}
