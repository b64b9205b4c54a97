#ifndef SLIPWAY_AUTH_PEOPLE_H
#define SLIPWAY_AUTH_PEOPLE_H

#include "base/err.h"
#include "base/str.h"
#include "json/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db_pool;
struct db_rows;
struct req;
struct worker;

/*
 * What the routes /auth and /me share: their worker's state, their input (a
 * form as browsers send it without a script, or JSON), and their answers.
 */
struct people {
	struct db_pool *pool;
};

/* The open() and close() of both routes. */
enum err people_open(struct worker *w, void **state, struct errbuf *e);
void people_close(void *state);

/* One action of a route: a path, its methods ("GET, HEAD"), what it does. */
struct people_action {
	const char *path;
	const char *methods;
	enum err (*run)(struct req *req, struct people *p);
};

/*
 * Run the action that the request names; ERR_NOT_FOUND or ERR_METHOD when
 * there is none.  Who asked with a form, or for a page, gets a failure as a
 * page.
 */
enum err people_dispatch(struct req *req, struct people *p,
			 const struct people_action *actions, size_t n);

/* Call a function of the schema on a connection of the pool. */
ERR_MUST_USE enum err people_call(struct req *req, struct people *p,
				  const char *sql, const struct str *params,
				  size_t nparams, struct db_rows *rows);

/* A number as a parameter of people_call(). */
struct str people_int(struct req *req, int64_t n);

/*
 * Count an attempt of the request's address (slipway.attempt_count), where it
 * costs us something: at most max within 15 minutes, else ERR_RATE_LIMITED.
 */
ERR_MUST_USE enum err people_count(struct req *req, struct people *p,
				   const char *scope, int64_t max);

/* ERR_RATE_LIMITED, with what to wait for in the answer; ERR_OK for 0. */
ERR_MUST_USE enum err people_wait(struct req *req, int64_t wait_s);

/* {"signup", "domains"}: who may make an account, for the schema. */
struct str people_rules(struct req *req);

/* The fields of a request. */
struct people_form {
	struct req *req;
	bool is_form;
	struct json body; /* unless is_form */
};

/*
 * Take the fields from req->body; an empty body has none.
 *
 * Returns ERR_OK, ERR_INVALID_JSON or ERR_INVALID_REQUEST.
 */
ERR_MUST_USE enum err people_form_read(struct req *req, struct people_form *f);

/*
 * A text field; empty when absent.
 *
 * Returns ERR_OK; ERR_INVALID_REQUEST when it is no text or too long.
 */
ERR_MUST_USE enum err people_field(const struct people_form *f,
				   const char *name, size_t max_bytes,
				   struct str *out);

/* As people_field(); an absent or empty one is ERR_INVALID_REQUEST. */
ERR_MUST_USE enum err people_need(const struct people_form *f, const char *name,
				  size_t max_bytes, struct str *out);

/* A whole number; *out stays when it is absent or empty. */
ERR_MUST_USE enum err people_number(const struct people_form *f,
				    const char *name, int64_t min, int64_t max,
				    int64_t *out);

/*
 * Answer: a form goes on to `next` (303), everything else gets the JSON text
 * with the status.
 *
 * next  a path of this site, see people_next()
 */
ERR_MUST_USE enum err people_answer(const struct people_form *f, int status,
				    struct str json, struct str next);

/*
 * The field `next`: where a browser goes afterwards.  Only a path of this site
 * counts, else it is fallback.
 */
ERR_MUST_USE enum err people_next(const struct people_form *f,
				  const char *fallback, struct str *out);

/* Is it a path of this site, and of no other? */
bool people_is_local(struct str path);

#endif
