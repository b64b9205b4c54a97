#ifndef SLIPWAY_EVAL_RECORD_H
#define SLIPWAY_EVAL_RECORD_H

#include "eval/sum.h"

/*
 * Append a run as slipway.eval_record() takes it: names, verdicts and figures,
 * no text that was asked or answered.
 *
 * revision  what was evaluated, e.g. a commit; ""
 */
void eval_record(const struct eval_run *r, struct arena *a,
		 const char *revision, struct buf *out);

/* A run before, and how this one compares. */
struct eval_comparison {
	size_t worse;  /* passed before, does not now */
	size_t as_bad; /* did not pass then and does not now */
	size_t better; /* did not pass then, does now */
	size_t new;    /* not asked then, and does not pass */
	struct str worse_names;
};

/*
 * Compare with the JSON of a run before, as eval_report_json() wrote it.  A
 * case is the same when its name and its target are, and has passed when all
 * its askings did.
 *
 * Returns ERR_OK, or ERR_INVALID_REQUEST or ERR_INVALID_JSON with the reason
 * in e.
 * Owns:  the names live in a.
 */
ERR_MUST_USE enum err eval_compare(const struct eval_run *r, struct arena *a,
				   struct str before,
				   struct eval_comparison *out,
				   struct errbuf *e);

#endif
