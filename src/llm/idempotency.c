/*
 * Requests with an Idempotency-Key: what is said to the database about them,
 * and what is kept of their answers.
 */
#include "llm/idempotency.h"

#include "auth/key.h"
#include "auth/seal.h"
#include "base/arena.h"
#include "base/log.h"
#include "db/db.h"
#include "http/req.h"
#include "llm/app.h"
#include "llm/call.h"
#include "llm/limits.h"

#define KEY_MAX_BYTES  255
#define DEFAULTS_BYTES 512

struct idempotency {
	struct ledger_reply reply; /* to keep, or to send again */
	bool has_reply;
	unsigned char seal[SEAL_KEY_BYTES]; /* of what is kept */
	struct buf body; /* what the client was sent so far */
	struct buf end;  /* of a stream: an encoder writes it once */
};

/* The end of a stream: in Responses it repeats the answer. */
#define END_BYTES ((size_t)16 * 1024 * 1024)

/* The columns of slipway.idempotency_begin(). */
enum { COL_VERDICT, COL_REQUEST, COL_STATUS, COL_TYPE, COL_BODY, COL_RETRY };

static enum err check_key(struct call *c, struct str key)
{
	bool good = key.n <= KEY_MAX_BYTES;

	for (size_t i = 0; good && i < key.n; i++)
		good = key.p[i] > ' ' && key.p[i] <= '~';
	if (good)
		return ERR_OK;
	return err_set(&c->req->err, ERR_INVALID_REQUEST,
		       "an Idempotency-Key has 1 to %d printable ASCII "
		       "characters without spaces",
		       KEY_MAX_BYTES);
}

/* SHA-256 of path and body: what "the same request" means. */
static void hash_request(struct call *c, char out[static AUTH_HEX_BYTES])
{
	struct req *const req = c->req;
	char body[AUTH_HEX_BYTES];
	struct buf both;

	auth_sha256_hex(req->body, body);
	buf_init(&both, &req->arena, req->path.n + AUTH_HEX_BYTES + 1);
	buf_add_str(&both, req->path);
	buf_add_char(&both, '\n');
	buf_add_c(&both, body);
	auth_sha256_hex(buf_str(&both), out);
}

static enum err ask(struct call *c, struct str key, struct db_rows *rows)
{
	struct arena *const a = &c->req->arena;
	struct errbuf *const e = &c->req->err;
	char key_hash[2 * LEDGER_HASH_BYTES + 1];
	char idem_key[AUTH_HEX_BYTES];
	char body[AUTH_HEX_BYTES];
	struct buf defaults;
	struct db *db = NULL;

	id_hex(c->op.admit.key_hash, LEDGER_HASH_BYTES, key_hash);
	auth_sha256_hex(key, idem_key);
	hash_request(c, body);
	buf_init(&defaults, a, DEFAULTS_BYTES);
	ledger_defaults(&defaults, &c->app->conf->limits);
	const struct str params[] = {str_from(key_hash), str_from(idem_key),
				     str_from(body), str_from(c->req->id),
				     buf_str(&defaults)};
	ERR_TRY(db_pool_get(c->app->pool, &db, e));
	const enum err err = db_call(
		db, a,
		"SELECT verdict, request_id, status, content_type, body, "
		"retry_after_ms FROM slipway.idempotency_begin($1, $2, $3, $4, "
		"$5::jsonb)",
		params, 5, rows, e);
	db_pool_put(c->app->pool, db);
	ERR_TRY(err);
	return rows->nrows == 1 ? ERR_OK
				: err_set(e, ERR_INTERNAL,
					  "idempotency_begin() gave %zu rows",
					  rows->nrows);
}

static enum err refused(struct call *c, const struct db_rows *rows,
			struct str verdict)
{
	const struct str first = db_str(rows, 0, COL_REQUEST);
	const enum err err = err_from_code(str_dup(&c->req->arena, verdict));

	if (err == ERR_RATE_LIMITED) {
		c->admission.verdict = err;
		c->admission.retry_after_ms = db_i64(rows, 0, COL_RETRY);
		return limits_apply(c->req, &c->admission);
	}
	if (err == ERR_INTERNAL || first.n == 0)
		return err;
	return err_set(&c->req->err, err,
		       "%s The first request with it was " STR_FMT ".",
		       err_entry(err)->message, STR_ARG(first));
}

/* What is kept can be read by who sends the same key and request again. */
static struct idempotency *make(struct call *c, struct str key)
{
	struct arena *const a = &c->req->arena;
	struct idempotency *const i = ARENA_NEW(a, struct idempotency);
	const struct str request[] = {key, c->req->path, c->req->body};

	seal_key(request, 3, i->seal);
	buf_init(&i->body, a, LEDGER_REPLY_MAX_BYTES);
	return i;
}

static enum err take_reply(struct call *c, const struct db_rows *rows)
{
	struct arena *const a = &c->req->arena;
	struct ledger_reply *const r = &c->idem->reply;

	r->status = (int)db_i64(rows, 0, COL_STATUS);
	r->content_type = str_dup(a, db_str(rows, 0, COL_TYPE));
	if (seal_open(a, c->idem->seal, db_str(rows, 0, COL_BODY), &r->body) !=
	    ERR_OK)
		return refused(c, rows, STR("idempotency_lost"));
	c->idem->has_reply = true;
	return ERR_OK;
}

enum err idempotency_begin(struct call *c, bool *replay)
{
	const struct str key =
		str_trim(req_env(c->req, "HTTP_IDEMPOTENCY_KEY"));
	struct db_rows rows;

	*replay = false;
	if (key.n == 0 || !str_eq_c(c->req->method, "POST"))
		return ERR_OK;
	ERR_TRY(check_key(c, key));
	ERR_TRY(ask(c, key, &rows));
	const struct str verdict = db_str(&rows, 0, COL_VERDICT);
	if (str_eq_c(verdict, "unauthorized"))
		return ERR_OK; /* the admission says so */
	if (str_eq_c(verdict, "ok")) {
		c->idem = make(c, key);
		return ERR_OK;
	}
	if (!str_eq_c(verdict, "replay"))
		return refused(c, &rows, verdict);
	c->idem = make(c, key);
	ERR_TRY(take_reply(c, &rows));
	*replay = true;
	return ERR_OK;
}

void idempotency_drop(struct call *c)
{
	const struct str id = str_from(c->req->id);
	struct errbuf e = {.code = ERR_OK};
	struct db *db = NULL;
	enum err err = db_pool_get(c->app->pool, &db, &e);

	if (err == ERR_OK) {
		err = db_call(db, &c->req->arena,
			      "SELECT slipway.idempotency_drop($1)", &id, 1,
			      NULL, &e);
		db_pool_put(c->app->pool, db);
	}
	if (err != ERR_OK)
		log_request(LOG_WARN, "idempotency_kept", c->req->id,
			    "its Idempotency-Key is free again in a minute: "
			    "%s",
			    e.detail);
}

bool idempotency_has_reply(const struct call *c)
{
	return c->idem != NULL && c->idem->has_reply;
}

void idempotency_replay(struct call *c)
{
	const struct ledger_reply *const r = &c->idem->reply;

	res_header(c->req, "Idempotent-Replayed", STR("true"));
	res_headerf(c->req, "Content-Length", "%zu", r->body.n);
	res_begin(c->req, r->status, r->content_type, &c->client.out);
	buf_add_str(&c->client.out, r->body);
}

void idempotency_record(struct call *c, struct str bytes)
{
	if (c->idem != NULL)
		buf_add_str(&c->idem->body, bytes);
}

/* What is still to be sent, as output.c will write it. */
static void write_end(struct call *c, bool ok, enum err err)
{
	const struct encoder *const enc = c->encoder;
	struct buf *const out = &c->idem->body;

	if (ok && enc->stream) {
		buf_init(&c->idem->end, &c->req->arena, END_BYTES);
		enc->end(c, &c->idem->end);
		buf_add_str(out, buf_str(&c->idem->end));
	} else if (ok) {
		enc->answer(c, out);
	} else if (c->req->head_sent) {
		enc->error(c, err, out);
	} else {
		enc->problem(c, err, out);
	}
}

struct str idempotency_end(const struct call *c)
{
	/* frames that can be asked for again are numbered as they go out */
	return c->idem != NULL && c->resume == NULL ? buf_str(&c->idem->end)
						    : STR_NONE;
}

struct str idempotency_kept(const struct call *c)
{
	return c->settle.reply != NULL ? buf_str(&c->idem->body) : STR_NONE;
}

void idempotency_finish(struct call *c, bool ok, enum err err)
{
	struct idempotency *const i = c->idem;
	const bool is_answer = ok || c->req->head_sent;
	int status = 200;

	if (i == NULL || (!ok && c->settle.cost_pico == 0))
		return;
	write_end(c, ok, err);
	if (!is_answer)
		status = err_entry(err)->status;
	i->reply = (struct ledger_reply){
		.status = status,
		.content_type = is_answer ? c->encoder->content_type
					  : c->encoder->problem_type,
		.body = seal_text(&c->req->arena, i->seal, buf_str(&i->body)),
	};
	if (buf_err(&i->body) == ERR_OK)
		c->settle.reply = &i->reply;
}
