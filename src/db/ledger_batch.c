/*
 * What the ledger thread says to PostgreSQL: batches of admissions and of
 * settlements, the spool, the reaper, the schema check.
 *
 * A batch that one entry spoils is sent again entry by entry, so that the bad
 * one fails alone.  An operation leaves its list only when its answer is
 * known; done() is the last thing that happens to it, as its owner may free it
 * there.
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/num.h"
#include "conf/conf.h"
#include "db/db.h"
#include "db/ledger_thread.h"
#include "db/ledger_wire.h"
#include "db/schema.h"
#include "db/spool.h"
#include "db/turn.h"

#include <assert.h>
#include <stdio.h>

#define REPLAY_PAUSE_MS 1000
/* of a batch: with the largest entry on top it fits into a statement */
#define BATCH_BYTES ((size_t)4 * 1024 * 1024)
/* of an entry on disk: a line of the spool is read whole */
#define SPOOLED_BYTES ((size_t)96 * 1024)
#define LOSSES_MAX    2
#define LAST_REPLAYS  8 /* the rest is for the next process */

/* The first entries of a list, as they go over the wire. */
struct batch {
	struct ledger_op *ops[LEDGER_BATCH];
	struct str entries[LEDGER_BATCH];
	size_t n;
};

static void batch_begin(struct batch *b, struct arena *a,
			const struct ledger_list *list)
{
	size_t bytes = 0;

	b->n = 0;
	for (struct ledger_op *op = list->head;
	     op != NULL && b->n < LEDGER_BATCH && bytes < BATCH_BYTES;
	     op = op->next) {
		b->ops[b->n] = op;
		b->entries[b->n] = ledger_wire_entry(a, op);
		bytes += b->entries[b->n].n;
		b->n++;
	}
}

/* The connection is no more. */
static bool gone(const struct ledger *l)
{
	return db_fd(l->db) < 0;
}

/* Is it the fault of one entry, and not of the database as a whole? */
static bool entry_failed(enum err err)
{
	return err != ERR_OK && err != ERR_DB && err != ERR_CONFIG;
}

/* got: what the database said; not looked at when err is a failure */
static void answer_admit(struct ledger *l, struct ledger_op *op, enum err err,
			 const struct ledger_admission *got,
			 const struct errbuf *e)
{
	struct ledger_op *const first = ledger_list_pop(&l->admits);

	assert(first == op && (err != ERR_OK || got != NULL));
	if (err != ERR_OK) {
		op->admission = (struct ledger_admission){.verdict = err,
							  .cap_pico = -1};
		(void)err_set(&op->err, err, "%s", e->detail);
	} else {
		op->admission = *got;
	}
	if (err == ERR_OK && got->verdict == ERR_INTERNAL)
		(void)err_set(&op->err, ERR_INTERNAL,
			      "slipway.admit() gave no verdict");
	if (op->admission.verdict == ERR_OK)
		live_add(&l->live, op->admit.request_id);
	op->done(op);
}

static void answer_settle(struct ledger *l, struct ledger_op *op, enum err err,
			  const struct errbuf *e)
{
	struct ledger_op *const first = ledger_list_pop(&l->settles);

	assert(first == op);
	live_remove(&l->live, op->settle->request_id);
	op->result = err;
	if (err != ERR_OK)
		(void)err_set(&op->err, err, "%s", e->detail);
	op->done(op);
}

/*
 * The connection broke while some of these admissions were under way, and they
 * are given up.  They may stand in the tables although their calls will not be
 * made: settle them at nothing.
 */
static void void_doubtful(struct ledger *l, const struct batch *b)
{
	struct str entries[LEDGER_BATCH];
	struct errbuf e = {.code = ERR_OK};
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++)
		if (b->ops[i]->in_doubt)
			entries[n++] = ledger_wire_void(&l->batch, b->ops[i]);
	if (n > 0 && spool_append(l->spool, entries, n, &e) != ERR_OK)
		log_msg(LOG_ERROR, "spool_failed",
			"%zu admissions that PostgreSQL may have made are "
			"charged in full when their lease ends: %s",
			n, e.detail);
}

/* Refuse the first batch of admissions; why has the detail. */
static void refuse_admits(struct ledger *l, enum err err,
			  const struct errbuf *why)
{
	struct batch b;

	batch_begin(&b, &l->batch, &l->admits);
	void_doubtful(l, &b);
	for (size_t i = 0; i < b.n; i++)
		answer_admit(l, b.ops[i], err, NULL, why);
	arena_clear(&l->batch);
}

/* Send entries from .. from + n; a deadlock or the like gets a second try. */
static enum err send_admits(struct ledger *l, const struct batch *b,
			    size_t from, size_t n, struct ledger_admission *out,
			    struct errbuf *e)
{
	const struct ledger_wire w = {l->db, &l->batch, l->defaults};
	const struct str *const entries = b->entries + from;
	enum err err = ledger_wire_admit(&w, entries, n, out, e);

	if (err == ERR_DB && !gone(l)) {
		err_clear(e);
		err = ledger_wire_admit(&w, entries, n, out, e);
	}
	for (size_t i = from; i < from + n && db_lost(l->db); i++)
		b->ops[i]->in_doubt = true;
	ledger_note(l, err, e);
	return err;
}

static void admit_each(struct ledger *l, const struct batch *b)
{
	for (size_t i = 0; i < b->n; i++) {
		struct ledger_admission got;
		struct errbuf e = {.code = ERR_OK};
		const enum err err = send_admits(l, b, i, 1, &got, &e);

		if (gone(l))
			break; /* this and the rest wait for a connection */
		answer_admit(l, b->ops[i], err, &got, &e);
	}
}

/*
 * An admission that was under way when the connection broke is sent again: the
 * same request_id gets the reservation that it has.
 */
void ledger_run_admits(struct ledger *l)
{
	struct batch b;
	struct ledger_admission got[LEDGER_BATCH];
	struct errbuf e = {.code = ERR_OK};

	batch_begin(&b, &l->batch, &l->admits);
	const enum err err = send_admits(l, &b, 0, b.n, got, &e);
	if (entry_failed(err) && b.n > 1)
		admit_each(l, &b);
	else if (!gone(l))
		for (size_t i = 0; i < b.n; i++)
			answer_admit(l, b.ops[i], err, &got[i], &e);
	l->admit_losses = gone(l) ? l->admit_losses + 1 : 0;
	if (l->admit_losses >= LOSSES_MAX)
		refuse_admits(l, ERR_DB, &e);
	if (gone(l))
		ledger_disconnected(l);
	arena_clear(&l->batch);
}

/* Content and a long answer are not kept on disk; what was spent is. */
static void shorten(struct ledger *l, struct batch *b, size_t i)
{
	if (b->ops[i]->settle->content != NULL) {
		b->ops[i]->settle->content = NULL;
		b->entries[i] = ledger_wire_entry(&l->batch, b->ops[i]);
	}
	if (b->entries[i].n > SPOOLED_BYTES) {
		b->ops[i]->settle->reply = NULL;
		b->entries[i] = ledger_wire_entry(&l->batch, b->ops[i]);
	}
}

/* Keep entries on disk until the database takes them; that is durable. */
static void spool_settles(struct ledger *l, struct batch *b, size_t from)
{
	struct errbuf e = {.code = ERR_OK};

	for (size_t i = from; i < b->n; i++)
		shorten(l, b, i);
	const enum err err =
		spool_append(l->spool, b->entries + from, b->n - from, &e);

	if (err != ERR_OK)
		log_msg(LOG_ERROR, "spool_failed",
			"%zu settlements are lost; their reservations are "
			"charged in full when the lease ends: %s",
			b->n - from, e.detail);
	if (l->connected)
		l->next_replay_ms = clock_mono_ms() + REPLAY_PAUSE_MS;
	for (size_t i = from; i < b->n; i++)
		answer_settle(l, b->ops[i], err, &e);
}

/* An entry that the database will never take. */
static enum err reject(struct ledger *l, struct str entry,
		       const struct errbuf *why)
{
	struct errbuf e = {.code = ERR_OK};
	const enum err err = spool_reject(l->spool, entry, &e);

	log_msg(LOG_ERROR, "settle_rejected",
		"PostgreSQL refuses a settlement (kept in rejected.jsonl: "
		"%s): %s",
		err == ERR_OK ? "yes" : e.detail, why->detail);
	return err;
}

static enum err send_settles(struct ledger *l, const struct str *entries,
			     size_t n, enum ledger_settled *out,
			     struct errbuf *e)
{
	const struct ledger_wire w = {l->db, &l->batch, l->defaults};
	enum err err = ledger_wire_settle(&w, entries, n, out, e);

	if (err == ERR_DB && !gone(l)) {
		err_clear(e);
		err = ledger_wire_settle(&w, entries, n, out, e);
	}
	ledger_note(l, err, e);
	return err;
}

static void answer_settled(struct ledger *l, struct batch *b, size_t i,
			   enum ledger_settled how)
{
	struct ledger_op *const op = b->ops[i];
	struct errbuf e = {.code = ERR_OK};
	enum err err = ERR_OK;

	if (how == LEDGER_UNKNOWN)
		err = err_set(&e, ERR_INTERNAL,
			      "there is no reservation for %s",
			      op->settle->request_id);
	if (how == LEDGER_INVALID) {
		err = err_set(&e, ERR_INTERNAL,
			      "slipway.settle() finds the entry of %s "
			      "malformed",
			      op->settle->request_id);
		shorten(l, b, i);
		(void)reject(l, b->entries[i], &e);
	}
	answer_settle(l, op, err, &e);
}

static void settle_each(struct ledger *l, struct batch *b)
{
	for (size_t i = 0; i < b->n; i++) {
		enum ledger_settled how = LEDGER_UNKNOWN;
		struct errbuf e = {.code = ERR_OK};
		const enum err err =
			send_settles(l, &b->entries[i], 1, &how, &e);

		if (err == ERR_DB || err == ERR_CONFIG) {
			spool_settles(l, b, i);
			break;
		}
		if (err != ERR_OK) {
			shorten(l, b, i);
			(void)reject(l, b->entries[i], &e);
			answer_settle(l, b->ops[i], err, &e);
		} else {
			answer_settled(l, b, i, how);
		}
	}
}

void ledger_run_settles(struct ledger *l)
{
	struct batch b;
	enum ledger_settled how[LEDGER_BATCH];
	struct errbuf e = {.code = ERR_OK};

	batch_begin(&b, &l->batch, &l->settles);
	const enum err err = send_settles(l, b.entries, b.n, how, &e);
	const bool lost = gone(l);
	l->settle_losses = lost ? l->settle_losses + 1 : 0;
	if (err == ERR_OK)
		for (size_t i = 0; i < b.n; i++)
			answer_settled(l, &b, i, how[i]);
	else if (entry_failed(err))
		settle_each(l, &b);
	else if (!lost || l->settle_losses >= LOSSES_MAX)
		spool_settles(l, &b, 0);
	/* else: lost once; they are sent again on the next connection */
	if (gone(l))
		ledger_disconnected(l);
	arena_clear(&l->batch);
}

void ledger_turn_away(struct ledger *l, enum err err, const struct errbuf *why)
{
	struct batch b;

	while (l->admits.head != NULL)
		refuse_admits(l, err, why);
	while (l->settles.head != NULL) {
		batch_begin(&b, &l->batch, &l->settles);
		spool_settles(l, &b, 0);
		arena_clear(&l->batch);
	}
}

/* What came of spooled entries; nobody waits for them any more. */
static enum err note_spooled(struct ledger *l, const struct str *entries,
			     size_t n, const enum ledger_settled *how)
{
	struct errbuf e = {.code = ERR_OK};
	size_t settled = 0;
	size_t unknown = 0;

	(void)err_set(&e, ERR_INTERNAL, "the entry is malformed");
	for (size_t i = 0; i < n; i++) {
		settled += how[i] == LEDGER_SETTLED;
		unknown += how[i] == LEDGER_UNKNOWN;
		if (how[i] == LEDGER_INVALID)
			ERR_TRY(reject(l, entries[i], &e));
	}
	log_msg(LOG_INFO, "spool_replayed",
		"%zu settlements written, %zu were there, %zu without a "
		"reservation",
		settled, n - settled - unknown, unknown);
	return ERR_OK;
}

/* A spool_send_fn. */
static enum err send_spooled(void *arg, const struct str *entries, size_t n)
{
	struct ledger *const l = arg;
	enum ledger_settled how[LEDGER_BATCH];
	struct errbuf e = {.code = ERR_OK};
	const enum err err = send_settles(l, entries, n, how, &e);

	if (err == ERR_OK)
		return note_spooled(l, entries, n, how);
	if (!entry_failed(err))
		return err;
	if (n == 1)
		return reject(l, entries[0], &e);
	for (size_t i = 0; i < n; i++)
		ERR_TRY(send_spooled(arg, entries + i, 1));
	return ERR_OK;
}

void ledger_replay(struct ledger *l)
{
	struct errbuf e = {.code = ERR_OK};
	bool more = false;
	const enum err err = spool_replay(l->spool, send_spooled, l, &more, &e);

	arena_clear(&l->batch);
	l->next_replay_ms = INT64_MAX;
	if (err != ERR_OK)
		l->next_replay_ms = clock_mono_ms() + REPLAY_PAUSE_MS;
	else if (more)
		l->next_replay_ms = 0;
	if (err == ERR_IO)
		log_msg(LOG_ERROR, "spool_failed", "%s", e.detail);
	if (gone(l))
		ledger_disconnected(l);
}

/*
 * The leases of calls under way.  A process that dies stops doing this, and
 * the reaper of another one finds its reservations soon.
 */
void ledger_renew(struct ledger *l)
{
	const int64_t lease_ms = l->conf->limits.lease_ms;
	char lease[24];
	struct buf ids;
	struct errbuf e = {.code = ERR_OK};
	struct db_rows got;

	l->next_renew_ms = clock_mono_ms() + lease_ms / LEDGER_RENEWALS;
	if (l->live.n == 0)
		return;
	buf_init(&ids, &l->batch, (l->live.n + 1) * (ID_REQUEST_BYTES + 4));
	live_array(&l->live, &ids);
	(void)snprintf(lease, sizeof(lease), "%lld", (long long)lease_ms);
	const struct str params[] = {buf_str(&ids), str_from(lease)};
	const enum err err =
		db_call(l->db, &l->batch,
			"SELECT slipway.lease_renew($1::text[], $2::bigint)",
			params, 2, &got, &e);

	ledger_note(l, err, &e);
	if (entry_failed(err))
		log_msg(LOG_ERROR, "renew_failed", "%s", e.detail);
	arena_clear(&l->batch);
	if (gone(l))
		ledger_disconnected(l);
}

void ledger_reap(struct ledger *l)
{
	const struct str rows = STR("100");
	struct errbuf e = {.code = ERR_OK};
	struct db_rows got;
	int64_t reaped = 0;
	const enum err err =
		db_call(l->db, &l->batch, "SELECT slipway.reap($1::int)", &rows,
			1, &got, &e);

	ledger_note(l, err, &e);
	if (err == ERR_OK && got.nrows == 1)
		reaped = db_i64(&got, 0, 0);
	else if (entry_failed(err))
		log_msg(LOG_ERROR, "reap_failed", "%s", e.detail);
	if (reaped > 0)
		log_msg(LOG_WARN, "reaped",
			"%lld reservations of dead workers charged in full",
			(long long)reaped);
	arena_clear(&l->batch);
	l->reaped = true;
	l->next_reap_ms = clock_mono_ms() + LEDGER_REAP_EVERY_MS;
	l->next_replay_ms = 0; /* a dead worker may have left a spool, too */
	if (gone(l))
		ledger_disconnected(l);
}

enum err ledger_check_schema(struct ledger *l, struct errbuf *e)
{
	const char *const kept_in =
		l->pool != NULL ? l->conf->server.state_dir : NULL;
	const enum err err = db_check_schema(l->db, kept_in, &l->batch, e);

	ledger_note(l, err, e);
	l->schema_old = err == ERR_CONFIG;
	l->next_check_ms = INT64_MAX;
	if (err != ERR_OK)
		l->next_check_ms = clock_mono_ms() + LEDGER_CHECK_EVERY_MS;
	arena_clear(&l->batch);
	return gone(l) ? ERR_DB : err;
}

void ledger_last_chores(struct ledger *l)
{
	if (l->schema_old)
		return;
	for (int i = 0;
	     i < LAST_REPLAYS && l->connected && l->next_replay_ms != INT64_MAX;
	     i++)
		ledger_replay(l);
	/* those of a single request take turns */
	if (l->connected && !l->reaped &&
	    (l->pool == NULL || turn_take(l->conf->server.state_dir, "reaped",
					  LEDGER_REAP_EVERY_MS)))
		ledger_reap(l);
}
