#ifndef SLIPWAY_LLM_FEEDBACK_H
#define SLIPWAY_LLM_FEEDBACK_H

#include "base/err.h"
#include "base/str.h"
#include "db/ledger.h"

#include <stdint.h>

struct arena;
struct db_pool;

/* What a reader says of an answer. */
struct feedback {
	struct str request_id;
	int64_t rating;      /* 1 good, -1 bad */
	struct str comment;  /* empty: none */
	struct str question; /* with p NULL, it is not kept */
	struct str answer;   /* together with the question */
};

/*
 * Keep it (slipway.feedback_put).
 *
 * who  the user, as auth_gate_check() found it; the call must be theirs
 *
 * Returns ERR_OK, ERR_NOT_FOUND, ERR_INVALID_REQUEST or ERR_DB.
 * Blocks: until a connection is free, and one query.
 */
ERR_MUST_USE enum err feedback_put(struct db_pool *pool, struct arena *a,
				   const struct ledger_admission *who,
				   const struct feedback *f, struct errbuf *e);

#endif
