/*
 * What the admin page shows.  A report is SQL that slipway.report_sql() made:
 * the page gets the rows and that very text, so whoever runs it in psql sees
 * the same.  Values go out as the texts that PostgreSQL gave, so no figure is
 * rounded on the way.
 */
#include "base/num.h"
#include "db/db.h"
#include "http/worker.h"
#include "ops/admin_part.h"
#include "ops/alert.h"
#include "json/json.h"

#include <inttypes.h>
#include <stdio.h>

#define FILTER_BYTES ((size_t)16 * 1024)
#define REPORT_BYTES ((size_t)24 * 1024 * 1024)
#define NUMBER_BYTES 24

/* What slipway.report_sql() can be asked; everything else is ignored. */
static const char *const filters[] = {
	"from",  "until", "tenant",  "user",  "key",   "feature", "provider",
	"model", "state", "outcome", "error", "scope", "search",  "limit",
};
#define NFILTERS (sizeof(filters) / sizeof(filters[0]))

static void add_limit(struct jw *w, const char *name, int64_t pico)
{
	char text[NUMBER_BYTES];

	(void)snprintf(text, sizeof(text), "%" PRId64, pico);
	jw_c(w, name, text);
}

static enum err read_filter(struct req *req, struct buf *out)
{
	const struct conf_limits *const limits =
		&worker_conf(req->worker)->limits;
	struct str value;
	struct jw w;

	jw_init(&w, out);
	jw_open_object(&w, NULL);
	for (size_t i = 0; i < NFILTERS; i++) {
		ERR_TRY(req_query(req, filters[i], &value));
		if (value.n > 0)
			jw_str(&w, filters[i], value);
	}
	add_limit(&w, "system_daily_pico", limits->system_daily_pico);
	add_limit(&w, "tenant_daily_pico", limits->tenant_daily_pico);
	jw_close(&w);
	return buf_err(out);
}

static const char *type_name(enum db_type type)
{
	static const char *const names[] = {
		[DB_TEXT] = "text",       [DB_NUMBER] = "number",
		[DB_BOOLEAN] = "boolean", [DB_TIME] = "time",
		[DB_DATE] = "date",       [DB_JSON] = "json",
	};

	return names[type];
}

static void add_value(struct jw *w, struct str v)
{
	if (v.p == NULL)
		jw_null(w, NULL);
	else
		jw_str(w, NULL, v);
}

/*
 * {"report", "sql", "timezone", "columns": [{"name", "type"}],
 *  "rows": [["text" or null]]}
 */
static void encode_json(struct buf *out, struct str name, struct str sql,
			const struct db_rows *rows)
{
	struct jw w;

	jw_init(&w, out);
	jw_open_object(&w, NULL);
	jw_str(&w, "report", name);
	jw_str(&w, "sql", sql);
	jw_c(&w, "timezone", "UTC");
	jw_open_array(&w, "columns");
	for (size_t col = 0; col < rows->ncols; col++) {
		jw_open_object(&w, NULL);
		jw_str(&w, "name", db_name(rows, col));
		jw_c(&w, "type", type_name(db_type(rows, col)));
		jw_close(&w);
	}
	jw_close(&w);
	jw_open_array(&w, "rows");
	for (size_t row = 0; row < rows->nrows; row++) {
		jw_open_array(&w, NULL);
		for (size_t col = 0; col < rows->ncols; col++)
			add_value(&w, db_str(rows, row, col));
		jw_close(&w);
	}
	jw_close(&w);
	jw_close(&w);
}

/*
 * One cell of RFC 4180.  A spreadsheet takes a text that begins like a formula
 * for one, so that gets an apostrophe.
 */
static void add_cell(struct buf *out, struct str v, enum db_type type)
{
	const bool is_text = type == DB_TEXT || type == DB_JSON;
	const bool formula =
		is_text && v.n > 0 &&
		(v.p[0] == '=' || v.p[0] == '+' || v.p[0] == '-' ||
		 v.p[0] == '@' || v.p[0] == '\t' || v.p[0] == '\r');
	bool quoted = formula;

	for (size_t i = 0; i < v.n && !quoted; i++)
		quoted = v.p[i] == '"' || v.p[i] == ',' || v.p[i] == '\n' ||
			 v.p[i] == '\r';
	if (!quoted) {
		buf_add_str(out, v);
		return;
	}
	buf_add_c(out, formula ? "\"'" : "\"");
	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] == '"')
			buf_add_char(out, '"');
		buf_add_char(out, v.p[i]);
	}
	buf_add_char(out, '"');
}

static void encode_csv(struct buf *out, const struct db_rows *rows)
{
	for (size_t col = 0; col < rows->ncols; col++) {
		buf_add_c(out, col > 0 ? "," : "");
		add_cell(out, db_name(rows, col), DB_TEXT);
	}
	buf_add_c(out, "\r\n");
	for (size_t row = 0; row < rows->nrows; row++) {
		for (size_t col = 0; col < rows->ncols; col++) {
			buf_add_c(out, col > 0 ? "," : "");
			add_cell(out, db_str(rows, row, col),
				 db_type(rows, col));
		}
		buf_add_c(out, "\r\n");
	}
}

/* The SQL of the report of that name. */
static enum err report_sql(struct req *req, struct db *db, struct str name,
			   struct str filter, struct str *sql)
{
	const struct str params[] = {name, filter};
	struct db_rows rows;

	ERR_TRY(db_call(db, &req->arena,
			"SELECT slipway.report_sql($1, $2::jsonb)", params, 2,
			&rows, &req->err));
	if (rows.nrows != 1 || db_str(&rows, 0, 0).p == NULL)
		return err_set(&req->err, ERR_INTERNAL, "report_sql gave none");
	*sql = db_str(&rows, 0, 0);
	return ERR_OK;
}

enum err admin_report_send(struct req *req, struct db *db, struct str name,
			   struct str filter, bool csv)
{
	struct str sql = STR_NONE;
	struct db_rows rows;
	struct buf out;

	ERR_TRY(report_sql(req, db, name, filter, &sql));
	ERR_TRY(db_call(db, &req->arena, sql.p, NULL, 0, &rows, &req->err));
	buf_init(&out, &req->arena, REPORT_BYTES);
	if (csv)
		encode_csv(&out, &rows);
	else
		encode_json(&out, name, sql, &rows);
	ERR_TRY(buf_err(&out));
	if (csv)
		res_headerf(req, "Content-Disposition",
			    "attachment; filename=\"slipway-" STR_FMT ".csv\"",
			    STR_ARG(name));
	return res_send(req, 200,
			csv ? "text/csv; charset=utf-8" : "application/json",
			buf_str(&out));
}

enum err admin_report(struct req *req, struct db *db)
{
	struct str name;
	struct str format;
	struct buf filter;

	ERR_TRY(req_query(req, "name", &name));
	ERR_TRY(req_query(req, "format", &format));
	buf_init(&filter, &req->arena, FILTER_BYTES);
	ERR_TRY(read_filter(req, &filter));
	return admin_report_send(req, db, name, buf_str(&filter),
				 str_eq_c(format, "csv"));
}

enum err admin_request(struct req *req, struct db *db)
{
	struct db_rows rows;
	struct str id;

	ERR_TRY(req_query(req, "id", &id));
	ERR_TRY(db_call(db, &req->arena, "SELECT slipway.request_story($1)",
			&id, 1, &rows, &req->err));
	if (rows.nrows != 1 || db_str(&rows, 0, 0).p == NULL)
		return err_set(&req->err, ERR_NOT_FOUND,
			       "no call of this id was admitted, or its day "
			       "was dropped");
	return res_send(req, 200, "application/json", db_str(&rows, 0, 0));
}

static void add_features(struct jw *w, const struct conf *conf)
{
	jw_open_array(w, "features");
	for (size_t i = 0; i < conf->nfeatures; i++) {
		const struct conf_feature *const f = &conf->features[i];
		jw_open_object(w, NULL);
		jw_c(w, "name", f->name);
		jw_c(w, "prompt_version", f->prompt_version);
		jw_open_array(w, "route");
		for (size_t k = 0; k < f->nroute; k++)
			jw_str(w, NULL, f->route[k]);
		jw_close(w);
		jw_close(w);
	}
	jw_close(w);
}

static void add_usd(struct jw *w, const char *name, int64_t pico)
{
	char text[NUM_USD_BYTES];

	jw_c(w, name, num_format_usd(pico, text));
}

enum err admin_state(struct req *req, struct db *db)
{
	const struct conf *const conf = worker_conf(req->worker);
	struct db_rows rows;
	struct buf out;
	struct jw w;

	ERR_TRY(db_call(db, &req->arena, "SELECT * FROM slipway.pause_list()",
			NULL, 0, &rows, &req->err));
	buf_init(&out, &req->arena, REPORT_BYTES);
	jw_init(&w, &out);
	jw_open_object(&w, NULL);
	jw_c(&w, "service", conf->server.name);
	jw_open_object(&w, "limits");
	add_usd(&w, "user_daily_usd", conf->limits.user_daily_pico);
	add_usd(&w, "tenant_daily_usd", conf->limits.tenant_daily_pico);
	add_usd(&w, "system_daily_usd", conf->limits.system_daily_pico);
	jw_int(&w, "user_rpm", conf->limits.user_rpm);
	jw_int(&w, "tenant_rpm", conf->limits.tenant_rpm);
	jw_close(&w);
	add_features(&w, conf);
	alert_write_rules(&w, "rules");
	jw_open_array(&w, "paused");
	for (size_t i = 0; i < rows.nrows; i++) {
		jw_open_object(&w, NULL);
		jw_str(&w, "feature", db_str(&rows, i, 0));
		jw_str(&w, "reason", db_str(&rows, i, 1));
		jw_close(&w);
	}
	jw_close(&w);
	jw_close(&w);
	ERR_TRY(buf_err(&out));
	return res_send(req, 200, "application/json", buf_str(&out));
}
