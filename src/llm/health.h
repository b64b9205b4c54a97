#ifndef SLIPWAY_LLM_HEALTH_H
#define SLIPWAY_LLM_HEALTH_H

#include "base/err.h"

struct req;
struct worker;

/* The open() of its route: app_open() and places for probes. */
ERR_MUST_USE enum err llm_health_open(struct worker *w, void **state,
				      struct errbuf *e);

/*
 * The handler of GET /health/llm?feature=: can the models of a feature's route
 * be reached?  What people's traffic of the last probe_interval says comes
 * first.  Where it says nothing, one process in all asks a real question, at
 * most once in probe_interval, as a call like all others: admitted, capped by
 * probe_daily_usd, recorded for the user `probe`.  The rest get its result.
 *
 * 200 {"ok":true,…} or 503 {"ok":false,…} with the reason.
 *
 * state  struct app
 * Blocks: up to two queries.
 */
enum err llm_health(struct req *req, void *state);

#endif
