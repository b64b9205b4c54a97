/*
 * E-mail verification and password reset.  Asking for a reset says the same
 * whether there is such an account or not, and mail is sent after the answer,
 * so that time says nothing either.
 */
#include "auth/mailed.h"

#include "auth/cookie.h"
#include "auth/identify.h"
#include "auth/key.h"
#include "auth/password.h"
#include "auth/people.h"
#include "auth/session.h"
#include "base/id.h"
#include "base/log.h"
#include "conf/conf.h"
#include "db/db.h"
#include "http/page.h"
#include "http/req.h"
#include "http/worker.h"
#include "net/mail.h"

#define MAX_LOGIN  ((size_t)300)
#define MAIL_BYTES ((size_t)8 * 1024)
#define PAGE_BYTES ((size_t)16 * 1024)

static const struct conf *conf_of(const struct req *req)
{
	return worker_conf(req->worker);
}

static enum err need_mail(struct req *req)
{
	if (!mail_is_on(&conf_of(req)->mail) ||
	    conf_of(req)->server.public_url[0] == '\0')
		return err_set(&req->err, ERR_NOT_FOUND,
			       "this service sends no mail; ask its operator");
	return ERR_OK;
}

/* Sending -------------------------------------------------------------- */

static enum err send_link(struct req *req, struct str to, const char *subject,
			  const char *text, const char *path, const char *token)
{
	const struct conf *const conf = conf_of(req);
	struct buf body;

	buf_init(&body, &req->arena, MAIL_BYTES);
	buf_addf(&body, "%s\n\n%s%s?token=%s\n\n%s\n", text,
		 conf->server.public_url, path, token, conf->server.name);
	ERR_TRY(buf_err(&body));
	const struct mail m = {
		.to = str_dup(&req->arena, to),
		.subject = subject,
		.text = buf_c(&body),
	};
	return mail_send(&conf->mail, &m, &req->err);
}

/* A new link in the database; *to is empty when none is to be sent. */
static enum err make_link(struct req *req, struct people *p,
			  const char *purpose, struct str whom,
			  char token[static AUTH_KEY_BYTES], struct str *to)
{
	char hash[AUTH_HEX_BYTES];
	struct db_rows rows;

	auth_token_generate(AUTH_SESSION, token);
	auth_sha256_hex(str_from(token), hash);
	const struct str params[] = {str_from(purpose), whom, str_from(hash)};
	ERR_TRY(people_call(req, p,
			    "SELECT slipway.mail_token_make($1, $2, $3)",
			    params, 3, &rows));
	*to = db_str(&rows, 0, 0);
	return ERR_OK;
}

static enum err send_verify(struct req *req, struct people *p, struct str hash)
{
	char token[AUTH_KEY_BYTES];
	struct str to;

	ERR_TRY(make_link(req, p, "verify", hash, token, &to));
	if (to.n == 0)
		return ERR_OK;
	return send_link(req, to, "Is this your e-mail address?",
			 "Somebody, probably you, gave this address for an "
			 "account.\nIf it was you, please confirm it within a "
			 "day:",
			 "/auth/verify", token);
}

static void log_failure(struct req *req, enum err err)
{
	if (err == ERR_OK)
		return;
	log_msg(LOG_WARN, "mail_not_sent", "%s", req->err.detail);
	err_clear(&req->err);
}

void mailed_verify(struct req *req, struct people *p, struct str token)
{
	char hash[AUTH_HEX_BYTES];

	if (need_mail(req) != ERR_OK) {
		err_clear(&req->err);
		return;
	}
	auth_sha256_hex(token, hash);
	const enum err err = send_verify(req, p, str_from(hash));
	/* an invite for this address has verified it already */
	if (err == ERR_INVALID_REQUEST)
		err_clear(&req->err);
	else
		log_failure(req, err);
}

enum err mailed_verify_again(struct req *req, struct people *p)
{
	struct auth_credential who;
	struct people_form f;
	char hash[AUTH_HEX_BYTES];

	ERR_TRY(auth_identify(req, &who));
	ERR_TRY(need_mail(req));
	ERR_TRY(people_form_read(req, &f));
	id_hex(who.hash, sizeof(who.hash), hash);
	ERR_TRY(send_verify(req, p, str_from(hash)));
	return people_answer(&f, 200, STR("{\"ok\":true}"), STR("/account/"));
}

enum err mailed_reset(struct req *req, struct people *p)
{
	const int64_t max = conf_of(req)->auth.login_attempts;
	char token[AUTH_KEY_BYTES];
	struct people_form f;
	struct str login;
	struct str to;

	ERR_TRY(auth_check_origin(req));
	ERR_TRY(need_mail(req));
	ERR_TRY(people_form_read(req, &f));
	ERR_TRY(people_need(&f, "login", MAX_LOGIN, &login));
	ERR_TRY(people_count(req, p, "mail", max));
	ERR_TRY(make_link(req, p, "reset", str_trim(login), token, &to));
	ERR_TRY(people_answer(&f, 200, STR("{\"ok\":true}"),
			      STR("/login/?sent")));
	if (to.n > 0)
		log_failure(req,
			    send_link(req, to, "A new password",
				      "Somebody, probably you, wants a new "
				      "password for your account.\nIf it was "
				      "you, choose one within the hour. If "
				      "not, do nothing:",
				      "/auth/reset", token));
	return ERR_OK;
}

/* Pages ---------------------------------------------------------------- */

static enum err link_page(struct req *req, const char *title,
			  const char *action, const char *fields,
			  const char *button)
{
	struct str token;
	struct buf page;

	ERR_TRY(req_query(req, "token", &token));
	buf_init(&page, &req->arena, PAGE_BYTES);
	page_open(&page, &(const struct page){.conf = conf_of(req),
					      .title = title,
					      .path = ""});
	buf_addf(&page,
		 "<h1>%s</h1>\n<form method=\"post\" action=\"%s\">\n"
		 "<input type=\"hidden\" name=\"token\" value=\"",
		 title, action);
	page_text(&page, str_utf8_prefix(token, AUTH_KEY_BYTES));
	buf_addf(&page, "\">\n%s<button type=\"submit\">%s</button>\n</form>\n",
		 fields, button);
	page_close(&page);
	ERR_TRY(buf_err(&page));
	/* the address has the token: no other site shall see it */
	res_header(req, "Referrer-Policy", STR("no-referrer"));
	return res_send(req, 200, PAGE_TYPE, buf_str(&page));
}

enum err mailed_verify_page(struct req *req, struct people *p)
{
	(void)p;
	return link_page(req, "Is this your e-mail address?", "/auth/verify",
			 "", "Yes, it is mine");
}

enum err mailed_reset_page(struct req *req, struct people *p)
{
	(void)p;
	return link_page(req, "Choose a new password", "/auth/reset/use",
			 "<p><label for=\"password\">New password, at least 10 "
			 "characters</label></p>\n<p><input type=\"password\" "
			 "id=\"password\" name=\"password\" "
			 "autocomplete=\"new-password\" minlength=\"10\" "
			 "required></p>\n",
			 "Set the password");
}

/* Using them ----------------------------------------------------------- */

static enum err use(struct req *req, struct people *p, const char *purpose,
		    struct str token, struct str password, struct db_rows *rows)
{
	char hash[AUTH_HEX_BYTES];

	auth_sha256_hex(token, hash);
	const struct str params[] = {str_from(purpose), str_from(hash),
				     password};
	return people_call(req, p,
			   "SELECT * FROM slipway.mail_token_use($1, $2, $3)",
			   params, 3, rows);
}

enum err mailed_verify_use(struct req *req, struct people *p)
{
	struct people_form f;
	struct db_rows rows;
	struct str token;

	ERR_TRY(auth_check_origin(req));
	ERR_TRY(people_form_read(req, &f));
	ERR_TRY(people_need(&f, "token", AUTH_KEY_BYTES, &token));
	ERR_TRY(use(req, p, "verify", token, STR_NONE, &rows));
	return people_answer(&f, 200, STR("{\"ok\":true}"), STR("/account/"));
}

enum err mailed_reset_use(struct req *req, struct people *p)
{
	struct people_form f;
	struct db_rows rows;
	struct str token;
	struct str password;
	struct str hash;

	ERR_TRY(auth_check_origin(req));
	ERR_TRY(people_form_read(req, &f));
	ERR_TRY(people_need(&f, "token", AUTH_KEY_BYTES, &token));
	ERR_TRY(people_need(&f, "password", PASSWORD_MAX_BYTES, &password));
	ERR_TRY(password_accept(password, STR_NONE, &req->err));
	ERR_TRY(people_count(req, p, "address",
			     conf_of(req)->auth.login_attempts * 5));
	ERR_TRY(password_hash(&req->arena, password, &hash, &req->err));
	ERR_TRY(use(req, p, "reset", token, hash, &rows));
	struct str session;
	ERR_TRY(session_open(req, p, db_i64(&rows, 0, 0), db_i64(&rows, 0, 1),
			     "reset", &session));
	return session_answer(&f, 200, session, STR("/"));
}
