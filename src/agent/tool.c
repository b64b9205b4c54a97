/*
 * Tools: which there are, what they take, and the search in the documents.
 */
#include "agent/run.h"

#include "base/buf.h"
#include "db/db.h"
#include "docs/retrieve.h"
#include "guard/guard.h"
#include "llm/app.h"
#include "json/schema.h"

#include <string.h>

#define WHY_BYTES     ((size_t)1024)
#define DOCS_PASSAGES 5
#define DOCS_BYTES    ((size_t)64 * 1024)
#define ARGUMENTS_MAX ((size_t)64 * 1024)

const struct conf_tool *agent_tool(const struct conf_feature *f,
				   struct str name)
{
	for (size_t i = 0; i < f->ntools; i++)
		if (str_eq_c(name, f->tools[i]->name))
			return f->tools[i];
	return NULL;
}

static struct str say(struct agent_run *r, const char *what, const char *why)
{
	struct buf b;

	buf_init(&b, &r->arena, WHY_BYTES);
	buf_addf(&b, "%s: %s", what, why);
	return buf_str(&b);
}

enum err agent_tool_check(struct agent_run *r, const struct conf_tool *t,
			  struct str arguments, struct str *why)
{
	struct errbuf e = {.code = ERR_OK};
	struct json schema = {NULL};
	struct json value = {NULL};
	enum err err = ERR_TOO_LARGE;

	(void)err_set(&e, err, "over %zu bytes", ARGUMENTS_MAX);
	if (arguments.n <= ARGUMENTS_MAX) {
		err_clear(&e);
		err = json_parse(&r->arena, str_from(t->schema), &schema, &e);
		if (err == ERR_OK)
			err = json_parse(&r->arena, arguments, &value, &e);
		if (err == ERR_OK)
			err = json_schema_validate(schema, value, &e);
	}
	if (err == ERR_OK)
		return ERR_OK;
	*why = say(r, "The arguments are not what this tool takes", e.detail);
	return ERR_INVALID_REQUEST;
}

/* Documents ------------------------------------------------------------ */

static void write_passages(struct agent_run *r, struct buf *out,
			   const struct docs_passage *p, size_t n)
{
	struct guard_report unused = {.n = 0};
	struct jw w;

	jw_init(&w, out);
	jw_open_object(&w, NULL);
	jw_open_array(&w, "results");
	for (size_t i = 0; i < n; i++) {
		if (guard_passage_commands(r->app->guard, r->feature, &r->arena,
					   p[i].text, &unused))
			continue;
		jw_open_object(&w, NULL);
		jw_str(&w, "title", p[i].title);
		jw_str(&w, "section", p[i].section);
		jw_str(&w, "url", p[i].url);
		jw_str(&w, "text", p[i].text);
		jw_close(&w);
	}
	jw_close(&w);
	jw_close(&w);
}

static enum err search(struct agent_run *r, const struct agent_step *s,
		       struct str *out)
{
	struct errbuf e = {.code = ERR_OK};
	struct docs_passage *found = NULL;
	struct json arguments;
	struct str query = STR_NONE;
	struct db *db = NULL;
	struct buf body;
	size_t n = 0;

	ERR_TRY(json_parse(&r->arena, s->content, &arguments, &e));
	ERR_TRY(json_get_str(arguments, "query", &query, &e));
	ERR_TRY(db_pool_get(r->app->pool, &db, &e));
	enum err err = docs_retrieve(db, &r->arena, r->tenant_id,
				     str_from(r->feature->collection), query,
				     DOCS_PASSAGES, &found, &n, &e);
	db_pool_put(r->app->pool, db);
	/* a collection that nobody made yet has no passages */
	if (err == ERR_NOT_FOUND)
		err = ERR_OK;
	if (err != ERR_OK)
		return err;
	buf_init(&body, &r->arena, DOCS_BYTES);
	write_passages(r, &body, found, n);
	*out = buf_str(&body);
	return buf_err(&body);
}

enum err agent_tool_search(struct agent_run *r, const struct agent_step *s,
			   struct str *out)
{
	*out = STR("The search failed.");
	return search(r, s, out) == ERR_OK ? ERR_OK : ERR_UPSTREAM;
}
