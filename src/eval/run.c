/*
 * Carrying out a run: which case is asked of whom, by several threads, and
 * within the money there is.
 */
#include "eval/run.h"

#include "base/num.h"
#include "eval/judge.h"

#include <stdio.h>

#define STATUS_OK 200

/* The plan ------------------------------------------------------------------
 */

static bool is_in(const struct eval_run *r, const struct eval_case *c)
{
	return r->tag == NULL || eval_has_tag(c, r->tag);
}

static enum err check_judges(const struct eval_run *r,
			     const struct eval_case *c, struct errbuf *e)
{
	for (size_t i = 0; i < c->nchecks; i++)
		if (c->checks[i].kind == EVAL_RUBRIC && r->judge == NULL &&
		    c->checks[i].judge == NULL)
			return err_set(e, ERR_INVALID_REQUEST,
				       "%s:%zu: llm-rubric needs a model that "
				       "judges: --judge, or \"provider\" of "
				       "the assertion",
				       c->file, c->checks[i].line);
	return ERR_OK;
}

/* What the case names itself wins. */
static struct eval_target target_of(const struct eval_run *r,
				    const struct eval_case *c, size_t i)
{
	struct eval_target t = {NULL, NULL};

	if (r->ntargets > 0)
		t = r->targets[i];
	if (c->feature != NULL)
		t.feature = c->feature;
	else if (t.feature == NULL)
		t.feature = r->feature;
	return t;
}

enum err eval_run_plan(struct eval_run *r, struct arena *a,
		       const struct eval_suite *suite, struct errbuf *e)
{
	const size_t ntargets = r->ntargets > 0 ? r->ntargets : 1;
	size_t n = 0;

	for (size_t i = 0; i < suite->ncases; i++)
		n += is_in(r, &suite->cases[i]);
	if (n == 0)
		return err_set(e, ERR_INVALID_REQUEST,
			       "no case has the tag \"%s\"",
			       r->tag != NULL ? r->tag : "");
	r->results = ARENA_ARRAY(a, n * ntargets * (size_t)r->repeat,
				 struct eval_result);
	for (size_t i = 0; i < suite->ncases; i++) {
		const struct eval_case *const c = &suite->cases[i];
		if (!is_in(r, c))
			continue;
		ERR_TRY(check_judges(r, c, e));
		for (size_t k = 0; k < ntargets * (size_t)r->repeat; k++)
			r->results[r->nresults++] = (struct eval_result){
				.c = c,
				.target =
					target_of(r, c, k / (size_t)r->repeat),
				.attempt = (int64_t)k % r->repeat + 1,
			};
	}
	return ERR_OK;
}

/* One result ----------------------------------------------------------------
 */

/* Does the case say what it wants of refusals? */
static bool is_about_refusals(const struct eval_case *c)
{
	for (size_t i = 0; i < c->nchecks; i++)
		if (c->checks[i].kind == EVAL_STATUS ||
		    c->checks[i].kind == EVAL_ERROR)
			return true;
	return false;
}

/* Why this answer cannot be looked at; NULL: it can. */
static const char *flaw_of(struct arena *a, const struct eval_case *c,
			   const struct eval_answer *answer)
{
	char *const text = arena_alloc(a, ERR_DETAIL_BYTES);

	if (answer->degraded)
		return "no model answered, only the last tier";
	if (answer->status == STATUS_OK || is_about_refusals(c))
		return NULL;
	(void)snprintf(text, ERR_DETAIL_BYTES, "the service answers %ld %s: %s",
		       answer->status, str_dup(a, answer->code),
		       eval_short(a, answer->text, ERR_DETAIL_BYTES / 2));
	return text;
}

static void check_all(const struct eval_run *r, struct arena *a,
		      struct eval_result *out)
{
	const struct eval_case *const c = out->c;

	out->state = EVAL_PASSED;
	for (size_t i = 0; i < c->nchecks; i++) {
		const struct eval_check *const check = &c->checks[i];
		struct eval_verdict *const v = &out->verdicts[i];
		if (check->kind == EVAL_RUBRIC)
			eval_judge(a, &r->service, check,
				   check->judge != NULL ? check->judge
							: r->judge,
				   c->prompt, &out->answer, v);
		else
			eval_check(a, check, &out->answer, v);
		out->cost_pico = num_add(out->cost_pico, v->cost_pico);
		if (!v->pass)
			out->state = EVAL_FAILED;
	}
}

static void ask(const struct eval_run *r, struct arena *a,
		struct eval_result *out)
{
	const struct eval_question q = {
		.target = out->target,
		.prompt = out->c->prompt,
		.messages = out->c->messages,
		.options = out->c->options,
		.patient = !is_about_refusals(out->c),
	};
	struct errbuf why = {0};

	out->state = EVAL_BROKEN;
	if (eval_ask(a, &r->service, &q, &out->answer, &why) != ERR_OK) {
		out->why = str_dup(a, str_from(why.detail));
		return;
	}
	out->cost_pico = out->answer.cost_pico;
	out->why = flaw_of(a, out->c, &out->answer);
	if (out->why == NULL)
		check_all(r, a, out);
}

/* The threads ---------------------------------------------------------------
 */

static bool can_pay(const struct eval_run *r)
{
	const int64_t may = num_mul((int64_t)r->under_way + 1, r->dearest_pico);

	if (r->max_pico < 0)
		return true;
	if (!r->known && r->under_way > 0)
		return false;
	return num_add(r->spent_pico, may) <= r->max_pico;
}

/* The next result to find out, or NULL when there is none; under lock. */
static struct eval_result *take(struct eval_run *r)
{
	while (r->next < r->nresults && !r->poor) {
		if (can_pay(r)) {
			r->under_way++;
			return &r->results[r->next++];
		}
		if (r->under_way == 0)
			r->poor = true;
		else
			(void)pthread_cond_wait(&r->ended, &r->lock);
	}
	return NULL;
}

static void put(struct eval_run *r, struct eval_result *result)
{
	r->under_way--;
	r->known = true;
	r->spent_pico = num_add(r->spent_pico, result->cost_pico);
	r->dearest_pico = num_max(r->dearest_pico, result->cost_pico);
	if (r->told != NULL)
		r->told(r->arg, result);
	(void)pthread_cond_broadcast(&r->ended);
}

struct thread {
	struct eval_run *run;
	struct arena *arena;
	pthread_t id;
};

static void *work(void *arg)
{
	struct thread *const t = arg;
	struct eval_run *const r = t->run;
	struct eval_result *result = NULL;

	(void)pthread_mutex_lock(&r->lock);
	while ((result = take(r)) != NULL) {
		(void)pthread_mutex_unlock(&r->lock);
		ask(r, t->arena, result);
		(void)pthread_mutex_lock(&r->lock);
		put(r, result);
	}
	(void)pthread_mutex_unlock(&r->lock);
	return NULL;
}

void eval_run(struct eval_run *r, struct arena *arenas)
{
	struct thread threads[EVAL_MAX_PARALLEL];
	size_t started = 0;

	(void)pthread_mutex_init(&r->lock, NULL);
	(void)pthread_cond_init(&r->ended, NULL);
	for (size_t i = 0; i < (size_t)r->parallel; i++)
		threads[i] = (struct thread){.run = r, .arena = &arenas[i]};
	/* this thread is one of them, so one that cannot start is no loss */
	for (size_t i = 1; i < (size_t)r->parallel; i++, started++)
		if (pthread_create(&threads[i].id, NULL, work, &threads[i]) !=
		    0)
			break;
	(void)work(&threads[0]);
	for (size_t i = 1; i <= started; i++)
		(void)pthread_join(threads[i].id, NULL);
	(void)pthread_cond_destroy(&r->ended);
	(void)pthread_mutex_destroy(&r->lock);
}
