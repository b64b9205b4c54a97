/*
 * Sign-in by password, sign-out, and the tokens of sessions.  Called by the
 * routes /auth and /me.
 */
#include "auth/session.h"

#include "auth/cookie.h"
#include "auth/password.h"
#include "auth/people.h"
#include "base/id.h"
#include "base/log.h"
#include "conf/conf.h"
#include "db/db.h"
#include "http/req.h"
#include "http/worker.h"
#include "json/json.h"

#include <inttypes.h>

#define MAX_LOGIN    ((size_t)300)
#define ANSWER_BYTES ((size_t)2048)

/* Where a browser goes after signing in and out. */
#define AFTER_LOGIN  "/"
#define AFTER_LOGOUT "/login/"

static const struct conf_auth *settings(const struct req *req)
{
	return &worker_conf(req->worker)->auth;
}

/* A new token in the arena of req, and its hash in hex. */
static struct str new_token(struct req *req, char hash[static AUTH_HEX_BYTES])
{
	char *const token = arena_alloc(&req->arena, AUTH_KEY_BYTES);

	auth_token_generate(AUTH_SESSION, token);
	auth_sha256_hex(str_from(token), hash);
	return str_from(token);
}

/* End what the browser had before; that it is over already is no error. */
static enum err end_previous(struct req *req, struct people *p)
{
	const struct str before = auth_cookie(req);
	char hash[AUTH_HEX_BYTES];

	if (before.n == 0)
		return ERR_OK;
	auth_sha256_hex(before, hash);
	const struct str params[] = {str_from(hash), STR("false")};
	return people_call(req, p, "SELECT slipway.session_end($1, $2)", params,
			   2, NULL);
}

enum err session_open(struct req *req, struct people *p, int64_t tenant_id,
		      int64_t user_id, const char *method, struct str *token)
{
	const int64_t lifetime_ms = settings(req)->session_ms;
	char hash[AUTH_HEX_BYTES];

	*token = new_token(req, hash);
	const struct str params[] = {
		people_int(req, tenant_id),
		people_int(req, user_id),
		str_from(hash),
		str_from(method),
		str_utf8_prefix(req_env(req, "HTTP_USER_AGENT"), 200),
		people_int(req, lifetime_ms)};
	ERR_TRY(people_call(req, p,
			    "SELECT slipway.session_open($1, $2, $3, $4, $5, "
			    "$6)",
			    params, 6, NULL));
	ERR_TRY(end_previous(req, p));
	auth_cookie_set(req, *token, lifetime_ms);
	log_msg(LOG_INFO, "signed_in", "user %" PRId64 " by %s", user_id,
		method);
	return ERR_OK;
}

enum err session_answer(const struct people_form *f, int status,
			struct str token, struct str next)
{
	char csrf[AUTH_CSRF_BYTES];
	struct buf body;
	struct jw w;

	auth_csrf(token, csrf);
	buf_init(&body, &f->req->arena, ANSWER_BYTES);
	jw_init(&w, &body);
	jw_open_object(&w, NULL);
	jw_c(&w, "csrf", csrf);
	jw_str(&w, "next", next);
	jw_close(&w);
	ERR_TRY(buf_err(&body));
	return people_answer(f, status, buf_str(&body), next);
}

enum err session_rotate(struct req *req, struct people *p,
			struct auth_credential *c)
{
	const struct conf_auth *const conf = settings(req);
	char old_hash[AUTH_HEX_BYTES];
	char new_hash[AUTH_HEX_BYTES];
	struct db_rows rows;

	if (c->kind != AUTH_SESSION)
		return ERR_OK;
	id_hex(c->hash, sizeof(c->hash), old_hash);
	const struct str token = new_token(req, new_hash);
	const struct str params[] = {str_from(old_hash), str_from(new_hash),
				     people_int(req, conf->session_renew_ms),
				     people_int(req, conf->session_ms)};
	ERR_TRY(people_call(req, p,
			    "SELECT slipway.session_rotate($1, $2, $3, $4)",
			    params, 4, &rows));
	if (!db_bool(&rows, 0, 0))
		return ERR_OK;
	c->token = token;
	auth_key_hash(token, c->hash);
	auth_cookie_set(req, token, conf->session_ms);
	return ERR_OK;
}

/* Signing in --------------------------------------------------------- */

enum { LOGIN_WAIT, LOGIN_TENANT, LOGIN_USER, LOGIN_HASH };

/* The password was right, but its hash is of another age. */
static enum err renew_password(struct req *req, struct people *p,
			       const struct db_rows *rows, struct str password)
{
	struct str renewed;

	ERR_TRY(password_hash(&req->arena, password, &renewed, &req->err));
	const struct str params[] = {db_str(rows, 0, LOGIN_TENANT),
				     db_str(rows, 0, LOGIN_USER),
				     db_str(rows, 0, LOGIN_HASH), renewed};
	return people_call(req, p,
			   "SELECT slipway.password_renew($1, $2, $3, $4)",
			   params, 4, NULL);
}

enum err session_login(struct req *req, struct people *p)
{
	struct people_form f;
	struct str login;
	struct str password;
	struct str next;
	struct str token;
	struct db_rows rows;
	bool stale = false;

	ERR_TRY(auth_check_origin(req));
	ERR_TRY(people_form_read(req, &f));
	ERR_TRY(people_need(&f, "login", MAX_LOGIN, &login));
	ERR_TRY(people_need(&f, "password", PASSWORD_MAX_BYTES, &password));
	ERR_TRY(people_next(&f, AFTER_LOGIN, &next));
	login = str_trim(login);
	const struct str params[] = {
		login, req_env(req, "REMOTE_ADDR"),
		people_int(req, settings(req)->login_attempts)};
	ERR_TRY(people_call(req, p,
			    "SELECT * FROM slipway.login_begin($1, $2, $3)",
			    params, 3, &rows));
	ERR_TRY(people_wait(req, db_i64(&rows, 0, LOGIN_WAIT)));
	if (!password_matches(db_str(&rows, 0, LOGIN_HASH), password, &stale))
		return err_set(&req->err, ERR_LOGIN_FAILED,
			       "no account with this name and password");
	ERR_TRY(people_call(req, p, "SELECT slipway.login_succeeded($1, $2)",
			    params, 2, NULL));
	if (stale)
		ERR_TRY(renew_password(req, p, &rows, password));
	ERR_TRY(session_open(req, p, db_i64(&rows, 0, LOGIN_TENANT),
			     db_i64(&rows, 0, LOGIN_USER), "password", &token));
	return session_answer(&f, 200, token, next);
}

/* Signing out -------------------------------------------------------- */

static enum err logout(struct req *req, struct people *p, bool everywhere)
{
	struct auth_credential who;
	struct people_form f;
	char hash[AUTH_HEX_BYTES];
	struct str next;
	struct db_rows rows;
	struct buf body;
	struct jw w;

	ERR_TRY(auth_identify(req, &who));
	ERR_TRY(people_form_read(req, &f));
	ERR_TRY(people_next(&f, AFTER_LOGOUT, &next));
	id_hex(who.hash, sizeof(who.hash), hash);
	const struct str params[] = {str_from(hash),
				     str_from(everywhere ? "true" : "false")};
	ERR_TRY(people_call(req, p, "SELECT slipway.session_end($1, $2)",
			    params, 2, &rows));
	auth_cookie_clear(req);
	buf_init(&body, &req->arena, ANSWER_BYTES);
	jw_init(&w, &body);
	jw_open_object(&w, NULL);
	jw_int(&w, "ended", db_i64(&rows, 0, 0));
	jw_str(&w, "next", next);
	jw_close(&w);
	ERR_TRY(buf_err(&body));
	return people_answer(&f, 200, buf_str(&body), next);
}

enum err session_logout(struct req *req, struct people *p)
{
	return logout(req, p, false);
}

enum err session_logout_everywhere(struct req *req, struct people *p)
{
	return logout(req, p, true);
}
