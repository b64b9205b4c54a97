#ifndef SLIPWAY_EVAL_CHECK_H
#define SLIPWAY_EVAL_CHECK_H

#include "eval/ask.h"

/* Longer texts than this have no distance here, characters. */
#define EVAL_MAX_DISTANCE_TEXT 4000

/* What became of one assertion. */
struct eval_verdict {
	bool pass;
	const char *reason; /* "" or what was expected and what was seen */
	int64_t score_ppm;  /* 1000000 or 0; what the judge gave */
	int64_t cost_pico;  /* of the judge */
};

/*
 * Does the answer hold what c says?  Not for EVAL_RUBRIC, which judge.h asks a
 * model.  cost_pico of c->kind EVAL_COST is the answer's.
 *
 * Owns:  out->reason lives in a.
 */
void eval_check(struct arena *a, const struct eval_check *c,
		const struct eval_answer *answer, struct eval_verdict *out);

/* Insertions, deletions and changes of characters that lead from x to y. */
size_t eval_distance(struct arena *a, struct str x, struct str y);

/* At most max characters of a text, on one line, with what was left out. */
const char *eval_short(struct arena *a, struct str text, size_t max);

#endif
