/*
 * Changes from the admin page, one at a time, each in the admin's name.  A new
 * API key is made here and only its hash goes to the database.
 */
#include "auth/key.h"
#include "db/db.h"
#include "http/req.h"
#include "ops/admin_part.h"
#include "json/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ARGS_BYTES   ((size_t)64 * 1024)
#define ANSWER_BYTES ((size_t)4 * 1024)
#define ID_BYTES     24

static enum err act(struct req *req, struct db *db, int64_t user_id,
		    struct str action, struct str args, struct db_rows *rows)
{
	char id[ID_BYTES];

	(void)snprintf(id, sizeof(id), "%" PRId64, user_id);
	const struct str params[] = {str_from(id), action, args};
	return db_call(db, &req->arena,
		       "SELECT slipway.admin_act($1, $2, $3::jsonb)", params, 3,
		       rows, &req->err);
}

/* The arguments of key_create or invite_create with what stands for the key. */
static enum err key_args(struct req *req, struct json args, const char *key,
			 struct buf *out)
{
	static const char *const passed[] = {
		"user", "label", "expires_days", "tenant", "email",
		"role", "note",  "daily_usd",    "rpm",
	};
	char prefix[AUTH_PREFIX_BYTES];
	char hash[AUTH_HEX_BYTES];
	struct jw w;

	auth_key_prefix(str_from(key), prefix);
	auth_sha256_hex(str_from(key), hash);
	jw_init(&w, out);
	jw_open_object(&w, NULL);
	for (size_t i = 0; i < sizeof(passed) / sizeof(passed[0]); i++) {
		struct str value = STR_NONE;
		ERR_TRY(json_get_str(args, passed[i], &value, &req->err));
		jw_str(&w, passed[i], value);
	}
	jw_c(&w, "prefix", prefix);
	jw_c(&w, "hash", hash);
	jw_close(&w);
	return buf_err(out);
}

static enum err create(struct req *req, struct db *db, int64_t user_id,
		       struct str action, struct json args, const char *key)
{
	struct db_rows rows;
	struct json made;
	struct buf out;
	struct jw w;

	buf_init(&out, &req->arena, ARGS_BYTES);
	ERR_TRY(key_args(req, args, key, &out));
	ERR_TRY(act(req, db, user_id, action, buf_str(&out), &rows));
	ERR_TRY(json_parse(&req->arena, db_str(&rows, 0, 0), &made, &req->err));
	buf_init(&out, &req->arena, ANSWER_BYTES);
	jw_init(&w, &out);
	jw_open_object(&w, NULL);
	jw_int(&w, "id", json_i64(json_get(made, "id")));
	jw_c(&w, "key", key);
	jw_close(&w);
	ERR_TRY(buf_err(&out));
	return res_send(req, 200, "application/json", buf_str(&out));
}

enum err admin_act(struct req *req, struct db *db, int64_t user_id)
{
	struct str action = STR_NONE;
	struct db_rows rows;
	struct json body;

	ERR_TRY(json_parse(&req->arena, req->body, &body, &req->err));
	ERR_TRY(json_get_str(body, "action", &action, &req->err));
	const struct json args = json_get(body, "args");
	if (json_type(args) != JSON_OBJECT)
		return err_set(&req->err, ERR_INVALID_REQUEST,
			       "\"args\" must be an object");
	const bool invite = str_eq_c(action, "invite_create");
	if (invite || str_eq_c(action, "key_create")) {
		char key[AUTH_KEY_BYTES];
		auth_key_generate(key);
		if (invite) /* as `slipway invite` marks its codes */
			memcpy(key, "inv", 3);
		const enum err err =
			create(req, db, user_id, action, args, key);
		auth_key_wipe(key);
		return err;
	}
	ERR_TRY(act(req, db, user_id, action, json_text(args), &rows));
	return res_send(req, 200, "application/json", db_str(&rows, 0, 0));
}
