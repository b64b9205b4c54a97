/*
 * A run for the database, and beside a run before.
 */
#include "eval/record.h"

#include "base/num.h"

#include <string.h>

#define NAMES_BYTES ((size_t)64 * 1024)

/* For the database ----------------------------------------------------------
 */

static void put_failed(struct jw *w, struct arena *a,
		       const struct eval_result *r)
{
	struct buf types;

	buf_init(&types, a, NAMES_BYTES);
	for (size_t i = 0; r->state == EVAL_FAILED && i < r->c->nchecks; i++)
		if (!r->verdicts[i].pass)
			buf_addf(&types, "%s%s", types.n > 0 ? ", " : "",
				 r->c->checks[i].type);
	jw_str(w, "failed_checks", buf_str(&types));
}

static void put_result(struct jw *w, struct arena *a,
		       const struct eval_result *r)
{
	const int64_t answer_pico = r->answer.cost_pico;

	jw_open_object(w, NULL);
	jw_c(w, "case_id", r->c->id);
	jw_c(w, "target", eval_target_name(a, &r->target));
	jw_int(w, "attempt", r->attempt);
	jw_c(w, "state", eval_state_name(r->state));
	put_failed(w, a, r);
	jw_str(w, "request_id", r->answer.request_id);
	jw_str(w, "model_route", r->answer.model_route);
	jw_int(w, "answer_pico", answer_pico);
	jw_int(w, "judge_pico", r->cost_pico - answer_pico);
	jw_int(w, "latency_ms", r->answer.latency_ms);
	jw_close(w);
}

/* The files of the cases, each once; they stand together in a run. */
static struct str files_of(const struct eval_run *r, struct arena *a)
{
	const char *last = "";
	struct buf names;

	buf_init(&names, a, NAMES_BYTES);
	for (size_t i = 0; i < r->nresults; i++) {
		const char *const file = r->results[i].c->file;
		if (strcmp(file, last) != 0)
			buf_addf(&names, "%s%s", names.n > 0 ? " " : "", file);
		last = file;
	}
	return buf_str(&names);
}

void eval_record(const struct eval_run *r, struct arena *a,
		 const char *revision, struct buf *out)
{
	struct eval_sum sum;
	struct jw w;

	eval_sum(r, a, &sum);
	jw_init(&w, out);
	jw_open_object(&w, NULL);
	jw_str(&w, "suite", files_of(r, a));
	jw_c(&w, "tag", r->tag != NULL ? r->tag : "");
	jw_c(&w, "revision", revision);
	jw_c(&w, "url", r->service.url);
	jw_int(&w, "p50_ms", sum.p50_ms);
	jw_int(&w, "p95_ms", sum.p95_ms);
	jw_open_array(&w, "results");
	for (size_t i = 0; i < r->nresults; i++)
		put_result(&w, a, &r->results[i]);
	jw_close(&w);
	jw_close(&w);
}

/* Beside a run before -------------------------------------------------------
 */

enum past { PAST_NONE, PAST_PASSED, PAST_FAILED };

static enum past find_past(struct json before, const char *id,
			   const char *target)
{
	enum past got = PAST_NONE;

	for (size_t i = 0; i < json_count(before); i++) {
		const struct json one = json_at(before, i);
		const struct json provider = json_get(one, "provider");
		if (!str_eq_c(json_str(json_get(one, "id")), id) ||
		    !str_eq_c(json_str(json_get(provider, "id")), target))
			continue;
		if (!json_is_true(json_get(one, "success")))
			return PAST_FAILED;
		got = PAST_PASSED;
	}
	return got;
}

/* The askings of a case stand together, from the first on. */
static bool all_passed(const struct eval_run *r, size_t first)
{
	for (size_t i = first; i < first + (size_t)r->repeat; i++)
		if (r->results[i].state != EVAL_PASSED)
			return false;
	return true;
}

enum err eval_compare(const struct eval_run *r, struct arena *a,
		      struct str before, struct eval_comparison *out,
		      struct errbuf *e)
{
	struct json list;
	struct buf names;

	*out = (struct eval_comparison){.worse = 0};
	ERR_TRY(json_parse(a, before, &list, e));
	list = json_get(json_get(list, "results"), "results");
	if (json_type(list) != JSON_ARRAY)
		return err_set(e, ERR_INVALID_REQUEST,
			       "--baseline takes a file that --json wrote");
	buf_init(&names, a, NAMES_BYTES);
	for (size_t i = 0; i < r->nresults; i += (size_t)r->repeat) {
		const struct eval_result *const one = &r->results[i];
		const char *const target = eval_target_name(a, &one->target);
		const enum past past = find_past(list, one->c->id, target);
		const bool passed = all_passed(r, i);
		out->better += passed && past == PAST_FAILED;
		out->as_bad += !passed && past == PAST_FAILED;
		out->new += !passed &&past == PAST_NONE;
		if (passed || past != PAST_PASSED)
			continue;
		out->worse++;
		buf_addf(&names, " %s", one->c->id);
	}
	out->worse_names = buf_str(&names);
	return ERR_OK;
}
