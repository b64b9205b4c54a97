/*
 * Tools: an HTTP call to an address of the configuration, or a search in the
 * documents.  Neither a model nor a request decides where a call goes; the
 * arguments are its body.  What comes back passes the guard before a model
 * sees it.
 */
#include "agent/run.h"

#include "base/buf.h"
#include "db/db.h"
#include "docs/retrieve.h"
#include "guard/guard.h"
#include "llm/app.h"
#include "net/http.h"
#include "json/schema.h"

#include <inttypes.h>
#include <string.h>

#define HEADER_BYTES  ((size_t)256)
#define WHY_BYTES     ((size_t)1024)
#define DOCS_PASSAGES 5
#define DOCS_BYTES    ((size_t)64 * 1024)
#define ARGUMENTS_MAX ((size_t)64 * 1024)
#define HTTP_OK(s)    ((s) >= 200 && (s) < 300)

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
	struct json schema;
	struct json value;
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

enum err agent_tools_check(struct arena *a, const struct conf *c,
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
			return err_set(e, ERR_CONFIG, "[tool %s] schema: %s",
				       t->name, why.detail);
	}
	return ERR_OK;
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

/* HTTP ----------------------------------------------------------------- */

static const char *line(struct agent_run *r, const char *name,
			const char *value)
{
	struct buf b;

	buf_init(&b, &r->arena, HEADER_BYTES);
	buf_addf(&b, "%s: %s", name, value);
	return buf_c(&b);
}

/* The same for the same step, however often it is sent. */
static const char *key_line(struct agent_run *r, const struct agent_step *s)
{
	struct buf b;

	buf_init(&b, &r->arena, HEADER_BYTES);
	buf_addf(&b, "Idempotency-Key: %s-%" PRId64, r->id, s->step);
	return buf_c(&b);
}

static const char *user_line(struct agent_run *r)
{
	struct buf b;

	buf_init(&b, &r->arena, HEADER_BYTES);
	buf_addf(&b, "X-Slipway-User: %" PRId64 "/%" PRId64, r->tenant_id,
		 r->user_id);
	return buf_c(&b);
}

static enum err read_reply(struct agent_run *r, const struct net_reply *reply,
			   struct str *out)
{
	struct buf b;

	*out = reply->body;
	if (!str_is_utf8(reply->body) ||
	    (reply->body.n > 0 &&
	     memchr(reply->body.p, '\0', reply->body.n) != NULL)) {
		*out = STR("The answer of the tool is not text.");
		return ERR_UPSTREAM;
	}
	if (HTTP_OK(reply->status))
		return ERR_OK;
	buf_init(&b, &r->arena, reply->body.n + WHY_BYTES);
	buf_addf(&b, "The tool answered with HTTP status %ld: ", reply->status);
	buf_add_str(&b, reply->body);
	*out = buf_str(&b);
	return ERR_UPSTREAM;
}

static enum err http(struct agent_run *r, const struct conf_tool *t,
		     const struct agent_step *s, struct str *out)
{
	struct errbuf e = {.code = ERR_OK};
	struct net_reply reply;
	const struct net_request req = {
		.what = t->name,
		.url = t->url,
		.headers = {"Content-Type: application/json", key_line(r, s),
			    user_line(r), line(r, "X-Request-Id", r->req->id),
			    t->header.secret_p},
		.body = s->content,
		.method = t->method,
		.max_bytes = (size_t)t->max_bytes,
		.timeout_ms = t->timeout_ms,
	};

	if (net_http(&r->arena, &req, &reply, &e) == ERR_OK)
		return read_reply(r, &reply, out);
	*out = say(r, "The tool failed", e.detail);
	if (e.code == ERR_TIMEOUT && s->side_effect)
		*out = STR("The tool did not answer in time. It may have "
			   "done what it was asked for, or not: do not call "
			   "it again without saying so.");
	else if (e.code == ERR_TIMEOUT)
		*out = STR("The tool did not answer in time.");
	return ERR_UPSTREAM;
}

enum err agent_tool_run(struct agent_run *r, const struct conf_tool *t,
			const struct agent_step *s, struct str *out)
{
	const enum err err =
		t->docs_search ? search(r, s, out) : http(r, t, s, out);

	if (out->p == NULL)
		*out = err == ERR_OK ? STR("") : STR("The tool failed.");
	const enum err seen = agent_answer_check(r, s->tool, out);
	return err == ERR_OK && seen == ERR_OK ? ERR_OK : ERR_UPSTREAM;
}
