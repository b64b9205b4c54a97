/*
 * Ledger entries as JSON, and the rows that come back.  Pure translation: no
 * threads, no retries (those are in ledger.c and ledger_batch.c).
 */
#include "db/ledger_wire.h"

#include "base/arena.h"
#include "conf/conf.h"
#include "db/db.h"
#include "db/ledger.h"
#include "json/json.h"

#include <assert.h>
#include <string.h>

/* fields and attempts, and texts of which each byte is escaped */
#define ENTRY_MAX_BYTES                                   \
	((size_t)64 * 1024 + 6 * LEDGER_REPLY_MAX_BYTES + \
	 12 * LEDGER_CONTENT_MAX_BYTES)
#define BATCH_MAX_BYTES ((size_t)8 * 1024 * 1024)

const char *ledger_outcome_name(enum ledger_outcome o)
{
	static const char *const names[] = {
		[LEDGER_DONE] = "done",
		[LEDGER_PARTIAL] = "partial",
		[LEDGER_CLIENT_GONE] = "client_gone",
		[LEDGER_FAILED] = "failed",
		[LEDGER_BLOCKED] = "blocked",
		[LEDGER_ABANDONED] = "abandoned",
	};

	return names[o];
}

const char *ledger_basis_name(enum ledger_basis b)
{
	static const char *const names[] = {
		[LEDGER_BASIS_PROVIDER_USAGE] = "provider_usage",
		[LEDGER_BASIS_ESTIMATED] = "estimated",
		[LEDGER_BASIS_PARTIAL] = "partial",
		[LEDGER_BASIS_NONE] = "none",
		[LEDGER_BASIS_PESSIMISTIC] = "pessimistic",
	};

	return names[b];
}

void ledger_defaults(struct buf *out, const struct conf_limits *limits)
{
	struct jw w;

	jw_init(&w, out);
	jw_open_object(&w, NULL);
	jw_int(&w, "user_rpm", limits->user_rpm);
	jw_int(&w, "tenant_rpm", limits->tenant_rpm);
	jw_int(&w, "user_daily_pico", limits->user_daily_pico);
	jw_int(&w, "tenant_daily_pico", limits->tenant_daily_pico);
	jw_int(&w, "system_daily_pico", limits->system_daily_pico);
	jw_close(&w);
}

/* fresh: the database cannot have heard of it */
static void write_admit(struct jw *w, const struct ledger_admit *q, bool fresh)
{
	char hash[2 * LEDGER_HASH_BYTES + 1];

	id_hex(q->key_hash, sizeof(q->key_hash), hash);
	jw_open_object(w, NULL);
	jw_c(w, "key_hash", hash);
	jw_c(w, "request_id", q->request_id);
	jw_c(w, "feature", q->feature);
	jw_bool(w, "needs_admin", q->needs_admin);
	jw_bool(w, "fresh", fresh);
	if (q->needs_admin)
		jw_c(w, "model", q->model);
	jw_int(w, "input_pico", q->input_pico);
	jw_int(w, "output_pico", q->output_pico);
	jw_int(w, "max_output_tokens", q->max_output_tokens);
	jw_int(w, "min_output_tokens", q->min_output_tokens);
	jw_int(w, "lease_ms", q->lease_ms);
	jw_close(w);
}

/* a duration, or null for "there was none" */
static void write_ms(struct jw *w, const char *name, int64_t ms)
{
	if (ms < 0)
		jw_null(w, name);
	else
		jw_int(w, name, ms);
}

static void write_usage(struct jw *w, const struct ledger_usage *u)
{
	jw_int(w, "input_tokens", u->input_tokens);
	jw_int(w, "cache_read_tokens", u->cache_read_tokens);
	jw_int(w, "cache_write_tokens", u->cache_write_tokens);
	jw_int(w, "cache_write_1h_tokens", u->cache_write_1h_tokens);
	jw_int(w, "output_tokens", u->output_tokens);
	jw_int(w, "reasoning_tokens", u->reasoning_tokens);
}

static void write_attempt(struct jw *w, const struct ledger_attempt *t)
{
	jw_open_object(w, NULL);
	jw_str(w, "model_route", t->model_route);
	jw_c(w, "result", err_entry(t->result)->code);
	jw_int(w, "http_status", t->http_status);
	write_ms(w, "ttft_ms", t->ttft_ms);
	jw_int(w, "latency_ms", t->latency_ms);
	jw_close(w);
}

static void write_guard(struct jw *w, const struct ledger_guard *g)
{
	jw_open_object(w, NULL);
	jw_c(w, "phase", g->phase);
	jw_c(w, "kind", g->kind);
	jw_c(w, "action", g->action);
	jw_int(w, "n", g->n);
	jw_int(w, "us", g->us);
	jw_close(w);
}

static void write_texts(struct jw *w, const struct ledger_settle *s)
{
	if (s->reply != NULL) {
		jw_open_object(w, "reply");
		jw_int(w, "status", s->reply->status);
		jw_c(w, "content_type", s->reply->content_type);
		jw_str(w, "body", s->reply->body);
		jw_close(w);
	}
	if (s->content != NULL) {
		jw_open_object(w, "content");
		jw_c(w, "form", s->content->form);
		jw_str(w, "question", s->content->question);
		jw_str(w, "answer", s->content->answer);
		jw_bool(w, "cut", s->content->cut);
		jw_int(w, "days", s->content->days);
		jw_close(w);
	}
}

static void write_settle(struct jw *w, const struct ledger_settle *s)
{
	assert(s->nattempts <= LEDGER_MAX_ATTEMPTS);
	jw_open_object(w, NULL);
	jw_c(w, "request_id", s->request_id);
	jw_c(w, "outcome", ledger_outcome_name(s->outcome));
	jw_c(w, "basis", ledger_basis_name(s->basis));
	jw_c(w, "error", err_entry(s->error)->code);
	jw_int(w, "cost_pico", s->cost_pico);
	write_usage(w, &s->usage);
	jw_c(w, "model_route", s->model_route);
	jw_c(w, "prompt_version", s->prompt_version);
	jw_c(w, "trace_id", s->trace_id);
	if (s->parent_span[0] != '\0')
		jw_c(w, "parent_span", s->parent_span);
	jw_bool(w, "stream", s->stream);
	jw_int(w, "fallback_tier", s->fallback_tier);
	write_ms(w, "ttft_ms", s->ttft_ms);
	jw_int(w, "latency_ms", s->latency_ms);
	jw_open_array(w, "attempts");
	for (size_t i = 0; i < s->nattempts; i++)
		write_attempt(w, &s->attempts[i]);
	jw_close(w);
	if (s->nguards > 0)
		jw_open_array(w, "guards");
	for (size_t i = 0; i < s->nguards; i++)
		write_guard(w, &s->guards[i]);
	if (s->nguards > 0)
		jw_close(w);
	write_texts(w, s);
	jw_close(w);
}

struct str ledger_wire_entry(struct arena *a, const struct ledger_op *op)
{
	struct buf out;
	struct jw w;

	buf_init(&out, a, ENTRY_MAX_BYTES);
	jw_init(&w, &out);
	if (op->kind == LEDGER_ADMIT)
		write_admit(&w, &op->admit, !op->in_doubt);
	else
		write_settle(&w, op->settle);
	assert(!out.full); /* fields and attempts have fixed ceilings */
	return buf_str(&out);
}

struct str ledger_wire_void(struct arena *a, const struct ledger_op *admit)
{
	struct ledger_settle *const s = ARENA_NEW(a, struct ledger_settle);
	const struct ledger_op op = {.kind = LEDGER_SETTLE, .settle = s};

	memcpy(s->request_id, admit->admit.request_id, sizeof(s->request_id));
	s->outcome = LEDGER_FAILED;
	s->basis = LEDGER_BASIS_NONE;
	s->error = ERR_DB;
	s->ttft_ms = -1;
	return ledger_wire_entry(a, &op);
}

/* [entry,entry] */
static struct str join(struct arena *a, const struct str *entries, size_t n)
{
	struct buf out;

	buf_init(&out, a, BATCH_MAX_BYTES);
	buf_add_char(&out, '[');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_add_char(&out, ',');
		buf_add_str(&out, entries[i]);
	}
	buf_add_char(&out, ']');
	assert(!out.full);
	return buf_str(&out);
}

/* The columns of slipway.admit(), in the order of admit_sql. */
enum admit_col {
	ADMIT_IDX,
	ADMIT_VERDICT,
	ADMIT_TENANT_ID,
	ADMIT_USER_ID,
	ADMIT_KEY_ID,
	ADMIT_IS_ADMIN,
	ADMIT_GRANTED,
	ADMIT_RESERVED,
	ADMIT_RETRY_AFTER,
	ADMIT_RESET,
	ADMIT_LIMIT_RPM,
	ADMIT_REMAINING_RPM,
	ADMIT_RESET_RPM,
	ADMIT_CAP,
	ADMIT_CAP_LEFT
};

static const char admit_sql[] =
	"SELECT idx, verdict, tenant_id, user_id, key_id, is_admin, "
	"granted_output_tokens, reserved_pico, retry_after_ms, reset_ms, "
	"limit_rpm, remaining_rpm, reset_rpm_ms, cap_pico, cap_left_pico "
	"FROM slipway.admit($1::jsonb, $2::jsonb)";

static void read_admission(const struct db_rows *r, size_t i, struct arena *a,
			   struct ledger_admission *out)
{
	const char *const code = str_dup(a, db_str(r, i, ADMIT_VERDICT));

	out->verdict = err_from_code(code);
	out->tenant_id = db_i64(r, i, ADMIT_TENANT_ID);
	out->user_id = db_i64(r, i, ADMIT_USER_ID);
	out->key_id = db_i64(r, i, ADMIT_KEY_ID);
	out->is_admin = db_bool(r, i, ADMIT_IS_ADMIN);
	out->granted_output_tokens = db_i64(r, i, ADMIT_GRANTED);
	out->reserved_pico = db_i64(r, i, ADMIT_RESERVED);
	out->retry_after_ms = db_i64(r, i, ADMIT_RETRY_AFTER);
	out->reset_ms = db_i64(r, i, ADMIT_RESET);
	out->limit_rpm = db_i64(r, i, ADMIT_LIMIT_RPM);
	out->remaining_rpm = db_i64(r, i, ADMIT_REMAINING_RPM);
	out->reset_rpm_ms = db_i64(r, i, ADMIT_RESET_RPM);
	out->cap_pico = -1;
	if (db_str(r, i, ADMIT_CAP).p != NULL)
		out->cap_pico = db_i64(r, i, ADMIT_CAP);
	out->cap_left_pico = db_i64(r, i, ADMIT_CAP_LEFT);
}

/*
 * Which entry row i is about; n when it is none of them.  idx counts from 0.
 */
static size_t row_index(const struct db_rows *r, size_t i, size_t n)
{
	const int64_t idx = db_i64(r, i, 0);

	return idx >= 0 && (size_t)idx < n ? (size_t)idx : n;
}

enum err ledger_wire_admit(const struct ledger_wire *w,
			   const struct str *entries, size_t n,
			   struct ledger_admission *out, struct errbuf *e)
{
	const struct str params[] = {join(w->arena, entries, n), w->defaults};
	struct db_rows rows;

	ERR_TRY(db_call_often(w->db, w->arena, admit_sql, params, 2, &rows, e));
	for (size_t i = 0; i < n; i++)
		out[i] = (struct ledger_admission){.verdict = ERR_INTERNAL};
	for (size_t i = 0; i < rows.nrows; i++) {
		const size_t k = row_index(&rows, i, n);
		if (k < n)
			read_admission(&rows, i, w->arena, &out[k]);
	}
	return ERR_OK;
}

static const char settle_sql[] =
	"SELECT idx, result FROM slipway.settle($1::jsonb)";

static enum ledger_settled read_settled(struct str word)
{
	if (str_eq_c(word, "settled"))
		return LEDGER_SETTLED;
	if (str_eq_c(word, "duplicate"))
		return LEDGER_DUPLICATE;
	return str_eq_c(word, "unknown") ? LEDGER_UNKNOWN : LEDGER_INVALID;
}

enum err ledger_wire_settle(const struct ledger_wire *w,
			    const struct str *entries, size_t n,
			    enum ledger_settled *out, struct errbuf *e)
{
	const struct str params[] = {join(w->arena, entries, n)};
	struct db_rows rows;

	ERR_TRY(db_call_often(w->db, w->arena, settle_sql, params, 1, &rows,
			      e));
	for (size_t i = 0; i < n; i++)
		out[i] = LEDGER_INVALID;
	for (size_t i = 0; i < rows.nrows; i++) {
		const size_t k = row_index(&rows, i, n);
		if (k < n)
			out[k] = read_settled(db_str(&rows, i, 1));
	}
	return ERR_OK;
}
