/*
 * What a call is charged, and what the ledger and the log are told about it:
 * the settlement table of the README, row by row.
 */
#include "llm/call_loop.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/num.h"
#include "http/req.h"

#include <stdio.h>
#include <string.h>

/* Bytes of text that are counted as one token where nobody counted. */
#define BYTES_PER_TOKEN 4
/* No model that thinks unseen is faster, tokens a second. */
#define FASTEST_PER_S 500
/* To ask for the rest of an answer: the request, two more messages. */
#define CONTINUE_TOKENS ((int64_t)sizeof(CALL_CONTINUE_REQUEST) + 16)

int64_t call_pieces(const struct call *c)
{
	return c->ndeltas + c->nthought_deltas;
}

/* The most that the model of this attempt can have thought unseen, tokens. */
static int64_t thought_unseen(const struct call *c)
{
	const int64_t ms = clock_mono_ms() - c->attempt_ms;

	if (!llm_model_thinks_unseen(c->steps[c->step].model))
		return 0;
	return num_mul(ms, FASTEST_PER_S) / 1000 + 1;
}

/*
 * Output tokens when the provider did not say: one for each piece it sent,
 * thoughts included, or by length, or by time where they are not shown,
 * whichever is most, and never more than it was allowed.
 */
static int64_t counted_output(const struct call *c)
{
	const int64_t bytes = c->output_bytes + c->thought_bytes;
	const int64_t by_length =
		(bytes + BYTES_PER_TOKEN - 1) / BYTES_PER_TOKEN;
	const int64_t n =
		num_max(num_max(call_pieces(c), by_length), thought_unseen(c));

	return num_min(n, c->llm.max_output_tokens);
}

/*
 * Did the provider of this attempt begin to work, as far as we can know?  A
 * client that left while we waited counts as yes: the provider may have.
 */
static bool was_accepted(const struct call *c, enum ledger_outcome outcome,
			 enum err err)
{
	const bool head_2xx = c->http_status >= 200 && c->http_status < 300;

	return c->accepted || outcome == LEDGER_CLIENT_GONE ||
	       err == ERR_DRAINING || (head_2xx && err == ERR_UPSTREAM_CUT);
}

int64_t call_input_pico(const struct call_step *step, int64_t tokens)
{
	return num_mul(tokens, price_input_bound(&step->price, step->provider));
}

/* The worst this attempt can have cost: the bound of design section 4.3. */
static int64_t attempt_bound(const struct call *c, const struct call_step *step)
{
	return num_add(
		call_input_pico(step, c->input_bound_tokens),
		num_mul(c->llm.max_output_tokens, step->price.output_pico));
}

/* The basis for the current attempt; what it costs goes to *cost. */
static enum ledger_basis charge_attempt(struct call *c,
					enum ledger_outcome outcome,
					enum err err, int64_t *cost)
{
	const struct call_step *const step = &c->steps[c->step];
	struct ledger_usage *const usage = &c->settle.usage;
	const bool whole = outcome == LEDGER_DONE;
	/* it was held for a slow client: how far it went on is not seen */
	const bool unknown = c->unread || (c->paused && !whole);

	*cost = 0;
	if (!c->attempting || !c->sent ||
	    step->provider->kind == CONF_PROVIDER_EXTRACT ||
	    step->provider->kind == CONF_PROVIDER_STATIC)
		return LEDGER_BASIS_NONE;
	if (c->usage_seen && !unknown) {
		/* some report before they begin: that is not all of it */
		const bool stale = call_pieces(c) > c->usage_pieces;
		if (stale)
			usage->output_tokens = num_max(usage->output_tokens,
						       counted_output(c));
		*cost = price_cost(&step->price, usage);
		if (!whole)
			return LEDGER_BASIS_PARTIAL;
		return stale ? LEDGER_BASIS_ESTIMATED
			     : LEDGER_BASIS_PROVIDER_USAGE;
	}
	if (unknown || (err == ERR_UPSTREAM_TIMEOUT && c->ndeltas == 0)) {
		*cost = num_max(attempt_bound(c, step),
				price_cost(&step->price, usage));
		return LEDGER_BASIS_PESSIMISTIC;
	}
	if (!whole && !was_accepted(c, outcome, err))
		return LEDGER_BASIS_NONE;
	usage->input_tokens = c->input_bound_tokens;
	usage->output_tokens = counted_output(c);
	*cost = price_cost(&step->price, usage);
	return whole ? LEDGER_BASIS_ESTIMATED : LEDGER_BASIS_PARTIAL;
}

void call_note_attempt(struct call *c, enum err err)
{
	struct ledger_settle *const s = &c->settle;

	if (!c->attempting || s->nattempts == LEDGER_MAX_ATTEMPTS)
		return;
	struct ledger_attempt *const a = &s->attempts[s->nattempts++];
	a->model_route = c->steps[c->step].model_route;
	a->result = err;
	a->http_status = c->http_status;
	a->ttft_ms =
		c->first_text_ms > 0 ? c->first_text_ms - c->attempt_ms : -1;
	a->latency_ms = clock_mono_ms() - c->attempt_ms;
}

bool call_may_continue(const struct call *c)
{
	return c->feature->continue_on_fallback && c->ntools == 0 &&
	       c->llm.ntools == 0 && c->llm.ninputs == 0 &&
	       c->llm.format == LLM_FORMAT_TEXT && buf_err(&c->said) == ERR_OK;
}

/* What the next attempt may cost at most. */
struct next_bound {
	int64_t input_tokens;
	int64_t output_tokens;
};

/*
 * An answer that is continued has its first part in the input, and is allowed
 * what is left of the grant.  When what is left of the reservation does not pay
 * for that much output, it is lowered, down to the floor of the feature.
 *
 * Returns false when not even that is left.
 */
static bool bound_next(const struct call *c, int64_t spent_pico,
		       struct next_bound *n)
{
	const struct call_step *const next = &c->steps[c->step + 1];
	int64_t floor = c->feature->min_output_tokens;

	n->input_tokens = c->input_bound_tokens;
	n->output_tokens = c->llm.max_output_tokens;
	if (c->text_sent) {
		n->input_tokens = num_add(n->input_tokens,
					  c->output_bytes + CONTINUE_TOKENS);
		n->output_tokens -= counted_output(c);
	}
	const int64_t left_pico = c->admission.reserved_pico - spent_pico -
				  call_input_pico(next, n->input_tokens);
	if (left_pico < 0 || n->output_tokens < 1)
		return false;
	floor = num_min(floor, n->output_tokens);
	if (next->price.output_pico > 0)
		n->output_tokens = num_min(n->output_tokens,
					   left_pico / next->price.output_pico);
	return n->output_tokens >= floor;
}

bool call_give_up_attempt(struct call *c, enum err err)
{
	const struct ledger_usage usage = c->settle.usage;
	struct next_bound next;
	int64_t cost = 0;

	(void)charge_attempt(c, LEDGER_FAILED, err, &cost);
	const int64_t spent = num_add(c->spent_pico, cost);
	if (!bound_next(c, spent, &next)) {
		c->settle.usage = usage;
		return false;
	}
	call_note_attempt(c, err);
	memset(&c->settle.usage, 0, sizeof(c->settle.usage));
	c->usage_seen = false;
	c->spent_pico = spent;
	c->input_bound_tokens = next.input_tokens;
	c->llm.max_output_tokens = next.output_tokens;
	return true;
}

bool call_spend_answer(struct call *c, int64_t input_tokens)
{
	const struct call_step *const step = &c->steps[c->step];
	int64_t cost = 0;

	(void)charge_attempt(c, LEDGER_DONE, ERR_OK, &cost);
	const int64_t spent = num_add(c->spent_pico, cost);
	const int64_t left = c->admission.reserved_pico - spent -
			     call_input_pico(step, input_tokens);
	int64_t output = c->llm.max_output_tokens;
	if (step->price.output_pico > 0)
		output = num_min(output, left / step->price.output_pico);
	if (left < 0 || output < c->settle.usage.output_tokens)
		return false;
	call_note_attempt(c, ERR_ANSWER_FORM);
	c->llm.max_output_tokens = output;
	c->spent_pico = spent;
	c->earlier = c->settle.usage;
	memset(&c->settle.usage, 0, sizeof(c->settle.usage));
	c->usage_seen = false;
	c->input_bound_tokens = input_tokens;
	return true;
}

/* What the answer before a repair used is part of the call. */
static void add_earlier(struct call *c)
{
	struct ledger_usage *const u = &c->settle.usage;
	const struct ledger_usage *const e = &c->earlier;

	u->input_tokens += e->input_tokens;
	u->cache_read_tokens += e->cache_read_tokens;
	u->cache_write_tokens += e->cache_write_tokens;
	u->cache_write_1h_tokens += e->cache_write_1h_tokens;
	u->output_tokens += e->output_tokens;
	u->reasoning_tokens += e->reasoning_tokens;
}

/*
 * The provider reported more than the bound allows: it is charged in full, and
 * the operator is told.  src/llm/README.md says when this can happen.
 */
static void log_over_reservation(const struct call *c)
{
	struct log l;

	log_begin(&l, LOG_ERROR, "over_reservation");
	log_c(&l, "request_id", c->req->id);
	log_str(&l, "model_route", c->steps[c->step].model_route);
	log_int(&l, "reserved_pico", c->admission.reserved_pico);
	log_int(&l, "cost_pico", c->settle.cost_pico);
	log_int(&l, "input_bound_tokens", c->input_bound_tokens);
	log_int(&l, "input_tokens", c->settle.usage.input_tokens);
	log_int(&l, "granted_output_tokens",
		c->admission.granted_output_tokens);
	log_int(&l, "output_tokens", c->settle.usage.output_tokens);
	log_end(&l);
}

/*
 * Texts that become vectors have no prompt; traces tell such a call by this
 * word, which no version of a prompt is (conf/feature.c).
 */
static const char *prompt_used(const struct call *c)
{
	return c->llm.ninputs > 0 ? "embeddings" : c->feature->prompt_version;
}

void call_charge(struct call *c, enum ledger_outcome outcome, enum err err)
{
	struct ledger_settle *const s = &c->settle;
	const int64_t now_ms = clock_mono_ms();
	int64_t cost = 0;

	call_note_attempt(c, err);
	s->basis = charge_attempt(c, outcome, err, &cost);
	if (s->basis == LEDGER_BASIS_NONE && c->spent_pico > 0)
		s->basis = c->repaired || c->moderation != NULL
				   ? LEDGER_BASIS_PARTIAL
				   : LEDGER_BASIS_PESSIMISTIC;
	add_earlier(c);
	s->cost_pico = num_add(cost, c->spent_pico);
	if (s->cost_pico > c->admission.reserved_pico)
		log_over_reservation(c);
	s->outcome = outcome;
	s->error = err;
	guarded_record(c, s);
	memcpy(s->request_id, c->req->id, sizeof(s->request_id));
	memcpy(s->trace_id, c->req->trace_id, sizeof(s->trace_id));
	memcpy(s->parent_span, c->req->parent_span, sizeof(s->parent_span));
	(void)snprintf(s->prompt_version, sizeof(s->prompt_version), "%s",
		       prompt_used(c));
	(void)snprintf(s->model_route, sizeof(s->model_route), STR_FMT,
		       STR_ARG(c->steps[c->step].model_route));
	s->stream = c->encoder->stream;
	s->fallback_tier = (int64_t)c->step;
	s->ttft_ms = c->first_text_ms > 0
			     ? c->first_text_ms - c->req->accepted_us / 1000
			     : -1;
	s->latency_ms = now_ms - c->req->accepted_us / 1000;
}

static void log_who(struct log *l, const struct call *c)
{
	log_c(l, "request_id", c->req->id);
	log_c(l, "trace_id", c->req->trace_id);
	log_int(l, "tenant_id", c->admission.tenant_id);
	log_int(l, "user_id", c->admission.user_id);
	log_int(l, "key_id", c->admission.key_id);
	log_c(l, "feature", c->feature->name);
	log_c(l, "prompt_version", prompt_used(c));
	log_bool(l, "stream", c->encoder->stream);
}

static void log_guard(struct log *l, const struct call *c)
{
	char text[GUARD_SUMMARY_BYTES];

	guard_summary(&c->guard.report, text);
	if (text[0] != '\0')
		log_c(l, "guard", text);
}

static void log_why(struct log *l, const struct call *c, enum err err)
{
	if (err == ERR_OK)
		return;
	log_c(l, "error", err_entry(err)->code);
	log_c(l, "detail", c->req->err.detail);
}

void call_log_failed(const struct call *c, const char *event, enum err err)
{
	struct log l;

	log_begin(&l, LOG_WARN, event);
	log_who(&l, c);
	log_str(&l, "model_route", c->steps[c->step].model_route);
	log_why(&l, c, err);
	log_end(&l);
}

void call_log_refusal(const struct call *c, enum err err)
{
	const int64_t us = clock_mono_us() - c->req->accepted_us;
	struct log l;

	log_begin(&l, LOG_INFO, "call_refused");
	log_who(&l, c);
	log_int(&l, "status", c->req->status);
	log_int(&l, "latency_ms", us / 1000);
	log_why(&l, c, err);
	log_end(&l);
}

void call_log(const struct call *c)
{
	const struct ledger_settle *const s = &c->settle;
	char usd[NUM_USD_BYTES];
	struct log l;

	log_begin(&l, s->error == ERR_OK ? LOG_INFO : LOG_WARN, "call");
	log_who(&l, c);
	log_int(&l, "status", c->req->status);
	log_c(&l, "model_route", s->model_route);
	log_c(&l, "outcome", ledger_outcome_name(s->outcome));
	log_c(&l, "basis", ledger_basis_name(s->basis));
	log_int(&l, "input_tokens",
		s->usage.input_tokens + s->usage.cache_read_tokens +
			s->usage.cache_write_tokens +
			s->usage.cache_write_1h_tokens);
	log_int(&l, "output_tokens", s->usage.output_tokens);
	log_c(&l, "cost_usd", num_format_usd(s->cost_pico, usd));
	log_int(&l, "attempts", (int64_t)s->nattempts);
	log_int(&l, "fallback_tier", s->fallback_tier);
	log_int(&l, "passages", (int64_t)c->npassages);
	log_guard(&l, c);
	if (s->ttft_ms >= 0)
		log_int(&l, "ttft_ms", s->ttft_ms);
	log_int(&l, "latency_ms", s->latency_ms);
	log_why(&l, c, s->error);
	log_end(&l);
}
