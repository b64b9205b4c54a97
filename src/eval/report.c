/*
 * A run as files: JSON in the shape of promptfoo's results, XML in JUnit's.
 */
#include "base/clock.h"
#include "base/num.h"
#include "eval/sum.h"
#include "http/page.h"

#include <inttypes.h>
#include <stdio.h>

#define NUMBER_BYTES 32
#define PPM          1000000
#define MS_PER_S     1000

/* JSON ----------------------------------------------------------------------
 */

/* Dollars as a JSON number, exactly. */
static void put_usd(struct jw *w, const char *name, int64_t pico)
{
	char usd[NUM_USD_BYTES];

	jw_raw(w, name, str_from(num_format_usd(pico, usd)));
}

static void put_score(struct jw *w, int64_t ppm)
{
	char text[NUMBER_BYTES];

	(void)snprintf(text, sizeof(text), "%" PRId64 ".%06" PRId64, ppm / PPM,
		       ppm % PPM);
	jw_raw(w, "score", str_from(ppm == PPM ? "1" : ppm == 0 ? "0" : text));
}

static void put_verdicts(struct jw *w, const struct eval_result *r)
{
	const bool seen = r->state == EVAL_PASSED || r->state == EVAL_FAILED;

	jw_open_array(w, "componentResults");
	for (size_t i = 0; seen && i < r->c->nchecks; i++) {
		const struct eval_verdict *const v = &r->verdicts[i];
		jw_open_object(w, NULL);
		jw_bool(w, "pass", v->pass);
		put_score(w, v->score_ppm);
		jw_c(w, "reason", v->reason);
		jw_open_object(w, "assertion");
		jw_c(w, "type", r->c->checks[i].type);
		jw_int(w, "line", (int64_t)r->c->checks[i].line);
		jw_close(w);
		jw_close(w);
	}
	jw_close(w);
}

static void put_grading(struct jw *w, const struct eval_result *r)
{
	jw_open_object(w, "gradingResult");
	jw_bool(w, "pass", r->state == EVAL_PASSED);
	jw_int(w, "score", r->state == EVAL_PASSED);
	jw_c(w, "reason", eval_reason(r));
	put_verdicts(w, r);
	jw_close(w);
}

static void put_answer(struct jw *w, const struct eval_result *r)
{
	const struct eval_answer *const answer = &r->answer;

	jw_open_object(w, "response");
	jw_str(w, "output", answer->text);
	jw_close(w);
	if (r->state == EVAL_BROKEN)
		jw_c(w, "error", r->why);
	jw_int(w, "status", answer->status);
	if (answer->code.n > 0)
		jw_str(w, "code", answer->code);
	jw_str(w, "request_id", answer->request_id);
	jw_str(w, "model_route", answer->model_route);
	jw_int(w, "latencyMs", answer->latency_ms);
	put_usd(w, "cost", r->cost_pico);
}

static void put_result(struct jw *w, struct arena *a,
		       const struct eval_result *r)
{
	jw_open_object(w, NULL);
	jw_c(w, "id", r->c->id);
	jw_c(w, "description", r->c->description);
	jw_c(w, "state", eval_state_name(r->state));
	jw_bool(w, "success", r->state == EVAL_PASSED);
	jw_int(w, "score", r->state == EVAL_PASSED);
	jw_int(w, "attempt", r->attempt);
	jw_open_object(w, "provider");
	jw_c(w, "id", eval_target_name(a, &r->target));
	jw_close(w);
	jw_open_object(w, "prompt");
	jw_str(w, "raw", r->c->prompt);
	jw_close(w);
	if (json_type(r->c->vars) == JSON_OBJECT)
		jw_raw(w, "vars", json_text(r->c->vars));
	put_answer(w, r);
	put_grading(w, r);
	jw_close(w);
}

void eval_report_json(const struct eval_run *r, struct arena *a,
		      struct buf *out)
{
	char when[CLOCK_TEXT_BYTES];
	struct eval_sum sum;
	struct jw w;

	eval_sum(r, a, &sum);
	jw_init(&w, out);
	jw_open_object(&w, NULL);
	jw_open_object(&w, "results");
	jw_int(&w, "version", 3);
	jw_c(&w, "timestamp", clock_format(clock_wall_ms(), when));
	jw_open_object(&w, "stats");
	jw_int(&w, "successes", (int64_t)sum.passed);
	jw_int(&w, "failures", (int64_t)sum.failed);
	jw_int(&w, "errors", (int64_t)(sum.broken + sum.not_run));
	jw_int(&w, "not_run", (int64_t)sum.not_run);
	put_usd(&w, "cost", sum.cost_pico);
	jw_int(&w, "latencyP50Ms", sum.p50_ms);
	jw_int(&w, "latencyP95Ms", sum.p95_ms);
	jw_close(&w);
	jw_open_array(&w, "results");
	for (size_t i = 0; i < r->nresults; i++)
		put_result(&w, a, &r->results[i]);
	jw_close(&w);
	jw_close(&w);
	jw_c(&w, "url", r->service.url);
	jw_close(&w);
	buf_add_char(out, '\n');
}

/* XML -----------------------------------------------------------------------
 */

static void put_attribute(struct buf *out, const char *name, struct str value)
{
	buf_addf(out, " %s=\"", name);
	page_text(out, value);
	buf_add_char(out, '"');
}

static void put_seconds(struct buf *out, int64_t ms)
{
	buf_addf(out, " time=\"%" PRId64 ".%03" PRId64 "\"", ms / MS_PER_S,
		 ms % MS_PER_S);
}

static void put_element(struct buf *out, const struct eval_result *r)
{
	static const char *const elements[] = {"skipped", NULL, "failure",
					       "error"};
	const char *const element = elements[r->state];

	if (element == NULL)
		return;
	buf_addf(out, "<%s", element);
	put_attribute(out, "message", str_from(eval_reason(r)));
	buf_add_char(out, '>');
	for (size_t i = 0; r->state == EVAL_FAILED && i < r->c->nchecks; i++)
		if (!r->verdicts[i].pass) {
			page_text(out, str_from(r->verdicts[i].reason));
			buf_add_char(out, '\n');
		}
	page_text(out, str_from(r->c->file));
	buf_addf(out, ":%zu ", r->c->line);
	page_text(out, r->answer.request_id);
	buf_addf(out, "</%s>", element);
}

static void put_case(struct buf *out, struct arena *a,
		     const struct eval_result *r)
{
	struct buf name;

	buf_init(&name, a, NUM_USD_BYTES + 1024);
	buf_add_c(&name, r->c->id);
	if (r->attempt > 1)
		buf_addf(&name, " (%" PRId64 ")", r->attempt);
	buf_add_c(out, "<testcase");
	put_attribute(out, "classname",
		      str_from(eval_target_name(a, &r->target)));
	put_attribute(out, "name", buf_str(&name));
	put_seconds(out, r->answer.latency_ms);
	buf_add_char(out, '>');
	put_element(out, r);
	buf_add_c(out, "</testcase>\n");
}

void eval_report_junit(const struct eval_run *r, struct arena *a,
		       struct buf *out)
{
	struct eval_sum sum;
	int64_t ms = 0;

	eval_sum(r, a, &sum);
	for (size_t i = 0; i < r->nresults; i++)
		ms += r->results[i].answer.latency_ms;
	buf_add_c(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		       "<testsuites>\n<testsuite name=\"slipway eval\"");
	buf_addf(out,
		 " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
		 "skipped=\"%zu\"",
		 r->nresults, sum.failed, sum.broken, sum.not_run);
	put_seconds(out, ms);
	buf_add_c(out, ">\n");
	for (size_t i = 0; i < r->nresults; i++)
		put_case(out, a, &r->results[i]);
	buf_add_c(out, "</testsuite>\n</testsuites>\n");
}
