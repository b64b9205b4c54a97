/*
 * What can be wrong with a configuration that was read without a fault.
 */
#include "llm/setup.h"

#include "base/arena.h"
#include "conf/conf.h"
#include "guard/guard.h"
#include "json/schema.h"

#include <string.h>

#define SCRATCH_BYTES ((size_t)16 * 1024 * 1024)

static enum err check_tools(struct arena *a, const struct conf *c,
			    struct errbuf *e)
{
	for (size_t i = 0; i < c->ntools; i++) {
		const struct conf_tool *const t = &c->tools[i];
		struct errbuf why = {.code = ERR_OK};
		struct json schema;
		enum err err =
			json_parse(a, str_from(t->schema), &schema, &why);
		if (err == ERR_OK)
			err = json_schema_check(schema, &why);
		if (err != ERR_OK)
			return conf_fail(c, "tool", t->name, "schema",
					 why.detail, e);
	}
	return ERR_OK;
}

enum err setup_tools(const struct conf *c, struct errbuf *e)
{
	struct arena a;

	arena_init(&a, SCRATCH_BYTES);
	const enum err err = check_tools(&a, c, e);
	arena_release(&a);
	return err;
}

enum err setup_check(const struct conf *c, struct errbuf *e)
{
	const struct guard *unused = NULL;
	struct arena a;

	ERR_TRY(setup_tools(c, e));
	arena_init(&a, SCRATCH_BYTES);
	const enum err err = guard_new(&a, c, true, &unused, e);
	arena_release(&a);
	return err;
}
