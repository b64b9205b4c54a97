/*
 * Statements on a connection and their rows.  Every wait has a deadline of our
 * own, because a server that hangs does not enforce statement_timeout; after
 * it the connection is dropped, as nothing else can be said on it.
 */
#include "base/clock.h"
#include "base/num.h"
#include "conf/conf.h"
#include "db/conn.h"
#include "db/db.h"

#include <assert.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

/* The server's own statement_timeout shall fire first: it is tidier. */
#define DEADLINE_SLACK_MS 1000

static void clear_result(void *res)
{
	PQclear(res);
}

/* Our connection is of no use any more; the statement's fate is unknown. */
static enum err lost(struct db *db, struct errbuf *e, const char *why)
{
	char msg[ERR_DETAIL_BYTES];

	(void)db_message(db, msg);
	db->lost = true;
	db->in_transaction = false;
	db_drop(db);
	return err_set(e, ERR_DB, "database connection lost: %.200s",
		       why != NULL ? why : msg);
}

static enum err flush(struct db *db, int64_t deadline_ms, struct errbuf *e)
{
	for (;;) {
		const int left = PQflush(db->conn);
		if (left == 0)
			return ERR_OK;
		if (left < 0)
			return lost(db, e, NULL);
		if (!db_poll(PQsocket(db->conn), POLLIN | POLLOUT, deadline_ms))
			return lost(db, e, "it takes no more data");
		/* the server may be sending while we are: read, or deadlock */
		if (PQconsumeInput(db->conn) == 0)
			return lost(db, e, NULL);
	}
}

/* The next result of the statement, or NULL in *res after the last. */
static enum err next_result(struct db *db, int64_t deadline_ms, PGresult **res,
			    struct errbuf *e)
{
	*res = NULL;
	while (PQisBusy(db->conn)) {
		if (!db_poll(PQsocket(db->conn), POLLIN, deadline_ms))
			return lost(db, e,
				    "no answer in time ([database] "
				    "statement_timeout)");
		if (PQconsumeInput(db->conn) == 0)
			return lost(db, e, NULL);
	}
	*res = PQgetResult(db->conn);
	return ERR_OK;
}

struct state_class {
	const char *prefix;
	enum err err;
};

/* What an SQLSTATE means; the first that fits, so longer ones stand first. */
static enum err class_of(const char *sqlstate)
{
	static const struct state_class classes[] = {
		{"57014", ERR_DB},     /* statement_timeout */
		{"55P03", ERR_DB},     /* lock_timeout */
		{"40", ERR_DB},        /* serialization, deadlock */
		{"08", ERR_DB},        /* connection */
		{"53", ERR_DB},        /* out of disk, memory, connections */
		{"57", ERR_DB},        /* shutdown, starting up */
		{"58", ERR_DB},        /* the server's own I/O */
		{"25006", ERR_DB},     /* a standby: wait for the new primary */
		{"3F000", ERR_CONFIG}, /* no such schema */
		{"42883", ERR_CONFIG}, /* no such function */
		{"42P01", ERR_CONFIG}, /* no such table */
		{"42703", ERR_CONFIG}, /* no such column */
		{"42501", ERR_CONFIG}, /* not granted to this role */
	};

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (str_starts(str_from(sqlstate), str_from(classes[i].prefix)))
			return classes[i].err;
	return ERR_INTERNAL;
}

static const char *field(const PGresult *res, int code)
{
	const char *const v = PQresultErrorField(res, code);

	return v != NULL ? v : "";
}

/* The enum err and detail of a failed result. */
static enum err result_failed(const PGresult *res, struct errbuf *e)
{
	const char *const state = field(res, PG_DIAG_SQLSTATE);
	const char *const msg = field(res, PG_DIAG_MESSAGE_PRIMARY);
	const char *hint = "";
	const enum err err = class_of(state);

	if (strlen(state) + 1 == DB_SQLSTATE_BYTES &&
	    strncmp(state, "SW", 2) == 0)
		return err_set(
			e, err_from_code(field(res, PG_DIAG_MESSAGE_DETAIL)),
			"%.240s", msg); /* written for people */
	if (err == ERR_CONFIG)
		hint = "; run `slipway migrate` and see [database] dsn";
	if (state[0] == '\0')
		return err_set(e, ERR_INTERNAL, "unexpected result: %.200s",
			       PQresultErrorMessage(res));
	return err_set(e, err, "SQLSTATE %s: %.160s%s", state, msg, hint);
}

static bool result_ok(const PGresult *res)
{
	const ExecStatusType s = PQresultStatus(res);

	return s == PGRES_TUPLES_OK || s == PGRES_COMMAND_OK ||
	       s == PGRES_EMPTY_QUERY;
}

/*
 * Read all results of what was sent.  The first failure counts; without one
 * the last result is the answer.  *last is owned by the caller, may be NULL.
 */
static enum err collect(struct db *db, int64_t deadline_ms, PGresult **last,
			struct errbuf *e)
{
	enum err err = ERR_OK;

	ERR_TRY(flush(db, deadline_ms, e));
	for (;;) {
		PGresult *res = NULL;
		ERR_TRY(next_result(db, deadline_ms, &res, e));
		if (res == NULL)
			return err;
		if (err == ERR_OK && !result_ok(res)) {
			err = result_failed(res, e);
			(void)snprintf(db->sqlstate, sizeof(db->sqlstate), "%s",
				       field(res, PG_DIAG_SQLSTATE));
		}
		PQclear(*last);
		*last = res;
	}
}

/* Tidy up after a statement: is the connection still good? */
static void after_call(struct db *db, enum err err)
{
	if (db->conn == NULL)
		return;
	const PGTransactionStatusType t = PQtransactionStatus(db->conn);
	db->in_transaction = t == PQTRANS_INTRANS || t == PQTRANS_INERROR;
	if (PQstatus(db->conn) != CONNECTION_BAD)
		return;
	db->lost = err != ERR_OK;
	db->in_transaction = false;
	db_drop(db);
}

static const char *const *text_params(struct arena *a, const struct str *params,
				      size_t n)
{
	const char **const out = ARENA_ARRAY(a, n, const char *);

	for (size_t i = 0; i < n; i++) {
		if (params[i].p == NULL)
			continue;
		if (memchr(params[i].p, '\0', params[i].n) != NULL)
			return NULL;
		out[i] = str_dup(a, params[i]);
	}
	return out;
}

/* Make ready for a statement. */
static enum err begin(struct db *db, struct errbuf *e)
{
	db->lost = false;
	db->sqlstate[0] = '\0';
	return db_ready(db, e);
}

/* The answer to what was sent; *res as in collect(). */
static enum err answered(struct db *db, PGresult **res, struct errbuf *e)
{
	const int64_t limit_ms = db->conf->statement_timeout_ms;
	const int64_t deadline_ms =
		limit_ms > 0 ? clock_mono_ms() + limit_ms + DEADLINE_SLACK_MS
			     : 0;
	const enum err err = collect(db, deadline_ms, res, e);

	after_call(db, err);
	return err;
}

enum err db_prepare(struct db *db, const char *name, const char *sql,
		    size_t nparams, struct errbuf *e)
{
	PGresult *res = NULL;

	ERR_TRY(begin(db, e));
	if (PQsendPrepare(db->conn, name, sql, (int)nparams, NULL) == 0)
		return lost(db, e, NULL);
	const enum err err = answered(db, &res, e);
	PQclear(res);
	return err;
}

static int send_statement(PGconn *conn, const struct db_statement *st,
			  const char *const *values)
{
	const int n = (int)st->nparams;

	if (st->sql == NULL)
		return PQsendQueryPrepared(conn, st->name, n, values, NULL,
					   NULL, 0);
	return PQsendQueryParams(conn, st->sql, n, NULL, values, NULL, NULL, 0);
}

enum err db_run(struct db *db, struct arena *a, const struct db_statement *st,
		struct db_rows *out, struct errbuf *e)
{
	const char *const *const values =
		text_params(a, st->params, st->nparams);
	PGresult *res = NULL;

	if (out != NULL)
		*out = (struct db_rows){NULL, 0, 0};
	if (values == NULL)
		return err_set(e, ERR_INVALID_REQUEST,
			       "a text holds a NUL byte");
	ERR_TRY(begin(db, e));
	if (send_statement(db->conn, st, values) == 0)
		return lost(db, e, NULL);
	const enum err err = answered(db, &res, e);
	if (res != NULL)
		arena_defer(a, clear_result, res);
	if (err == ERR_OK && out != NULL && res != NULL)
		*out = (struct db_rows){res, (size_t)PQntuples(res),
					(size_t)PQnfields(res)};
	return err;
}

enum err db_call(struct db *db, struct arena *a, const char *sql,
		 const struct str *params, size_t nparams, struct db_rows *out,
		 struct errbuf *e)
{
	const struct db_statement st = {
		.sql = sql, .params = params, .nparams = nparams};

	return db_run(db, a, &st, out, e);
}

/*
 * The line of sql at which the server found the fault; 0 when it did not say.
 * It counts in characters, not bytes, from 1.
 */
static int line_of(const PGresult *res, const char *sql)
{
	int64_t chars = 0;
	int line = 1;

	if (num_parse_i64(str_from(field(res, PG_DIAG_STATEMENT_POSITION)), 1,
			  INT64_MAX, &chars) != ERR_OK)
		return 0;
	for (; *sql != '\0' && chars > 0; sql++) {
		chars -= ((unsigned char)*sql & 0xC0) != 0x80;
		line += *sql == '\n' && chars > 0;
	}
	return line;
}

enum err db_script(struct db *db, const char *sql, struct errbuf *e)
{
	PGresult *res = NULL;
	struct errbuf why = {.code = ERR_OK};

	ERR_TRY(begin(db, e));
	if (PQsendQuery(db->conn, sql) == 0)
		return lost(db, e, NULL);
	const enum err err = collect(db, 0, &res, &why);
	after_call(db, err);
	const int line = err != ERR_OK && res != NULL ? line_of(res, sql) : 0;
	PQclear(res);
	if (err == ERR_OK)
		return ERR_OK;
	if (line == 0)
		return err_set(e, err, "%s", why.detail);
	return err_set(e, err, "line %d: %.230s", line, why.detail);
}

struct str db_str(const struct db_rows *r, size_t row, size_t col)
{
	assert(row < r->nrows && col < r->ncols);
	const PGresult *const res = r->res;
	const int i = (int)row;
	const int j = (int)col;
	if (PQgetisnull(res, i, j))
		return STR_NONE;
	return (struct str){PQgetvalue(res, i, j),
			    (size_t)PQgetlength(res, i, j)};
}

int64_t db_i64(const struct db_rows *r, size_t row, size_t col)
{
	const struct str s = db_str(r, row, col);
	int64_t v = 0;

	if (s.p == NULL)
		return 0;
	const enum err err = num_parse_i64(s, INT64_MIN, INT64_MAX, &v);
	assert(err == ERR_OK); /* the SQL says bigint */
	return v;
}

bool db_bool(const struct db_rows *r, size_t row, size_t col)
{
	return str_eq_c(db_str(r, row, col), "t");
}

struct str db_name(const struct db_rows *r, size_t col)
{
	assert(col < r->ncols);
	const PGresult *const res = r->res;
	return str_from(PQfname(res, (int)col));
}

/* Numbers of types, as PostgreSQL fixed them long ago (pg_type.dat). */
enum db_type db_type(const struct db_rows *r, size_t col)
{
	assert(col < r->ncols);
	const PGresult *const res = r->res;
	switch (PQftype(res, (int)col)) {
	case 16: /* boolean */
		return DB_BOOLEAN;
	case 20: /* bigint, smallint, integer, numeric */
	case 21:
	case 23:
	case 1700:
		return DB_NUMBER;
	case 1082:
		return DB_DATE;
	case 1184: /* timestamptz */
		return DB_TIME;
	case 114: /* json, jsonb */
	case 3802:
		return DB_JSON;
	default:
		return DB_TEXT;
	}
}
