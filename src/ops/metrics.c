/*
 * The metrics: rows of slipway.metrics() as text.  Called by
 * cgi-bin/metrics.c.
 */
#include "ops/metrics.h"

#include "auth/check.h"
#include "auth/identify.h"
#include "auth/key.h"
#include "db/db.h"
#include "http/worker.h"
#include "llm/limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define METRICS_BYTES ((size_t)4 * 1024 * 1024)
#define METRICS_TYPE  "text/plain; version=0.0.4; charset=utf-8"
#define NUMBER_BYTES  24

enum { COL_METRIC, COL_KIND, COL_HELP, COL_SAMPLE };

/* One for the process, borrowed by the gate. */
static struct conf_limits limits;

enum err metrics_open(struct worker *w, void **state, struct errbuf *e)
{
	const struct conf *const conf = worker_conf(w);
	struct db_pool *pool = NULL;

	limits = conf->limits;
	limits.user_rpm = 0;
	limits.tenant_rpm = 0;
	ERR_TRY(db_pool_new(&pool, &conf->database, worker_name(w), e));
	*state = auth_gate_new(pool, &limits);
	return ERR_OK;
}

void metrics_close(void *state)
{
	struct db_pool *const pool = auth_gate_pool(state);

	auth_gate_free(state);
	db_pool_free(pool);
}

/* Hashes are compared, so that the time says nothing of the token. */
static bool is_token(const struct conf_secret *token, struct str authorization)
{
	unsigned char want[AUTH_HASH_BYTES];
	unsigned char got[AUTH_HASH_BYTES];
	struct str scheme;
	struct str sent;

	if (token->secret_p == NULL)
		return false;
	(void)str_cut(str_trim(authorization), ' ', &scheme, &sent);
	if (!str_eq_nocase(scheme, STR("Bearer")))
		return false;
	auth_key_hash((struct str){token->secret_p, token->secret_n}, want);
	auth_key_hash(str_trim(sent), got);
	return memcmp(want, got, sizeof(want)) == 0;
}

static bool is_loopback(struct str address)
{
	return str_starts(address, STR("127.")) || str_eq_c(address, "::1") ||
	       str_starts(address, STR("::ffff:127."));
}

static enum err check(struct req *req, struct auth_gate *gate)
{
	const struct conf_admin *const conf = &worker_conf(req->worker)->admin;
	struct auth_credential credential;
	struct ledger_admission who;

	if (is_token(&conf->metrics_token, req_env(req, "HTTP_AUTHORIZATION")))
		return ERR_OK;
	if (conf->metrics_loopback && is_loopback(req_env(req, "REMOTE_ADDR")))
		return ERR_OK;
	ERR_TRY(auth_identify(req, &credential));
	ERR_TRY(auth_gate_check(gate, &req->arena, credential.hash,
				req_env(req, "REMOTE_ADDR"), &who, &req->err));
	ERR_TRY(limits_apply(req, &who));
	return who.is_admin ? ERR_OK
			    : err_set(&req->err, ERR_FORBIDDEN,
				      "the metrics are for admins and for who "
				      "has their token");
}

static void encode(struct buf *out, const struct db_rows *rows)
{
	struct str last = STR_NONE;

	for (size_t i = 0; i < rows->nrows; i++) {
		const struct str metric = db_str(rows, i, COL_METRIC);
		if (!str_eq(metric, last))
			buf_addf(out,
				 "# HELP " STR_FMT " " STR_FMT
				 "\n# TYPE " STR_FMT " " STR_FMT "\n",
				 STR_ARG(metric),
				 STR_ARG(db_str(rows, i, COL_HELP)),
				 STR_ARG(metric),
				 STR_ARG(db_str(rows, i, COL_KIND)));
		last = metric;
		buf_add_str(out, db_str(rows, i, COL_SAMPLE));
		buf_add_char(out, '\n');
	}
}

enum err metrics_handle(struct req *req, void *state)
{
	const struct conf *const conf = worker_conf(req->worker);
	char cap[NUMBER_BYTES];
	struct db_rows rows;
	struct db *db = NULL;
	struct buf out;

	ERR_TRY(check(req, state));
	(void)snprintf(cap, sizeof(cap), "%" PRId64,
		       conf->limits.system_daily_pico);
	const struct str param = str_from(cap);
	ERR_TRY(db_pool_get(auth_gate_pool(state), &db, &req->err));
	const enum err err =
		db_call(db, &req->arena, "SELECT * FROM slipway.metrics($1)",
			&param, 1, &rows, &req->err);
	db_pool_put(auth_gate_pool(state), db);
	ERR_TRY(err);
	buf_init(&out, &req->arena, METRICS_BYTES);
	encode(&out, &rows);
	ERR_TRY(buf_err(&out));
	return res_send(req, 200, METRICS_TYPE, buf_str(&out));
}
