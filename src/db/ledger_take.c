/*
 * Takes: the ledger thread asks slipway.outgoing_take() whether requests may
 * go out to a provider, a batch at a time.  They come first, so a call that is
 * settled meanwhile has its answer before.
 */
#include "base/arena.h"
#include "base/log.h"
#include "db/db.h"
#include "db/ledger_thread.h"
#include "json/json.h"

#define BATCH_MAX_BYTES ((size_t)64 * 1024)

static struct str entries(struct ledger *l, size_t *n)
{
	struct buf out;
	struct jw w;

	buf_init(&out, &l->batch, BATCH_MAX_BYTES);
	jw_init(&w, &out);
	jw_open_array(&w, NULL);
	*n = 0;
	for (const struct ledger_op *op = l->takes.head;
	     op != NULL && *n < LEDGER_BATCH; op = op->next) {
		jw_open_object(&w, NULL);
		jw_c(&w, "name", op->take.name);
		jw_int(&w, "rpm", op->take.rpm);
		jw_int(&w, "tpm", op->take.tpm);
		jw_int(&w, "tokens", op->take.tokens);
		jw_close(&w);
		(*n)++;
	}
	jw_close(&w);
	return buf_str(&out);
}

/* The rows are in the order of the entries. */
static void answer(struct ledger *l, size_t n, enum err err,
		   const struct db_rows *rows, const struct errbuf *e)
{
	for (size_t i = 0; i < n; i++) {
		struct ledger_op *const op = ledger_list_pop(&l->takes);
		op->take.wait_ms = 0;
		op->result = err;
		if (err != ERR_OK)
			(void)err_set(&op->err, err, "%s", e->detail);
		else if (i < rows->nrows)
			op->take.wait_ms = db_i64(rows, i, 1);
		op->done(op);
	}
}

static void run_batch(struct ledger *l)
{
	struct errbuf e = {.code = ERR_OK};
	struct db_rows rows = {.nrows = 0};
	enum err err = ERR_OK;
	size_t n = 0;
	const struct str params[] = {entries(l, &n)};

	if (l->connected && !l->schema_old)
		err = db_call(l->db, &l->batch,
			      "SELECT idx, wait_ms FROM "
			      "slipway.outgoing_take($1::jsonb)",
			      params, 1, &rows, &e);
	else
		err = err_set(&e, ERR_DB, "no database");
	if (err != ERR_OK)
		log_msg(LOG_WARN, "outgoing_limits_off", "%s", e.detail);
	answer(l, n, err, &rows, &e);
	arena_clear(&l->batch);
	if (l->connected && db_fd(l->db) < 0)
		ledger_disconnected(l);
}

void ledger_run_takes(struct ledger *l)
{
	while (l->takes.head != NULL)
		run_batch(l);
}
