/*
 * Runs and their steps in the database.  Each function is one statement; who
 * may change a run is asked by the functions of the schema, with the owner's
 * word.
 */
#include "agent/run.h"

#include "base/buf.h"
#include "base/id.h"
#include "db/db.h"
#include "llm/app.h"
#include "json/json.h"

#include <inttypes.h>
#include <string.h>

#define NUMBER_BYTES 24
#define LIST_MAX     20

static struct str number(struct agent_run *r, int64_t n)
{
	struct buf b;

	buf_init(&b, r->scratch, NUMBER_BYTES);
	buf_addf(&b, "%" PRId64, n);
	return buf_str(&b);
}

/* SQL NULL is something else. */
static struct str text(struct str s)
{
	return s.p != NULL ? s : STR("");
}

static enum err ask(struct agent_run *r, struct arena *a, const char *sql,
		    const struct str *params, size_t n, struct db_rows *rows)
{
	struct db *db = NULL;

	err_clear(r->e);
	ERR_TRY(db_pool_get(r->app->pool, &db, r->e));
	const enum err err = db_call(db, a, sql, params, n, rows, r->e);
	db_pool_put(r->app->pool, db);
	return err;
}

/* A statement whose answer is one boolean. */
static enum err ask_bool(struct agent_run *r, const char *sql,
			 const struct str *params, size_t n, bool *out)
{
	struct db_rows rows;

	ERR_TRY(ask(r, r->scratch, sql, params, n, &rows));
	*out = db_bool(&rows, 0, 0);
	return ERR_OK;
}

static void new_owner(struct agent_run *r)
{
	unsigned char random[(AGENT_OWNER_BYTES - 1) / 2];

	id_random(random, sizeof(random));
	id_hex(random, sizeof(random), r->owner);
}

enum err agent_store_start(struct agent_run *r, struct str client_key,
			   struct str question, bool *is_new)
{
	struct db_rows rows;

	new_owner(r);
	id_request(r->id);
	memcpy(r->id, "run_", sizeof("run_") - 1);
	const struct str params[] = {
		number(r, r->tenant_id),
		number(r, r->user_id),
		str_from(r->id),
		client_key,
		str_from(r->feature->name),
		question,
		str_from(r->owner),
		number(r, AGENT_LEASE_MS),
		number(r, r->feature->keep_runs_ms),
	};
	ERR_TRY(ask(r, r->scratch,
		    "SELECT slipway.agent_start($1, $2, $3, $4, $5, $6, $7, "
		    "$8, $9)",
		    params, 9, &rows));
	const struct str id = db_str(&rows, 0, 0);
	*is_new = str_eq_c(id, r->id);
	if (id.n == 0)
		return err_set(r->e, ERR_IDEM_MISMATCH,
			       "it began a run about something else");
	if (id.n != sizeof(r->id) - 1)
		return err_set(r->e, ERR_INTERNAL, "agent_start() gave no id");
	memcpy(r->id, id.p, id.n);
	return ERR_OK;
}

static struct str key_hash(struct agent_run *r)
{
	char *const hex =
		ARENA_ARRAY(r->scratch, 2 * LEDGER_HASH_BYTES + 1, char);

	id_hex(r->key_hash, LEDGER_HASH_BYTES, hex);
	return str_from(hex);
}

enum err agent_store_may(struct agent_run *r)
{
	const struct str params[] = {number(r, r->tenant_id),
				     number(r, r->user_id), str_from(r->id),
				     key_hash(r)};
	bool may = false;

	ERR_TRY(ask_bool(r, "SELECT slipway.agent_may($1, $2, $3, $4)", params,
			 4, &may));
	return may ? ERR_OK
		   : err_set(r->e, ERR_FORBIDDEN,
			     "this key may not use the feature of this run");
}

enum err agent_store_stop(struct agent_run *r)
{
	const struct str params[] = {number(r, r->tenant_id),
				     number(r, r->user_id), str_from(r->id)};
	struct db_rows rows;

	return ask(r, r->scratch, "SELECT slipway.agent_stop($1, $2, $3)",
		   params, 3, &rows);
}

bool agent_store_wanted(struct agent_run *r)
{
	const struct str params[] = {number(r, r->tenant_id), str_from(r->id),
				     str_from(r->owner)};
	bool wanted = true;

	if (ask_bool(r, "SELECT slipway.agent_wanted($1, $2, $3)", params, 3,
		     &wanted) != ERR_OK)
		return true;
	return wanted;
}

enum err agent_store_claim(struct agent_run *r, bool *ours)
{
	new_owner(r);
	const struct str params[] = {
		number(r, r->tenant_id), number(r, r->user_id), str_from(r->id),
		str_from(r->owner), number(r, AGENT_LEASE_MS)};
	return ask_bool(r, "SELECT slipway.agent_claim($1, $2, $3, $4, $5)",
			params, 5, ours);
}

enum err agent_store_decide(struct agent_run *r, int64_t step, bool confirmed,
			    bool *ours)
{
	new_owner(r);
	const struct str params[] = {number(r, r->tenant_id),
				     number(r, r->user_id),
				     str_from(r->id),
				     number(r, step),
				     str_from(confirmed ? "true" : "false"),
				     str_from(r->owner),
				     number(r, AGENT_LEASE_MS)};
	return ask_bool(r,
			"SELECT slipway.agent_decide($1, $2, $3, $4, $5, $6, "
			"$7)",
			params, 7, ours);
}

enum step_col {
	COL_STEP,
	COL_KIND,
	COL_STATUS,
	COL_REQUEST_ID,
	COL_CALL_ID,
	COL_TOOL,
	COL_EFFECT,
	COL_CONTENT,
	COL_RESULT
};

static void read_steps(struct agent_run *r, const struct db_rows *rows)
{
	r->nsteps = rows->nrows;
	r->steps = ARENA_ARRAY(&r->arena, rows->nrows + 1, struct agent_step);
	for (size_t i = 0; i < rows->nrows; i++) {
		struct agent_step *const s = &r->steps[i];
		s->step = db_i64(rows, i, COL_STEP);
		s->is_model = str_eq_c(db_str(rows, i, COL_KIND), "model");
		s->status = db_str(rows, i, COL_STATUS);
		s->request_id = db_str(rows, i, COL_REQUEST_ID);
		s->call_id = db_str(rows, i, COL_CALL_ID);
		s->tool = db_str(rows, i, COL_TOOL);
		s->side_effect =
			str_eq_c(db_str(rows, i, COL_EFFECT), "side_effect");
		s->content = db_str(rows, i, COL_CONTENT);
		s->result = db_str(rows, i, COL_RESULT);
		r->bytes += s->content.n + s->result.n;
	}
}

enum err agent_store_look(struct agent_run *r)
{
	const struct str params[] = {number(r, r->tenant_id),
				     number(r, r->user_id), str_from(r->id)};
	struct db_rows rows;

	arena_clear(&r->arena);
	r->nsteps = 0;
	ERR_TRY(ask(r, &r->arena,
		    "SELECT status, feature, question, answer, error, detail, "
		    "stopping, stale, interrupted, changed_us, cost_pico, "
		    "spent_pico FROM slipway.agent_run($1, $2, $3)",
		    params, 3, &rows));
	r->status = db_str(&rows, 0, 0);
	r->feature_name = db_str(&rows, 0, 1);
	r->question = db_str(&rows, 0, 2);
	r->answer = db_str(&rows, 0, 3);
	r->error = db_str(&rows, 0, 4);
	r->detail = db_str(&rows, 0, 5);
	r->stopping = db_bool(&rows, 0, 6);
	r->stale = db_bool(&rows, 0, 7);
	r->interrupted = db_bool(&rows, 0, 8);
	r->changed_us = db_i64(&rows, 0, 9);
	r->cost_pico = db_i64(&rows, 0, 10);
	r->spent_pico = db_i64(&rows, 0, 11);
	r->bytes = r->question.n;
	r->feature = conf_feature(r->app->conf, r->feature_name);
	return ERR_OK;
}

enum err agent_store_load(struct agent_run *r)
{
	const struct str params[] = {number(r, r->tenant_id),
				     number(r, r->user_id), str_from(r->id)};
	struct db_rows rows;

	ERR_TRY(agent_store_look(r));
	ERR_TRY(ask(r, &r->arena,
		    "SELECT step, kind, status, request_id, call_id, tool, "
		    "effect, content, result "
		    "FROM slipway.agent_steps($1, $2, $3)",
		    params, 3, &rows));
	read_steps(r, &rows);
	return ERR_OK;
}

enum err agent_store_ask(struct agent_run *r, const char *request_id,
			 int64_t *step)
{
	const struct str params[] = {
		number(r, r->tenant_id), str_from(r->id), str_from(r->owner),
		number(r, AGENT_LEASE_MS), str_from(request_id)};
	struct db_rows rows;

	ERR_TRY(ask(r, r->scratch,
		    "SELECT slipway.agent_ask($1, $2, $3, $4, $5)", params, 5,
		    &rows));
	*step = db_i64(&rows, 0, 0);
	return ERR_OK;
}

enum err agent_store_said(struct agent_run *r, bool *ours)
{
	const struct str params[] = {number(r, r->tenant_id),
				     str_from(r->id),
				     str_from(r->owner),
				     number(r, AGENT_LEASE_MS),
				     number(r, r->asking),
				     text(r->said),
				     r->calls};
	return ask_bool(r,
			"SELECT slipway.agent_said($1, $2, $3, $4, $5, $6, "
			"$7::jsonb)",
			params, 7, ours);
}

enum err agent_store_move(struct agent_run *r, const struct agent_move *m,
			  bool *moved)
{
	const struct str params[] = {
		number(r, r->tenant_id),
		str_from(r->id),
		str_from(r->owner),
		number(r, m->lease_ms),
		number(r, m->step->step),
		m->from != NULL ? str_from(m->from) : m->step->status,
		str_from(m->to),
		m->result};
	return ask_bool(r,
			"SELECT slipway.agent_step_set($1, $2, $3, $4, $5, "
			"$6, $7, $8)",
			params, 8, moved);
}

enum err agent_store_end(struct agent_run *r, const char *status,
			 struct str said, struct str error)
{
	const bool done = strcmp(status, "done") == 0;
	const struct str params[] = {
		number(r, r->tenant_id),      str_from(r->id),
		str_from(r->owner),           str_from(status),
		done ? text(said) : STR_NONE, error,
		done ? STR("") : text(said)};
	bool ours = false;

	return ask_bool(r,
			"SELECT slipway.agent_end($1, $2, $3, $4, $5, $6, $7)",
			params, 7, &ours);
}

enum err agent_store_list(struct agent_run *r, struct jw *w)
{
	const struct str params[] = {number(r, r->tenant_id),
				     number(r, r->user_id), key_hash(r),
				     number(r, LIST_MAX)};
	struct db_rows rows;

	ERR_TRY(ask(r, r->scratch,
		    "SELECT run_id, status, feature, question, created_ms "
		    "FROM slipway.agent_list($1, $2, $3, $4::int)",
		    params, 4, &rows));
	jw_open_array(w, "runs");
	for (size_t i = 0; i < rows.nrows; i++) {
		jw_open_object(w, NULL);
		jw_str(w, "run", db_str(&rows, i, 0));
		jw_str(w, "status", db_str(&rows, i, 1));
		jw_str(w, "feature", db_str(&rows, i, 2));
		jw_str(w, "question", db_str(&rows, i, 3));
		jw_int(w, "created_ms", db_i64(&rows, i, 4));
		jw_close(w);
	}
	jw_close(w);
	return ERR_OK;
}
