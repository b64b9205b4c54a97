/*
 * Who calls, for routes that spend nothing: one call of slipway.key_check.
 */
#include "auth/check.h"

#include "base/arena.h"
#include "base/id.h"
#include "conf/conf.h"
#include "db/db.h"
#include "json/json.h"

#define DEFAULTS_BYTES 256

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
		    const unsigned char key_hash[LEDGER_HASH_BYTES],
		    struct ledger_admission *out, struct errbuf *e)
{
	char hex[2 * LEDGER_HASH_BYTES + 1];
	struct buf defaults;
	struct db_rows rows;
	struct jw w;

	id_hex(key_hash, LEDGER_HASH_BYTES, hex);
	buf_init(&defaults, a, DEFAULTS_BYTES);
	jw_init(&w, &defaults);
	jw_open_object(&w, NULL);
	jw_int(&w, "user_rpm", limits->user_rpm);
	jw_int(&w, "tenant_rpm", limits->tenant_rpm);
	jw_close(&w);
	const struct str params[] = {str_from(hex), buf_str(&defaults)};
	ERR_TRY(db_call(db, a, "SELECT * FROM slipway.key_check($1, $2)",
			params, 2, &rows, e));
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
