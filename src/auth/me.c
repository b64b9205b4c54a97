/*
 * The account page's other side.  Each action names the session by its hash,
 * and SQL finds whose it is, so nobody can name somebody else's.
 */
#include "auth/me.h"

#include "auth/cookie.h"
#include "auth/identify.h"
#include "auth/password.h"
#include "auth/people.h"
#include "auth/session.h"
#include "auth/visitor.h"
#include "base/id.h"
#include "base/num.h"
#include "conf/conf.h"
#include "db/db.h"
#include "db/ledger.h"
#include "http/page.h"
#include "http/req.h"
#include "http/worker.h"
#include "json/json.h"

#define ME_BYTES     ((size_t)1024 * 1024)
#define ANSWER_BYTES ((size_t)4096)
#define MAX_LABEL    ((size_t)512)
#define MAX_LIST     ((size_t)3072)
#define MAX_DAYS     3660
#define MAX_RPM      1000000
#define ACCOUNT_PAGE "/account/"

/* Who asks, and the fields. */
struct asking {
	struct auth_credential who;
	char hash[AUTH_HEX_BYTES];
	struct people_form form;
	struct str next;
};

static enum err ask(struct req *req, struct asking *a)
{
	ERR_TRY(auth_identify(req, &a->who));
	id_hex(a->who.hash, sizeof(a->who.hash), a->hash);
	ERR_TRY(people_form_read(req, &a->form));
	return people_next(&a->form, ACCOUNT_PAGE, &a->next);
}

static enum err answer_ok(const struct asking *a)
{
	return people_answer(&a->form, 200, STR("{\"ok\":true}"), a->next);
}

/* The account -------------------------------------------------------- */

/* The features there are, to choose from for a key. */
static void add_features(struct buf *body, const struct conf *conf)
{
	struct jw w;

	buf_add_c(body, "\"features\":");
	jw_init(&w, body);
	jw_open_array(&w, NULL);
	for (size_t i = 0; i < conf->nfeatures; i++)
		jw_c(&w, NULL, conf->features[i].name);
	jw_close(&w);
	buf_add_char(body, ',');
}

static bool has_agents(const struct conf *conf)
{
	for (size_t i = 0; i < conf->nfeatures; i++)
		if (conf->features[i].agent)
			return true;
	return false;
}

/* The object of slipway.me(), with the CSRF token of its session in front. */
static enum err send_me(struct req *req, const struct auth_credential *who,
			struct str me)
{
	char csrf[AUTH_CSRF_BYTES];
	struct buf body;

	buf_init(&body, &req->arena, ME_BYTES);
	buf_add_char(&body, '{');
	if (who->from_cookie) {
		auth_csrf(who->token, csrf);
		buf_addf(&body, "\"csrf\":\"%s\",", csrf);
	}
	if (who->kind == AUTH_VISITOR) {
		struct jw w;
		buf_add_c(&body, "\"free\":");
		jw_init(&w, &body);
		visitor_write_free(&w, NULL, worker_conf(req->worker));
		buf_add_char(&body, ',');
	}
	if (who->kind != AUTH_VISITOR && has_agents(worker_conf(req->worker)))
		buf_add_c(&body, "\"has_agents\":true,");
	if (who->kind == AUTH_SESSION)
		add_features(&body, worker_conf(req->worker));
	buf_add(&body, me.p + 1, me.n - 1);
	ERR_TRY(buf_err(&body));
	return res_send(req, 200, "application/json", buf_str(&body));
}

enum err me_show(struct req *req, struct people *p)
{
	struct auth_credential who;
	char hash[AUTH_HEX_BYTES];
	struct buf defaults;
	struct db_rows rows;

	ERR_TRY(auth_identify(req, &who));
	ERR_TRY(session_rotate(req, p, &who));
	id_hex(who.hash, sizeof(who.hash), hash);
	buf_init(&defaults, &req->arena, ANSWER_BYTES);
	ledger_defaults(&defaults, &worker_conf(req->worker)->limits);
	const struct str params[] = {str_from(hash), buf_str(&defaults)};
	ERR_TRY(people_call(req, p, "SELECT slipway.me($1, $2)", params, 2,
			    &rows));
	return send_me(req, &who, db_str(&rows, 0, 0));
}

enum err me_export(struct req *req, struct people *p)
{
	struct asking a;
	struct db_rows rows;

	ERR_TRY(ask(req, &a));
	const struct str param = str_from(a.hash);
	ERR_TRY(people_call(req, p, "SELECT slipway.me_export($1)", &param, 1,
			    &rows));
	res_header(req, "Content-Disposition",
		   STR("attachment; filename=\"slipway-account.json\""));
	return res_send(req, 200, "application/json", db_str(&rows, 0, 0));
}

enum err me_delete(struct req *req, struct people *p)
{
	struct asking a;
	struct str name;

	ERR_TRY(ask(req, &a));
	ERR_TRY(people_need(&a.form, "name", MAX_LABEL, &name));
	const struct str params[] = {str_from(a.hash), name};
	ERR_TRY(people_call(req, p, "SELECT slipway.me_delete($1, $2)", params,
			    2, NULL));
	auth_cookie_clear(req);
	return people_answer(&a.form, 200, STR("{\"ok\":true}"), STR("/"));
}

/* Keys and sessions -------------------------------------------------- */

/* A key is shown once, so a form gets a page with it and not a redirect. */
static enum err key_page(struct req *req, const char *key)
{
	struct buf page;

	buf_init(&page, &req->arena, (size_t)16 * 1024);
	page_open(&page, &(const struct page){.conf = worker_conf(req->worker),
					      .title = "Your new key",
					      .path = ""});
	buf_addf(&page,
		 "<h1>Your new key</h1>\n<p>It is not shown again: copy it "
		 "now.</p>\n<p><code>%s</code></p>\n<p><a href=\"%s\">Back "
		 "to the account</a></p>\n",
		 key, ACCOUNT_PAGE);
	page_close(&page);
	ERR_TRY(buf_err(&page));
	return res_send(req, 201, PAGE_TYPE, buf_str(&page));
}

static enum err send_key(struct asking *a, int64_t id, const char *key,
			 const char *prefix)
{
	struct buf body;
	struct jw w;

	if (a->form.is_form)
		return key_page(a->form.req, key);
	buf_init(&body, &a->form.req->arena, ANSWER_BYTES);
	jw_init(&w, &body);
	jw_open_object(&w, NULL);
	jw_int(&w, "id", id);
	jw_c(&w, "key", key);
	jw_c(&w, "prefix", prefix);
	jw_close(&w);
	ERR_TRY(buf_err(&body));
	return res_send(a->form.req, 201, "application/json", buf_str(&body));
}

/* Append the parts of a text like "a, b" as an array. */
static void write_list(struct jw *w, const char *name, struct str text)
{
	struct str item;

	if (str_trim(text).n == 0)
		return;
	jw_open_array(w, name);
	while (text.n > 0) {
		(void)str_cut(text, ',', &item, &text);
		if (str_trim(item).n > 0)
			jw_str(w, NULL, str_trim(item));
	}
	jw_close(w);
}

static enum err check_features(struct req *req, struct str text)
{
	struct str item;

	while (text.n > 0) {
		(void)str_cut(text, ',', &item, &text);
		item = str_trim(item);
		if (item.n > 0 &&
		    conf_feature(worker_conf(req->worker), item) == NULL)
			return err_set(&req->err, ERR_INVALID_REQUEST,
				       "there is no feature \"" STR_FMT "\"",
				       STR_ARG(item));
	}
	return ERR_OK;
}

/* What the new key may do, for slipway.me_key_create(). */
static enum err read_scope(const struct asking *a, struct str *scope)
{
	struct req *const req = a->form.req;
	struct str features;
	struct str models;
	int64_t pico = -1;
	struct buf body;
	int64_t rpm = 0;
	struct str usd;
	struct jw w;

	ERR_TRY(people_field(&a->form, "features", MAX_LIST, &features));
	ERR_TRY(people_field(&a->form, "models", MAX_LIST, &models));
	ERR_TRY(people_number(&a->form, "rpm", 1, MAX_RPM, &rpm));
	ERR_TRY(people_field(&a->form, "daily_usd", MAX_LABEL, &usd));
	ERR_TRY(check_features(req, features));
	if (usd.n > 0 && num_parse_usd(usd, &pico) != ERR_OK)
		return err_set(&req->err, ERR_INVALID_REQUEST,
			       "\"daily_usd\" must be dollars such as 0.50");
	buf_init(&body, &req->arena, ANSWER_BYTES);
	jw_init(&w, &body);
	jw_open_object(&w, NULL);
	write_list(&w, "features", features);
	write_list(&w, "models", models);
	if (rpm > 0)
		jw_int(&w, "rpm", rpm);
	if (pico >= 0)
		jw_int(&w, "daily_cap_pico", pico);
	jw_close(&w);
	*scope = buf_str(&body);
	return buf_err(&body);
}

enum err me_key_create(struct req *req, struct people *p)
{
	struct asking a;
	char key[AUTH_KEY_BYTES];
	char prefix[AUTH_PREFIX_BYTES];
	char hash[AUTH_HEX_BYTES];
	struct str label;
	struct str scope;
	struct db_rows rows;
	int64_t n = 0;

	ERR_TRY(ask(req, &a));
	ERR_TRY(people_field(&a.form, "label", MAX_LABEL, &label));
	ERR_TRY(people_number(&a.form, "expires_days", 1, MAX_DAYS, &n));
	ERR_TRY(read_scope(&a, &scope));
	auth_key_generate(key);
	auth_key_prefix(str_from(key), prefix);
	auth_sha256_hex(str_from(key), hash);
	const struct str params[] = {str_from(a.hash),
				     str_from(hash),
				     str_from(prefix),
				     label,
				     n > 0 ? people_int(req, n) : STR_NONE,
				     scope};
	enum err err = people_call(
		req, p, "SELECT slipway.me_key_create($1, $2, $3, $4, $5, $6)",
		params, 6, &rows);
	if (err == ERR_OK)
		err = send_key(&a, db_i64(&rows, 0, 0), key, prefix);
	auth_key_wipe(key);
	return err;
}

static enum err revoke(struct req *req, struct people *p, const char *kind)
{
	struct asking a;
	int64_t n = 0;

	ERR_TRY(ask(req, &a));
	ERR_TRY(people_number(&a.form, "id", 1, INT64_MAX, &n));
	if (n == 0)
		return err_set(&req->err, ERR_INVALID_REQUEST,
			       "\"id\" is missing");
	const struct str params[] = {str_from(a.hash), str_from(kind),
				     people_int(req, n)};
	ERR_TRY(people_call(req, p, "SELECT slipway.me_revoke($1, $2, $3)",
			    params, 3, NULL));
	return answer_ok(&a);
}

enum err me_key_revoke(struct req *req, struct people *p)
{
	return revoke(req, p, "key");
}

enum err me_session_end(struct req *req, struct people *p)
{
	return revoke(req, p, "session");
}

/* The password ------------------------------------------------------- */

/* slipway.me_password(): the hash until now, and the new one when given. */
static enum err swap_password(struct req *req, struct people *p,
			      const struct asking *a, struct str new_hash,
			      struct str *before)
{
	const struct str params[] = {str_from(a->hash), new_hash};
	struct db_rows rows;

	ERR_TRY(people_call(req, p, "SELECT slipway.me_password($1, $2)",
			    params, 2, &rows));
	*before = db_str(&rows, 0, 0);
	return ERR_OK;
}

enum err me_password(struct req *req, struct people *p)
{
	struct asking a;
	struct str current;
	struct str wanted;
	struct str before;
	struct str hash;
	bool stale = false;

	ERR_TRY(ask(req, &a));
	ERR_TRY(people_field(&a.form, "current", PASSWORD_MAX_BYTES, &current));
	ERR_TRY(people_need(&a.form, "password", PASSWORD_MAX_BYTES, &wanted));
	ERR_TRY(password_accept(wanted, STR_NONE, &req->err));
	ERR_TRY(swap_password(req, p, &a, STR_NONE, &before));
	/* who came by another way has none yet */
	if (before.n > 0 && !password_matches(before, current, &stale))
		return err_set(&req->err, ERR_LOGIN_FAILED,
			       "the current password is another one");
	ERR_TRY(password_hash(&req->arena, wanted, &hash, &req->err));
	ERR_TRY(swap_password(req, p, &a, hash, &before));
	return answer_ok(&a);
}
