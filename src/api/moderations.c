/*
 * The input guard in the shape of OpenAI's Moderations.
 */
#include "api/moderations.h"

#include "conf/conf.h"
#include "guard/guard.h"
#include "http/req.h"
#include "http/worker.h"
#include "json/json.h"

#include <string.h>

#define MAX_INPUTS 100
#define BODY_BYTES ((size_t)256 * 1024)

static enum err refuse(struct req *req)
{
	return err_set(&req->err, ERR_INVALID_REQUEST,
		       "\"input\" must be a text or a list of up to %d texts",
		       MAX_INPUTS);
}

/* The text of an input: a string, or a part of type text. */
static struct str text_of(struct json input)
{
	return json_type(input) == JSON_OBJECT
		       ? json_str(json_get(input, "text"))
		       : json_str(input);
}

static bool seen_before(const struct guard_report *r, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(r->decisions[k].kind, r->decisions[i].kind) == 0)
			return true;
	return false;
}

static void write_kinds(struct jw *w, const char *name,
			const struct guard_report *r, bool scores)
{
	jw_open_object(w, name);
	for (size_t i = 0; i < r->n; i++) {
		if (seen_before(r, i))
			continue;
		if (scores)
			jw_int(w, r->decisions[i].kind, 1);
		else
			jw_bool(w, r->decisions[i].kind, true);
	}
	jw_close(w);
}

static void check(struct jw *w, struct req *req, const struct guard *guard,
		  const struct conf_feature *f, struct str text)
{
	struct guard_report r = {.n = 0};
	struct str copy = text;
	const enum err intent = guard_intent(guard, f, &req->arena, text, &r);
	const enum err clean = guard_clean(guard, f, GUARD_INPUT, &req->arena,
					   NULL, false, &copy, &r);

	jw_open_object(w, NULL);
	jw_bool(w, "flagged", r.n > 0 || intent != ERR_OK || clean != ERR_OK);
	write_kinds(w, "categories", &r, false);
	write_kinds(w, "category_scores", &r, true);
	jw_close(w);
}

static enum err find_feature(struct req *req, struct json body,
			     struct str *name, const struct conf_feature **out)
{
	const struct conf *const conf = worker_conf(req->worker);

	ERR_TRY(json_get_str(body, "model", name, &req->err));
	*out = conf_feature(conf, conf_alias(conf, *name));
	/* OpenAI's own names of models for this stand for the default */
	if (*out == NULL)
		*out = conf_feature(conf, STR("chat"));
	if (*out == NULL)
		*out = &conf->features[0];
	return ERR_OK;
}

enum err moderations_answer(struct req *req, const struct guard *guard)
{
	const struct conf_feature *f = NULL;
	struct str model = STR("chat");
	struct json body;
	struct buf out;
	struct jw w;

	ERR_TRY(json_parse(&req->arena, req->body, &body, &req->err));
	ERR_TRY(find_feature(req, body, &model, &f));
	const struct json input = json_get(body, "input");
	const bool list = json_type(input) == JSON_ARRAY;
	const size_t n = list ? json_count(input) : 1;
	if (n == 0 || n > MAX_INPUTS)
		return refuse(req);
	buf_init(&out, &req->arena, BODY_BYTES);
	jw_init(&w, &out);
	jw_open_object(&w, NULL);
	jw_c(&w, "id", req->id);
	jw_str(&w, "model", model);
	jw_open_array(&w, "results");
	for (size_t i = 0; i < n; i++) {
		const struct str text =
			text_of(list ? json_at(input, i) : input);
		if (text.n == 0)
			return refuse(req);
		check(&w, req, guard, f, text);
	}
	jw_close(&w);
	jw_close(&w);
	ERR_TRY(buf_err(&out));
	return res_send(req, 200, "application/json", buf_str(&out));
}
