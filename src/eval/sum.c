/*
 * A run in figures and in words.
 */
#include "eval/sum.h"

#include "base/num.h"

#include <stdlib.h>
#include <string.h>

#define NAME_BYTES ((size_t)1024)
#define MEDIAN     50
#define TAIL       95

static int by_size(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a;
	const int64_t y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* The smallest of n sorted values that `percent` of 100 do not exceed. */
static int64_t rank(const int64_t *sorted, size_t n, size_t percent)
{
	return n == 0 ? -1 : sorted[(n * percent + 99) / 100 - 1];
}

void eval_sum(const struct eval_run *r, struct arena *a, struct eval_sum *out)
{
	int64_t *const ms = ARENA_ARRAY(a, r->nresults + 1, int64_t);
	size_t n = 0;

	*out = (struct eval_sum){.cost_pico = r->spent_pico};
	for (size_t i = 0; i < r->nresults; i++) {
		const struct eval_result *const one = &r->results[i];
		out->passed += one->state == EVAL_PASSED;
		out->failed += one->state == EVAL_FAILED;
		out->broken += one->state == EVAL_BROKEN;
		out->not_run += one->state == EVAL_NOT_RUN;
		if (one->state == EVAL_PASSED || one->state == EVAL_FAILED)
			ms[n++] = one->answer.latency_ms;
	}
	qsort(ms, n, sizeof(ms[0]), by_size);
	out->p50_ms = rank(ms, n, MEDIAN);
	out->p95_ms = rank(ms, n, TAIL);
}

const char *eval_state_name(enum eval_state state)
{
	static const char *const names[] = {"not_run", "passed", "failed",
					    "error"};

	return names[state];
}

const char *eval_target_name(struct arena *a, const struct eval_target *t)
{
	struct buf name;

	buf_init(&name, a, NAME_BYTES);
	if (t->feature != NULL)
		buf_add_c(&name, t->feature);
	if (t->model != NULL)
		buf_addf(&name, "%s%s", t->feature != NULL ? "@" : "",
			 t->model);
	return buf_c(&name);
}

const char *eval_reason(const struct eval_result *r)
{
	if (r->state == EVAL_NOT_RUN)
		return "not run: the money was used up";
	if (r->state == EVAL_BROKEN)
		return r->why;
	for (size_t i = 0; i < r->c->nchecks; i++)
		if (!r->verdicts[i].pass)
			return r->verdicts[i].reason;
	return "";
}
