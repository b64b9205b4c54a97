/*
 * The statements about answers that are kept to be taken up again.
 */
#include "llm/stored.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "conf/conf.h"
#include "db/db.h"
#include "llm/app.h"

#include <inttypes.h>

#define NUMBER_BYTES 24
/* A provider may say all of it at once. */
#define PUT_BYTES (STORED_MAX_BYTES + (size_t)64 * 1024)
/* A writer says that it lives every half second. */
#define STALE_MS 15000

static struct str number(struct arena *a, int64_t n)
{
	struct buf b;

	buf_init(&b, a, NUMBER_BYTES);
	buf_addf(&b, "%" PRId64, n);
	return buf_str(&b);
}

/* One statement on a connection of the pool. */
static enum err ask(struct app *app, struct arena *a, const char *sql,
		    const struct str *params, size_t n, struct db_rows *rows,
		    struct errbuf *e)
{
	struct db *db = NULL;

	ERR_TRY(db_pool_get(app->pool, &db, e));
	const enum err err = db_call(db, a, sql, params, n, rows, e);
	db_pool_put(app->pool, db);
	return err;
}

void stored_put(struct app *app, struct stored_piece *p)
{
	const struct conf_server *const s = &app->conf->server;
	struct errbuf e = {.code = ERR_OK};
	struct db_rows rows;
	struct arena a;

	arena_init(&a, PUT_BYTES);
	const struct str params[] = {
		number(&a, p->tenant_id),
		number(&a, p->user_id),
		str_from(p->request_id),
		number(&a, (int64_t)p->at),
		p->text.n > 0 ? p->text : STR(""),
		p->ended ? STR("t") : STR("f"),
		number(&a, s->resume_grace_ms),
		number(&a, s->resume_keep_ms),
	};
	p->err = ask(app, &a,
		     "SELECT slipway.stream_put($1, $2, $3, $4, $5, $6, $7, "
		     "$8)",
		     params, 8, &rows, &e);
	p->wanted = p->err == ERR_OK && rows.nrows == 1 && db_bool(&rows, 0, 0);
	if (p->err != ERR_OK)
		log_request(LOG_WARN, "stream_not_kept", p->request_id, "%s",
			    e.detail);
	arena_release(&a);
}

static enum stored_state state_of(struct str name)
{
	static const struct {
		const char *name;
		enum stored_state state;
	} names[] = {
		{"open", STORED_OPEN},       {"ended", STORED_ENDED},
		{"waiting", STORED_WAITING}, {"lost", STORED_LOST},
		{"expired", STORED_EXPIRED},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_eq_c(name, names[i].name))
			return names[i].state;
	return STORED_UNKNOWN;
}

enum err stored_read(struct app *app, struct arena *a,
		     const struct stored_place *place, enum stored_state *state,
		     struct str *text, struct errbuf *e)
{
	const struct str params[] = {
		number(a, place->tenant_id), number(a, place->user_id),
		place->request_id,           number(a, place->last_id),
		number(a, STALE_MS),
	};
	struct db_rows rows;

	ERR_TRY(ask(app, a,
		    "SELECT state, piece FROM slipway.stream_read($1, $2, $3, "
		    "$4, $5)",
		    params, 5, &rows, e));
	if (rows.nrows != 1)
		return err_set(e, ERR_DB, "stream_read gave %zu rows",
			       rows.nrows);
	*state = state_of(db_str(&rows, 0, 0));
	*text = db_str(&rows, 0, 1);
	return ERR_OK;
}

enum err stored_stop(struct app *app, struct arena *a,
		     const struct stored_place *place, struct errbuf *e)
{
	const struct str params[] = {
		number(a, place->tenant_id),
		number(a, place->user_id),
		place->request_id,
		number(a, app->conf->server.resume_keep_ms),
	};

	return ask(app, a, "SELECT slipway.stream_stop($1, $2, $3, $4)", params,
		   4, NULL, e);
}
