/*
 * The ledger beside a provider's usage export, which the admin's browser sends.
 * The export is read here and compared in the database; it is stored nowhere.
 */
#include "db/db.h"
#include "http/req.h"
#include "ops/admin_part.h"
#include "ops/usage.h"
#include "json/json.h"

/* An export has few bytes to a row, and each row names all its members. */
#define ROWS_PER_BYTE 16
#define FILTER_BYTES  ((size_t)4096)
#define USAGE_MAX     ((size_t)512 * 1024)

/* {"provider", "rows"} for slipway.report_sql() */
static enum err make_filter(struct req *req, struct str provider,
			    struct str usage, struct buf *out)
{
	struct buf rows;
	struct jw w;
	size_t n = 0;

	if (usage.n > USAGE_MAX)
		return err_set(&req->err, ERR_TOO_LARGE,
			       "the page takes exports of up to 512 KiB; "
			       "`slipway report reconcile` takes larger ones");
	buf_init(&rows, &req->arena, ROWS_PER_BYTE * usage.n + FILTER_BYTES);
	ERR_TRY(usage_read(&req->arena, usage, &rows, &n, &req->err));
	if (n == 0)
		return err_set(&req->err, ERR_INVALID_REQUEST,
			       "the export has no row with a model");
	buf_init(out, &req->arena,
		 2 * buf_str(&rows).n + provider.n + FILTER_BYTES);
	jw_init(&w, out);
	jw_open_object(&w, NULL);
	jw_str(&w, "provider", provider);
	jw_str(&w, "rows", buf_str(&rows));
	jw_close(&w);
	return buf_err(out);
}

/* Body: {"provider", "usage": the export as text, "format": "csv" or none} */
enum err admin_reconcile(struct req *req, struct db *db)
{
	struct str provider = STR("openai");
	struct str usage = STR_NONE;
	struct str format = STR_NONE;
	struct buf filter;
	struct json body;

	ERR_TRY(json_parse(&req->arena, req->body, &body, &req->err));
	ERR_TRY(json_get_str(body, "provider", &provider, &req->err));
	ERR_TRY(json_get_str(body, "usage", &usage, &req->err));
	ERR_TRY(json_get_str(body, "format", &format, &req->err));
	ERR_TRY(make_filter(req, provider, usage, &filter));
	return admin_report_send(req, db, STR("reconcile"), buf_str(&filter),
				 str_eq_c(format, "csv"));
}
