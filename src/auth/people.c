/*
 * The frame of the routes /auth and /me: find the action, read the fields,
 * answer in the form in which was asked.
 */
#include "auth/people.h"

#include "base/num.h"
#include "db/db.h"
#include "http/page.h"
#include "http/problem.h"
#include "http/req.h"
#include "http/worker.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define RULES_BYTES  ((size_t)16 * 1024)
#define NUMBER_BYTES 24

/* The pool is all there is, so it is its own holder's memory, too. */
enum err people_open(struct worker *w, void **state, struct errbuf *e)
{
	static struct people people;

	ERR_TRY(db_pool_new(&people.pool, &worker_conf(w)->database,
			    worker_name(w), e));
	*state = &people;
	return ERR_OK;
}

void people_close(void *state)
{
	struct people *const p = state;

	db_pool_free(p->pool);
}

enum err people_call(struct req *req, struct people *p, const char *sql,
		     const struct str *params, size_t nparams,
		     struct db_rows *rows)
{
	struct db *db = NULL;

	ERR_TRY(db_pool_get(p->pool, &db, &req->err));
	const enum err err =
		db_call(db, &req->arena, sql, params, nparams, rows, &req->err);
	db_pool_put(p->pool, db);
	return err;
}

struct str people_int(struct req *req, int64_t n)
{
	char *const text = arena_alloc(&req->arena, NUMBER_BYTES);

	(void)snprintf(text, NUMBER_BYTES, "%" PRId64, n);
	return str_from(text);
}

enum err people_wait(struct req *req, int64_t wait_s)
{
	if (wait_s <= 0)
		return ERR_OK;
	res_headerf(req, "Retry-After", "%" PRId64, wait_s);
	res_headerf(req, "Retry-After-Ms", "%" PRId64, wait_s * 1000);
	return err_set(&req->err, ERR_RATE_LIMITED,
		       "Too many attempts. Try again in %" PRId64 " minutes.",
		       (wait_s + 59) / 60);
}

enum err people_count(struct req *req, struct people *p, const char *scope,
		      int64_t max)
{
	const struct str params[] = {str_from(scope),
				     req_env(req, "REMOTE_ADDR"),
				     people_int(req, max)};
	struct db_rows rows;

	ERR_TRY(people_call(req, p, "SELECT slipway.attempt_count($1, $2, $3)",
			    params, 3, &rows));
	return people_wait(req, db_i64(&rows, 0, 0));
}

struct str people_rules(struct req *req)
{
	static const char *const names[] = {
		[CONF_SIGNUP_CLOSED] = "closed",
		[CONF_SIGNUP_INVITE] = "invite",
		[CONF_SIGNUP_WAITLIST] = "waitlist",
		[CONF_SIGNUP_OPEN] = "open",
	};
	const struct conf_auth *const conf = &worker_conf(req->worker)->auth;
	struct buf b;
	struct jw w;

	buf_init(&b, &req->arena, RULES_BYTES);
	jw_init(&w, &b);
	jw_open_object(&w, NULL);
	jw_c(&w, "signup", names[conf->signup]);
	jw_c(&w, "domains", conf->email_domains);
	jw_close(&w);
	return buf_str(&b);
}

/* Answers ------------------------------------------------------------ */

/* Would the sender rather have a page than JSON? */
static bool wants_page(const struct req *req)
{
	const struct str accept = req_env(req, "HTTP_ACCEPT");
	struct str rest = accept;
	struct str type;
	struct str options;

	if (req_has_form(req))
		return true;
	while (rest.n > 0) {
		(void)str_cut(rest, ',', &type, &rest);
		(void)str_cut(type, ';', &type, &options);
		if (str_eq_nocase(str_trim(type), STR("text/html")))
			return true;
	}
	return false;
}

static bool takes(const struct people_action *action, struct str method)
{
	struct str rest = str_from(action->methods);
	struct str name;

	while (rest.n > 0) {
		(void)str_cut(rest, ',', &name, &rest);
		if (str_eq(str_trim(name), method))
			return true;
	}
	return false;
}

static enum err run(struct req *req, struct people *p,
		    const struct people_action *actions, size_t n)
{
	const struct people_action *other = NULL;

	for (size_t i = 0; i < n; i++) {
		if (!str_eq_c(req->path, actions[i].path))
			continue;
		if (takes(&actions[i], req->method))
			return actions[i].run(req, p);
		other = &actions[i];
	}
	if (other == NULL)
		return err_set(&req->err, ERR_NOT_FOUND,
			       "there is nothing at " STR_FMT,
			       STR_ARG(req->path));
	res_header(req, "Allow", str_from(other->methods));
	return err_set(&req->err, ERR_METHOD, "%s takes %s", other->path,
		       other->methods);
}

enum err people_dispatch(struct req *req, struct people *p,
			 const struct people_action *actions, size_t n)
{
	const enum err err = run(req, p, actions, n);

	if (err == ERR_OK || err == ERR_CLOSED || req->head_sent ||
	    !wants_page(req))
		return err;
	problem_send(req, err, &problem_shape_page);
	return ERR_OK;
}

/* Fields ------------------------------------------------------------- */

enum err people_form_read(struct req *req, struct people_form *f)
{
	*f = (struct people_form){.req = req, .is_form = req_has_form(req)};
	if (f->is_form || str_trim(req->body).n == 0)
		return ERR_OK;
	ERR_TRY(json_parse(&req->arena, req->body, &f->body, &req->err));
	if (json_type(f->body) != JSON_OBJECT)
		return err_set(&req->err, ERR_INVALID_REQUEST,
			       "the body must be a JSON object");
	return ERR_OK;
}

enum err people_field(const struct people_form *f, const char *name,
		      size_t max_bytes, struct str *out)
{
	struct errbuf *const e = &f->req->err;

	*out = STR_NONE;
	if (f->is_form)
		ERR_TRY(req_form(f->req, name, out));
	else
		ERR_TRY(json_get_str(f->body, name, out, e));
	if (out->n > max_bytes)
		return err_set(e, ERR_INVALID_REQUEST,
			       "\"%s\" is longer than %zu bytes", name,
			       max_bytes);
	if (out->n > 0 && memchr(out->p, '\0', out->n) != NULL)
		return err_set(e, ERR_INVALID_REQUEST,
			       "\"%s\" has a NUL character", name);
	return ERR_OK;
}

enum err people_need(const struct people_form *f, const char *name,
		     size_t max_bytes, struct str *out)
{
	ERR_TRY(people_field(f, name, max_bytes, out));
	if (out->n == 0)
		return err_set(&f->req->err, ERR_INVALID_REQUEST,
			       "\"%s\" is missing", name);
	return ERR_OK;
}

enum err people_number(const struct people_form *f, const char *name,
		       int64_t min, int64_t max, int64_t *out)
{
	struct errbuf *const e = &f->req->err;
	struct str text;

	if (!f->is_form)
		return json_get_i64(f->body, name, min, max, out, e);
	ERR_TRY(req_form(f->req, name, &text));
	if (text.n > 0 && num_parse_i64(text, min, max, out) != ERR_OK)
		return err_set(e, ERR_INVALID_REQUEST,
			       "\"%s\" must be a whole number from %lld to "
			       "%lld",
			       name, (long long)min, (long long)max);
	return ERR_OK;
}

/* "/x" and neither "//host" nor "/\host", which browsers take for another. */
bool people_is_local(struct str path)
{
	if (path.n == 0 || path.p[0] != '/' ||
	    (path.n > 1 && (path.p[1] == '/' || path.p[1] == '\\')))
		return false;
	for (size_t i = 0; i < path.n; i++)
		if ((unsigned char)path.p[i] <= ' ' || path.p[i] == 0x7F)
			return false;
	return true;
}

enum err people_next(const struct people_form *f, const char *fallback,
		     struct str *out)
{
	ERR_TRY(people_field(f, "next", 512, out));
	if (!people_is_local(*out))
		*out = str_from(fallback);
	return ERR_OK;
}

enum err people_answer(const struct people_form *f, int status, struct str json,
		       struct str next)
{
	if (!f->is_form)
		return res_send(f->req, status, "application/json", json);
	res_header(f->req, "Location", next);
	return res_send(f->req, 303, PAGE_TYPE, STR_NONE);
}
