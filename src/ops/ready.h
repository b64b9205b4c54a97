#ifndef SLIPWAY_OPS_READY_H
#define SLIPWAY_OPS_READY_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>

struct arena;
struct conf;
struct db_pool;

/*
 * Readiness: could this host answer a call now?  Cheap: no provider is
 * called.  The database is asked at most once a second, however many probes
 * come, and what our own traffic says of the providers at most every 30 s.
 */
struct ready;

/*
 * pool  borrowed; NULL when there is none because the configuration failed
 * Owns: lives in a.
 */
struct ready *ready_new(struct arena *a, const struct conf *conf,
			struct db_pool *pool);

/*
 * Append {"ok","checks":{"config","database","keys","upstream"}} to out; each
 * check has "ok" and, when it failed, a "detail" that names the setting.
 * config_err, why: what worker_state() said.
 *
 * Returns whether all is well: the answer is 200 or 503.
 * Blocks: at most one query.
 */
bool ready_report(struct ready *r, enum err config_err,
		  const struct errbuf *why, struct buf *out);

#endif
