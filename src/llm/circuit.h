#ifndef SLIPWAY_LLM_CIRCUIT_H
#define SLIPWAY_LLM_CIRCUIT_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct app;
struct conf_provider;
struct db;
struct upstream_quota;

/*
 * What this process knows of the providers: circuits that are open, drills,
 * exhausted quotas.  Shared with all processes through PostgreSQL, where only
 * transitions are written and which is read again when older than two seconds.
 *
 *	CLOSED --breaker_failures in a row--> OPEN --its time is over-->
 *	one call of all processes claims a try --answers--> CLOSED
 *	                                       --fails----> OPEN, twice as long
 *
 * A process of plain CGI sees one call only, so there every failure is
 * written, and what one has read the others know for those two seconds
 * (db/kept.h).  Safe from any thread.
 */
struct circuits;

/* One model of a provider; found once, at the start of a call. */
struct circuit;

/* Owns: lives as long as app, in its arena. */
struct circuits *circuits_new(struct app *app, bool cgi);

/* True when the shared state was never read or is over two seconds old. */
bool circuits_stale(struct circuits *cs);

/*
 * Read the shared state.  Without a database what is known stays.
 * Blocks: one query.
 */
ERR_MUST_USE enum err circuits_load(struct circuits *cs, struct db *db,
				    struct errbuf *e);

/*
 * The circuit of "provider/model"; NULL when there are too many models, then
 * it is always closed.  model_route is copied.
 */
struct circuit *circuit_find(struct circuits *cs,
			     const struct conf_provider *conf,
			     struct str model_route);

/*
 * May c be asked now?  ERR_OK, or ERR_NOT_ASKED with the reason in e.
 *
 * claimed  circuit_claim() gave this call the try
 */
ERR_MUST_USE enum err circuit_gate(struct circuits *cs, struct circuit *c,
				   bool claimed, struct errbuf *e);

/* Is it time that somebody tries an open circuit again? */
bool circuit_is_due(struct circuits *cs, struct circuit *c);

/*
 * Take the right to try.  Returns false when another process has it or the
 * database does not answer.  Blocks: one query.
 */
bool circuit_claim(struct circuits *cs, struct circuit *c, struct db *db);

/*
 * An attempt ended.  err: ERR_OK or why it failed; a failure that is not the
 * provider's changes nothing.  For the loop thread.
 */
void circuit_note(struct circuits *cs, struct circuit *c, enum err err);

/*
 * The provider said, in an answer, what is left of our quota there.  For the
 * loop thread.
 */
void circuit_note_quota(struct circuits *cs, struct circuit *c,
			const struct upstream_quota *q);

#endif
