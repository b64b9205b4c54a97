#ifndef SLIPWAY_EVAL_JUDGE_H
#define SLIPWAY_EVAL_JUDGE_H

#include "eval/check.h"

/*
 * Ask a model whether an answer holds what c, an llm-rubric, says: at
 * temperature 0, through the gateway like every call, for
 * {"reason", "score", "pass"}.
 *
 * asked  the question, for the judge to read
 *
 * Anything but such an answer fails the assertion, with the reason.  What the
 * judge cost is in out->cost_pico.
 * Owns:  out->reason lives in a.
 * Blocks: as eval_ask() does.
 */
void eval_judge(struct arena *a, const struct eval_service *s,
		const struct eval_check *c, const char *model, struct str asked,
		const struct eval_answer *answer, struct eval_verdict *out);

#endif
