#ifndef SLIPWAY_OPS_METRICS_H
#define SLIPWAY_OPS_METRICS_H

#include "base/err.h"

struct errbuf;
struct req;
struct worker;

/*
 * GET /metrics: Prometheus' text format, from the ledger, so it is right with
 * any number of processes and hosts.  For who has the token of [admin]
 * metrics_token_file, for admins, and with metrics_loopback for this machine.
 */

/* The open() and close() of the route. */
enum err metrics_open(struct worker *w, void **state, struct errbuf *e);
void metrics_close(void *state);

/*
 * Answer it.  Returns ERR_OK, or what the worker answers: ERR_UNAUTHORIZED,
 * ERR_FORBIDDEN, ERR_DB.  Blocks: on the database.
 */
enum err metrics_handle(struct req *req, void *state);

#endif
