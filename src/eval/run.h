#ifndef SLIPWAY_EVAL_RUN_H
#define SLIPWAY_EVAL_RUN_H

#include "base/arena.h"
#include "eval/check.h"

#include <pthread.h>

#define EVAL_MAX_PARALLEL 32
#define EVAL_MAX_REPEAT   20

enum eval_state {
	EVAL_NOT_RUN, /* the money was used up before its turn */
	EVAL_PASSED,
	EVAL_FAILED,
	EVAL_BROKEN /* no answer that could be looked at */
};

/* One asking of one case. */
struct eval_result {
	const struct eval_case *c;
	struct eval_target target;
	int64_t attempt; /* 1 … repeat */
	enum eval_state state;
	const char *why; /* of EVAL_BROKEN */
	struct eval_answer answer;
	struct eval_verdict verdicts[EVAL_MAX_CHECKS];
	int64_t cost_pico; /* of the answer and its judges */
};

/*
 * A run: what is asked, and what became of it.
 *
 *	options, results	set by the caller and by eval_run_plan()
 *	next … dearest_pico	what the threads share, under lock
 */
struct eval_run {
	struct eval_service service;
	const char *feature; /* for cases that name none; NULL */
	const char *judge;   /* model of llm-rubric; NULL */
	const char *tag;     /* only cases with it; NULL: all */
	struct eval_target targets[EVAL_MAX_TARGETS];
	size_t ntargets;
	int64_t repeat;
	int64_t parallel;
	int64_t max_pico; /* -1: no limit */
	/* called for each result when it is known, under lock */
	void (*told)(void *arg, const struct eval_result *r);
	void *arg;
	struct eval_result *results;
	size_t nresults;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	size_t next;
	size_t under_way;
	bool known; /* what one costs: the first is back */
	bool poor;  /* the next one could cost more than is left */
	int64_t spent_pico;
	int64_t dearest_pico; /* of one result so far */
};

/*
 * Lay out the results of a run: each case that has the tag, for each target,
 * `repeat` times.
 *
 * Returns ERR_OK, or ERR_INVALID_REQUEST: no case is left, or one needs a judge
 * and nobody says which.
 * Owns:  results live in a.
 */
ERR_MUST_USE enum err eval_run_plan(struct eval_run *r, struct arena *a,
				    const struct eval_suite *suite,
				    struct errbuf *e);

/*
 * Ask all of them, `parallel` at a time.  Where max_pico is set, no case begins
 * while what was spent and what the ones under way may cost, each as much as
 * the dearest so far, leaves too little for one more.
 *
 * arenas  one for each thread, where its answers live
 *
 * Blocks: until all are known.
 */
void eval_run(struct eval_run *r, struct arena *arenas);

#endif
