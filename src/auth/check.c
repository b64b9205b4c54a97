/*
 * Who calls, for routes that spend nothing: one call of slipway.key_check.
 */
#include "auth/check.h"

#include "auth/refusals.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"
#include "conf/conf.h"
#include "db/db.h"
#include "json/json.h"

#include <string.h>

#define DEFAULTS_BYTES   256
#define GATE_ARENA_BYTES ((size_t)1024 * 1024)

/* The columns of slipway.key_check. */
enum {
	COL_VERDICT,
	COL_TENANT,
	COL_USER,
	COL_KEY,
	COL_ADMIN,
	COL_RETRY,
	COL_LIMIT,
	COL_REMAINING,
	COL_RESET
};

enum err auth_check(struct db *db, struct arena *a,
		    const struct conf_limits *limits,
		    const struct auth_question *q, struct ledger_admission *out,
		    struct errbuf *e)
{
	char hex[2 * LEDGER_HASH_BYTES + 1];
	struct buf defaults;
	struct db_rows rows;
	struct jw w;

	id_hex(q->key_hash, LEDGER_HASH_BYTES, hex);
	buf_init(&defaults, a, DEFAULTS_BYTES);
	jw_init(&w, &defaults);
	jw_open_object(&w, NULL);
	jw_int(&w, "user_rpm", limits->user_rpm);
	jw_int(&w, "tenant_rpm", limits->tenant_rpm);
	jw_close(&w);
	const struct str params[] = {str_from(hex), buf_str(&defaults),
				     q->feature, q->model};
	ERR_TRY(db_call(db, a,
			"SELECT * FROM slipway.key_check($1, $2, $3, $4)",
			params, 4, &rows, e));
	if (rows.nrows != 1)
		return err_set(e, ERR_DB, "key_check gave %zu rows",
			       rows.nrows);
	*out = (struct ledger_admission){
		.verdict = err_from_code(
			str_dup(a, db_str(&rows, 0, COL_VERDICT))),
		.tenant_id = db_i64(&rows, 0, COL_TENANT),
		.user_id = db_i64(&rows, 0, COL_USER),
		.key_id = db_i64(&rows, 0, COL_KEY),
		.is_admin = db_bool(&rows, 0, COL_ADMIN),
		.retry_after_ms = db_i64(&rows, 0, COL_RETRY),
		.limit_rpm = db_i64(&rows, 0, COL_LIMIT),
		.remaining_rpm = db_i64(&rows, 0, COL_REMAINING),
		.reset_rpm_ms = db_i64(&rows, 0, COL_RESET),
	};
	return ERR_OK;
}

struct auth_gate {
	struct arena arena;
	struct db_pool *pool;
	const struct conf_limits *limits;
	struct refusals *refusals;
};

struct auth_gate *auth_gate_new(struct db_pool *pool,
				const struct conf_limits *limits)
{
	struct arena arena;

	arena_init(&arena, GATE_ARENA_BYTES);
	struct auth_gate *const g = ARENA_NEW(&arena, struct auth_gate);
	g->refusals = refusals_new(&arena, limits->unknown_keys_rpm);
	g->pool = pool;
	g->limits = limits;
	g->arena = arena;
	return g;
}

void auth_gate_free(struct auth_gate *g)
{
	struct arena arena = g->arena; /* g itself is in it */

	arena_release(&arena);
}

struct db_pool *auth_gate_pool(const struct auth_gate *g)
{
	return g->pool;
}

enum err auth_gate_check(struct auth_gate *g, struct arena *a,
			 const unsigned char key_hash[LEDGER_HASH_BYTES],
			 struct str address, struct ledger_admission *out,
			 struct errbuf *e)
{
	const struct auth_question q = {.key_hash = key_hash};
	struct ledger_admit asked = {.input_pico = 0};
	struct db *db = NULL;

	memcpy(asked.key_hash, key_hash, sizeof(asked.key_hash));
	if (refusals_find(g->refusals, &asked, address, clock_mono_ms(), out))
		return ERR_OK;
	ERR_TRY(db_pool_get(g->pool, &db, e));
	const enum err err = auth_check(db, a, g->limits, &q, out, e);
	db_pool_put(g->pool, db);
	ERR_TRY(err);
	refusals_note(g->refusals, &asked, address, clock_mono_ms(), out);
	return ERR_OK;
}
