/*
 * Start and end of what a worker for governed routes needs, and what it reads
 * again in between.
 */
#include "llm/app.h"

#include "auth/refusals.h"
#include "conf/conf.h"
#include "db/db.h"
#include "db/ledger.h"
#include "guard/guard.h"
#include "http/worker.h"
#include "llm/circuit.h"
#include "llm/prices.h"
#include "llm/prompts.h"
#include "llm/upstream.h"

#define APP_ARENA_BYTES ((size_t)16 * 1024 * 1024)

enum err app_open(struct worker *w, void **state, struct errbuf *e)
{
	struct arena arena;

	arena_init(&arena, APP_ARENA_BYTES);
	struct app *const app = ARENA_NEW(&arena, struct app);
	app->arena = arena;
	app->conf = worker_conf(w);
	app->worker = w;
	app->loop = worker_loop(w);
	app->circuits = circuits_new(app, worker_is_cgi(w));
	app->refusals =
		refusals_new(&app->arena, app->conf->limits.unknown_keys_rpm);
	ERR_TRY(guard_new(&app->arena, app->conf, worker_is_cgi(w), &app->guard,
			  e));
	const char *const kept_in =
		worker_is_cgi(w) ? app->conf->server.state_dir : NULL;
	ERR_TRY(prices_new(&app->prices, kept_in, e));
	ERR_TRY(prompts_new(&app->prompts, app->conf, kept_in, e));
	ERR_TRY(db_pool_new(&app->pool, &app->conf->database, worker_name(w),
			    e));
	ERR_TRY(upstream_new(&app->upstream, app->loop, e));
	ERR_TRY(ledger_new(&app->ledger, app->conf,
			   worker_is_cgi(w) ? app->pool : NULL, worker_name(w),
			   e));
	*state = app;
	return ERR_OK;
}

/*
 * Without a database nobody waits for one here: the ledger says so at once.  A
 * process of plain CGI has just begun to connect.
 */
static bool database_is_up(const struct app *app)
{
	return worker_is_cgi(app->worker) ||
	       ledger_state(app->ledger, NULL) == ERR_OK;
}

enum err app_refresh(struct app *app, struct errbuf *e)
{
	const bool prices = prices_stale(app->prices);
	const bool prompts = prompts_stale(app->prompts);
	const bool circuits =
		circuits_stale(app->circuits) && database_is_up(app);
	struct db *db = NULL;
	enum err err = ERR_OK;

	if (!prices && !prompts && !circuits)
		return ERR_OK;
	ERR_TRY(db_pool_get(app->pool, &db, e));
	if (prices)
		err = prices_load(app->prices, db, e);
	if (err == ERR_OK && prompts)
		err = prompts_load(app->prompts, db, e);
	if (err == ERR_OK && circuits)
		err = circuits_load(app->circuits, db, e);
	db_pool_put(app->pool, db);
	return err;
}

void app_close(void *state)
{
	struct app *const app = state;

	ledger_free(app->ledger);
	upstream_free(app->upstream);
	db_pool_free(app->pool);
	prompts_free(app->prompts);
	prices_free(app->prices);
	struct arena arena = app->arena;
	arena_release(&arena);
}
