#ifndef SLIPWAY_DOCS_SEARCH_H
#define SLIPWAY_DOCS_SEARCH_H

#include "base/err.h"
#include "base/str.h"
#include "docs/retrieve.h"
#include "guard/guard.h"

#include <stddef.h>
#include <stdint.h>

struct arena;
struct conf;
struct db_pool;

/* A search for a person, and what came of it. */
struct docs_search {
	const struct conf *conf;
	const struct guard *guard;
	struct db_pool *pool;
	struct arena *arena;
	int64_t tenant_id;
	struct str question;
	struct str collection; /* empty: all of the tenant's, no other's */
	int64_t k;
	struct guard_report report;
	struct docs_passage *passages; /* in arena */
	size_t npassages;
};

/*
 * Check the question, retrieve, and shield the passages, by the rules of the
 * feature that answers from the collection (else of docs): whoever passes
 * them on to a model passes on no more than we would.
 *
 * Returns ERR_OK, ERR_BLOCKED, or as docs_retrieve().  s->report is filled in
 * whatever it returns.
 * Blocks: one query.
 */
ERR_MUST_USE enum err docs_search(struct docs_search *s, struct errbuf *e);

#endif
