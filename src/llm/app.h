#ifndef SLIPWAY_LLM_APP_H
#define SLIPWAY_LLM_APP_H

#include "base/arena.h"
#include "base/err.h"
#include "llm/retry.h"

struct circuits;
struct conf;
struct db_pool;
struct guard;
struct ledger;
struct loop;
struct prices;
struct probe;
struct prompts;
struct refusals;
struct upstream;
struct worker;

/*
 * What the calls of one worker share.  Made once by the route's open(), read
 * only afterwards; each part says itself which threads may use it.
 */
struct app {
	struct arena arena;
	const struct conf *conf;
	struct worker *worker;
	struct loop *loop;
	struct db_pool *pool;      /* intake threads: retrieval, prices */
	struct ledger *ledger;     /* any thread */
	struct prices *prices;     /* any thread */
	const struct guard *guard; /* any thread */
	struct prompts *prompts;   /* any thread */
	struct refusals *refusals; /* any thread */
	struct circuits *circuits; /* any thread */
	struct upstream *upstream; /* loop thread */
	struct retry_budget retry; /* loop thread */
	struct probe *probes;      /* llm/health; NULL elsewhere */
};

/*
 * The open() and close() of every governed route.  A database or provider
 * that is down is no error here: it shows in the answers and in /ready.
 *
 * Blocks: does not wait for the database.
 */
enum err app_open(struct worker *w, void **state, struct errbuf *e);
void app_close(void *state);

/*
 * Read prices, prompts and circuits again where they are too old: once a
 * minute, and once in two seconds.  Intake threads only.
 *
 * Returns ERR_OK, or ERR_DB or ERR_CONFIG with the reason in e.
 * Blocks: for a connection and three short statements.
 */
ERR_MUST_USE enum err app_refresh(struct app *app, struct errbuf *e);

#endif
