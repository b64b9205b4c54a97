#ifndef SLIPWAY_OPS_STATUS_STORE_H
#define SLIPWAY_OPS_STATUS_STORE_H

#include "base/err.h"
#include "ops/status.h"
#include "ops/status_past.h"

struct arena;
struct conf;
struct db;

/*
 * Fill in what the database knows of now: documents, latency, traffic.
 *
 * Returns ERR_OK, or what db_call() says.  An answer about the latency that
 * takes too long is left out.
 * Owns:  what facts point to lives in a.
 * Blocks: on the database.
 */
ERR_MUST_USE enum err status_ask(struct db *db, struct arena *a,
				 struct status_facts *facts, struct errbuf *e);

/*
 * Give the database what was seen, and take its page.  On failure *past stays
 * as it is, for the next time.
 */
ERR_MUST_USE enum err status_exchange(struct db *db, struct status_past *past,
				      struct errbuf *e);

/*
 * Ask the providers that nobody called lately for their list of models, which
 * costs nothing: facts->probes.  Why one does not answer goes to complain().
 * Blocks: some seconds for each that does not answer, at most 20 in all.
 */
void status_probe_providers(const struct conf *conf, struct arena *a,
			    struct status_facts *facts,
			    void (*complain)(const char *part,
					     const struct errbuf *e));

/*
 * Write all files of the page below dir, making it and its folders first.
 *
 * Returns ERR_OK; ERR_IO or ERR_TOO_LARGE, with the file in e.
 * Blocks: on the disk.
 */
struct status_view;
ERR_MUST_USE enum err status_publish(const struct status_view *v,
				     const char *dir, struct errbuf *e);

#endif
