/*
 * How people come in.  Who may is decided by slipway.account_make(), in one
 * place for passwords and other people's sign-in.
 */
#include "auth/signup.h"

#include "auth/cookie.h"
#include "auth/key.h"
#include "auth/mailed.h"
#include "auth/password.h"
#include "auth/people.h"
#include "auth/session.h"
#include "auth/visitor.h"
#include "conf/conf.h"
#include "db/db.h"
#include "http/page.h"
#include "http/req.h"
#include "http/worker.h"
#include "net/mail.h"
#include "json/json.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#define MAX_EMAIL    ((size_t)254)
#define MAX_NOTE     ((size_t)2000)
#define MAX_CODE     ((size_t)100)
#define OFFER_BYTES  ((size_t)256 * 1024)
#define BY_ADDRESS   5 /* times login_attempts */
#define WAITLIST_MAX 10

static const struct conf *conf_of(const struct req *req)
{
	return worker_conf(req->worker);
}

/* The questions to begin with. */
static void write_examples(struct jw *w, const struct conf_feature *f)
{
	struct str rest = str_from(f->examples);
	struct str one;
	bool more = rest.n > 0;

	jw_open_array(w, "examples");
	while (more) {
		more = str_cut(rest, '|', &one, &rest);
		if (str_trim(one).n > 0)
			jw_str(w, NULL, str_trim(one));
	}
	jw_close(w);
}

/* What people may choose from on the chat page; agents have their own. */
static void write_features(struct jw *w, const struct conf *conf)
{
	jw_open_array(w, "features");
	for (size_t i = 0; i < conf->nfeatures; i++) {
		const struct conf_feature *const f = &conf->features[i];
		if (f->agent)
			continue;
		jw_open_object(w, NULL);
		jw_c(w, "name", f->name);
		jw_c(w, "title", f->title);
		jw_bool(w, "documents", f->passages > 0);
		jw_bool(w, "quotes", str_eq_c(f->route[0], "extract"));
		write_examples(w, f);
		jw_close(w);
	}
	jw_close(w);
}

/* Was the demo recorded?  Its page is static and cannot say so itself. */
static bool has_demo(const struct conf *conf)
{
	char path[PATH_MAX];
	const int n =
		snprintf(path, sizeof(path), "%s/answers.json", conf->demo.dir);

	return n > 0 && (size_t)n < sizeof(path) && access(path, R_OK) == 0;
}

enum err signup_offer(struct req *req, struct people *p)
{
	const struct conf *const conf = conf_of(req);
	struct json rules;
	struct buf body;
	struct jw w;

	(void)p;
	ERR_TRY(json_parse(&req->arena, people_rules(req), &rules, &req->err));
	buf_init(&body, &req->arena, OFFER_BYTES);
	jw_init(&w, &body);
	jw_open_object(&w, NULL);
	jw_c(&w, "name", conf->server.name);
	jw_c(&w, "welcome", conf->server.welcome);
	write_features(&w, conf);
	jw_bool(&w, "demo", has_demo(conf));
	jw_str(&w, "signup", json_str(json_get(rules, "signup")));
	jw_bool(&w, "mail", mail_is_on(&conf->mail));
	if (conf->auth.oidc_issuer[0] != '\0') {
		jw_open_object(&w, "oidc");
		jw_c(&w, "name", conf->auth.oidc_name);
		jw_c(&w, "start", "/auth/oidc/start");
		jw_close(&w);
	} else {
		jw_null(&w, "oidc");
	}
	visitor_write_free(&w, "anonymous", conf);
	jw_int(&w, "password_min_chars", PASSWORD_MIN_CHARS);
	jw_close(&w);
	ERR_TRY(buf_err(&body));
	return res_send(req, 200, "application/json", buf_str(&body));
}

/* Account, first session, and a link to verify the address. */
static enum err make_account(struct req *req, struct people *p,
			     struct str invite, struct str email,
			     struct str password, struct str *token)
{
	char code[AUTH_HEX_BYTES] = "";
	struct db_rows rows;
	struct str hash;

	if (invite.n > 0)
		auth_sha256_hex(invite, code);
	ERR_TRY(password_accept(password, email, &req->err));
	ERR_TRY(password_hash(&req->arena, password, &hash, &req->err));
	const struct str params[] = {people_rules(req), str_from(code), email,
				     hash};
	ERR_TRY(people_call(
		req, p,
		"SELECT * FROM slipway.account_register($1, $2, $3, $4)",
		params, 4, &rows));
	return session_open(req, p, db_i64(&rows, 0, 0), db_i64(&rows, 0, 1),
			    invite.n > 0 ? "invite" : "password", token);
}

enum err signup_register(struct req *req, struct people *p)
{
	const int64_t max = conf_of(req)->auth.login_attempts * BY_ADDRESS;
	struct people_form f;
	struct str invite;
	struct str email;
	struct str password;
	struct str next;
	struct str token;

	ERR_TRY(auth_check_origin(req));
	ERR_TRY(people_form_read(req, &f));
	ERR_TRY(people_field(&f, "invite", MAX_CODE, &invite));
	ERR_TRY(people_need(&f, "email", MAX_EMAIL, &email));
	ERR_TRY(people_need(&f, "password", PASSWORD_MAX_BYTES, &password));
	ERR_TRY(people_next(&f, "/", &next));
	ERR_TRY(people_count(req, p, "address", max));
	ERR_TRY(make_account(req, p, str_trim(invite), str_trim(email),
			     password, &token));
	ERR_TRY(session_answer(&f, 201, token, next));
	/* the answer is out: how long a mail takes is nobody's business */
	mailed_verify(req, p, token);
	return ERR_OK;
}

/* A form goes on to a page that says what happens now. */
static enum err waitlist_page(struct req *req)
{
	struct buf page;

	buf_init(&page, &req->arena, (size_t)16 * 1024);
	page_open(&page, &(const struct page){.conf = conf_of(req),
					      .title = "On the list",
					      .path = ""});
	buf_add_c(&page, "<h1>You are on the list</h1>\n<p>You get an invite "
			 "when there is a place for you.</p>\n<p><a href=\"/\">"
			 "Back to the start</a></p>\n");
	page_close(&page);
	ERR_TRY(buf_err(&page));
	return res_send(req, 200, PAGE_TYPE, buf_str(&page));
}

enum err signup_waitlist(struct req *req, struct people *p)
{
	struct people_form f;
	struct str email;
	struct str note;

	ERR_TRY(auth_check_origin(req));
	if (conf_of(req)->auth.signup != CONF_SIGNUP_WAITLIST)
		return err_set(&req->err, ERR_FORBIDDEN,
			       "there is no waitlist here");
	ERR_TRY(people_form_read(req, &f));
	ERR_TRY(people_need(&f, "email", MAX_EMAIL, &email));
	ERR_TRY(people_field(&f, "note", MAX_NOTE, &note));
	ERR_TRY(people_count(req, p, "waitlist", WAITLIST_MAX));
	const struct str params[] = {str_trim(email), note};
	ERR_TRY(people_call(req, p, "SELECT slipway.waitlist_add($1, $2)",
			    params, 2, NULL));
	if (f.is_form)
		return waitlist_page(req);
	return res_send(req, 200, "application/json", STR("{\"ok\":true}"));
}
