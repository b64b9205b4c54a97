#ifndef SLIPWAY_EVAL_SUM_H
#define SLIPWAY_EVAL_SUM_H

#include "eval/run.h"

/* What a run comes to. */
struct eval_sum {
	size_t passed;
	size_t failed;
	size_t broken;
	size_t not_run;
	int64_t cost_pico;
	int64_t p50_ms; /* of the answers, nearest rank; -1: none came */
	int64_t p95_ms;
};

void eval_sum(const struct eval_run *r, struct arena *a, struct eval_sum *out);

/* "failure", "error" and so on, for the reports. */
const char *eval_state_name(enum eval_state state);

/* What a target is called: "docs", "openai/gpt-5-mini", "docs@openai/…". */
const char *eval_target_name(struct arena *a, const struct eval_target *t);

/* The first reason why a result is not passed; "". */
const char *eval_reason(const struct eval_result *r);

/* Append a run as JSON, as promptfoo's --output has it. */
void eval_report_json(const struct eval_run *r, struct arena *a,
		      struct buf *out);

/* Append a run as JUnit's XML, a test case for each result. */
void eval_report_junit(const struct eval_run *r, struct arena *a,
		       struct buf *out);

#endif
