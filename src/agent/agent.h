#ifndef SLIPWAY_AGENT_AGENT_H
#define SLIPWAY_AGENT_AGENT_H

#include "base/err.h"

struct req;
struct worker;

/*
 * Agents: a model that may call tools, step by step, until it answers.
 *
 *	POST /agent		{"feature", "message"} or {"run"}
 *	GET  /agent?run=ID	go on with a run, and show it
 *	GET  /agent		the latest runs
 *	POST /agent/confirm	{"run", "step", "confirmed"}
 *	POST /agent/stop	{"run"}
 *
 * All answer with the run (see agent/write.c).  The route hands its requests
 * over.
 */

/*
 * The open() of the route: app_open(), and the tools' schemas are checked.
 * Its close() is app_close().
 */
enum err agent_open(struct worker *w, void **state, struct errbuf *e);

enum err agent_handle(struct req *req, void *state);

#endif
