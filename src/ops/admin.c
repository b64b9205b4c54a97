/*
 * The frame of the admin API: who asks, what for, and a connection.  Called by
 * cgi-bin/admin.c.  Nothing is answered before it is known that an admin asks.
 */
#include "ops/admin.h"

#include "auth/check.h"
#include "auth/identify.h"
#include "db/db.h"
#include "http/worker.h"
#include "llm/limits.h"
#include "ops/admin_part.h"

/* One for the process, borrowed by the pool and the gate. */
static struct conf_database login;
static struct conf_limits limits;

enum err admin_open(struct worker *w, void **state, struct errbuf *e)
{
	const struct conf *const conf = worker_conf(w);
	struct db_pool *pool = NULL;

	if (conf->admin.dsn[0] == '\0')
		return err_set(
			e, ERR_CONFIG,
			"[admin] dsn is not set: there is no admin page");
	login = conf->database;
	login.dsn = conf->admin.dsn;
	login.password = conf->admin.password;
	/* a report of a long time may take longer than a call's statement */
	login.statement_timeout_ms *= 4;
	/* the page asks for several reports at once */
	limits = conf->limits;
	limits.user_rpm = 0;
	limits.tenant_rpm = 0;
	ERR_TRY(db_pool_new(&pool, &login, worker_name(w), e));
	*state = auth_gate_new(pool, &limits);
	return ERR_OK;
}

void admin_close(void *state)
{
	struct db_pool *const pool = auth_gate_pool(state);

	auth_gate_free(state);
	db_pool_free(pool);
}

static enum err who_asks(struct req *req, struct auth_gate *gate,
			 struct ledger_admission *who)
{
	struct auth_credential credential;

	ERR_TRY(auth_identify(req, &credential));
	ERR_TRY(auth_gate_check(gate, &req->arena, credential.hash,
				req_env(req, "REMOTE_ADDR"), who, &req->err));
	ERR_TRY(limits_apply(req, who));
	return who->is_admin
		       ? ERR_OK
		       : err_set(&req->err, ERR_FORBIDDEN,
				 "this page is for admins, with a session or a "
				 "key that is not limited; `slipway user` "
				 "makes one");
}

static bool is_at(const struct req *req, const char *path)
{
	return str_eq_c(req->path, path);
}

static bool reads(const struct req *req)
{
	return str_eq_c(req->method, "GET") || str_eq_c(req->method, "HEAD");
}

static enum err method(struct req *req, const char *allowed)
{
	res_header(req, "Allow", str_from(allowed));
	return err_set(&req->err, ERR_METHOD, STR_FMT " takes %s",
		       STR_ARG(req->path), allowed);
}

static enum err answer(struct req *req, struct db *db,
		       const struct ledger_admission *who)
{
	if (is_at(req, "/admin/api/act"))
		return str_eq_c(req->method, "POST")
			       ? admin_act(req, db, who->user_id)
			       : method(req, "POST");
	if (is_at(req, "/admin/api/reconcile"))
		return str_eq_c(req->method, "POST") ? admin_reconcile(req, db)
						     : method(req, "POST");
	if (!is_at(req, "/admin/api/state") &&
	    !is_at(req, "/admin/api/report") &&
	    !is_at(req, "/admin/api/request"))
		return err_set(&req->err, ERR_NOT_FOUND,
			       "there is nothing at " STR_FMT,
			       STR_ARG(req->path));
	if (!reads(req))
		return method(req, "GET, HEAD");
	if (is_at(req, "/admin/api/state"))
		return admin_state(req, db);
	return is_at(req, "/admin/api/report") ? admin_report(req, db)
					       : admin_request(req, db);
}

enum err admin_handle(struct req *req, void *state)
{
	struct db_pool *const pool = auth_gate_pool(state);
	struct ledger_admission who;
	struct db *db = NULL;

	ERR_TRY(who_asks(req, state, &who));
	ERR_TRY(db_pool_get(pool, &db, &req->err));
	const enum err err = answer(req, db, &who);
	db_pool_put(pool, db);
	return err;
}
