/*
 * `slipway smoke` and streams: that an answer comes as events, in their order
 * and to their end, and how soon the first words come.
 */
#include "base/clock.h"
#include "cli/smoke.h"
#include "llm/sse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define P95_NUMERATOR   95
#define P95_DENOMINATOR 100

/* One answer as it comes. */
struct seen {
	struct smoke *s;
	struct sse sse;
	int64_t first_at_ms; /* of the clock; 0: no text yet */
	bool started;        /* the first event was `start` */
	bool usage;
	bool ended; /* `done` or `error` was the last event */
	bool after; /* something came after it */
	struct json last;
	struct str start_id;
	struct str cost_usd;
	const char *error; /* public code; NULL */
};

static void on_event(void *arg, struct str name, struct str data)
{
	struct seen *const seen = arg;
	struct arena *const a = &seen->s->cli->arena;
	struct json v;

	seen->after = seen->after || seen->ended;
	if (json_parse(a, str_from(str_dup(a, data)), &v, NULL) != ERR_OK)
		return;
	if (name.n == 0 && seen->first_at_ms == 0 &&
	    json_str(json_get(v, "token")).n > 0)
		seen->first_at_ms = clock_mono_ms();
	if (str_eq_c(name, "start")) {
		seen->started = seen->first_at_ms == 0;
		seen->start_id = json_str(json_get(v, "request_id"));
	} else if (str_eq_c(name, "usage")) {
		seen->usage = json_has(v, "output_tokens");
		seen->cost_usd = json_str(json_get(v, "cost_usd"));
	} else if (str_eq_c(name, "done") || str_eq_c(name, "error")) {
		seen->ended = true;
		seen->last = v;
		if (str_eq_c(name, "error"))
			seen->error = str_dup(a, json_str(json_get(v, "code")));
	}
}

static void on_piece(void *arg, struct str bytes)
{
	struct seen *const seen = arg;

	/* a frame over its ceiling ends the reading: then no end is seen */
	if (sse_feed(&seen->sse, bytes) != ERR_OK)
		seen->sse.failed = true;
}

/* What is wrong with a whole stream; NULL: nothing. */
static const char *flaw_of(const struct seen *seen,
			   const struct net_reply *reply)
{
	const struct str id = json_str(json_get(seen->last, "request_id"));

	if (!str_starts(net_header(reply, "content-type"),
			STR("text/event-stream")))
		return "it is no event stream: does something before it "
		       "change or compress answers?";
	if (!seen->ended || seen->after)
		return "it has no end (done or error): does something before "
		       "it cut or buffer answers?";
	if (!seen->started || id.n == 0 || !str_eq(seen->start_id, id) ||
	    !str_eq(net_header(reply, "x-request-id"), id))
		return "start, done and x-request-id do not name one request";
	if (seen->first_at_ms == 0)
		return "no text came: see what the model was asked";
	if (!seen->usage)
		return "the usage is missing: is it the version that was to "
		       "be deployed?";
	if (json_is_true(json_get(seen->last, "degraded")))
		return "no model answered, only the last tier: see "
		       "/docs/runbooks/provider-outage.html";
	return NULL;
}

/* One answer ended with an error event. */
static void note_error(struct smoke *s, const struct seen *seen)
{
	smoke_note(s, "stream", SMOKE_FAILED,
		   "POST %s/chat/stream ends with %s: " STR_FMT
		   " (%s; what happened: `slipway replay " STR_FMT "`)",
		   s->url, seen->error,
		   STR_ARG(json_str(json_get(seen->last, "detail"))),
		   smoke_hint(s, str_from(seen->error)),
		   STR_ARG(json_str(json_get(seen->last, "request_id"))));
}

/* Ask once; false when that was noted as a failure. */
static bool ask_once(struct smoke *s)
{
	struct seen seen = {.s = s};
	const struct smoke_ask ask = {.path = "/chat/stream",
				      .with_key = true,
				      .body = smoke_question(s),
				      .piece = on_piece,
				      .arg = &seen};
	struct net_reply reply;
	struct json said;
	const int64_t begun_ms = clock_mono_ms();

	sse_init(&seen.sse, &s->cli->arena, on_event, &seen);
	if (smoke_http(s, &ask, &reply, &said) != ERR_OK) {
		smoke_unanswered(s, "stream", ask.path);
		return false;
	}
	if (reply.status != 200) {
		smoke_refused(s, "stream", ask.path, &reply, said);
		return false;
	}
	smoke_count(s, seen.cost_usd);
	if (seen.error != NULL) {
		note_error(s, &seen);
		return false;
	}
	const char *const flaw = flaw_of(&seen, &reply);
	if (flaw != NULL) {
		smoke_note(s, "stream", SMOKE_FAILED,
			   "POST %s/chat/stream: %s (what happened: `slipway "
			   "replay " STR_FMT "`)",
			   s->url, flaw, STR_ARG(seen.start_id));
		return false;
	}
	s->model_route = json_str(json_get(seen.last, "model_route"));
	s->fallback_tier = json_i64(json_get(seen.last, "fallback_tier"));
	s->first_ms[s->nfirst++] =
		seen.first_at_ms - begun_ms - reply.connect_ms;
	return true;
}

void smoke_check_stream(struct smoke *s)
{
	for (int64_t i = 0; i < s->asks; i++)
		if (!ask_once(s))
			return;
	smoke_note(s, "stream", SMOKE_OK, STR_FMT ", fallback tier %lld",
		   STR_ARG(s->model_route), (long long)s->fallback_tier);
}

static int by_size(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a;
	const int64_t y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Nearest rank: the smallest that 95 of 100 do not exceed. */
void smoke_check_ttft(struct smoke *s)
{
	if (s->nfirst < (size_t)s->asks) {
		smoke_note(s, "ttft", SMOKE_SKIPPED, "no stream to measure");
		return;
	}
	qsort(s->first_ms, s->nfirst, sizeof(s->first_ms[0]), by_size);
	s->p95_ms = s->first_ms[(s->nfirst * P95_NUMERATOR + P95_DENOMINATOR -
				 1) / P95_DENOMINATOR -
				1];
	if (s->p95_ms <= s->ttft_ms)
		smoke_note(s, "ttft", SMOKE_OK, "p95 of %zu is %lld ms",
			   s->nfirst, (long long)s->p95_ms);
	else
		smoke_note(s, "ttft", SMOKE_FAILED,
			   "the first words of %zu streams of %s come within "
			   "%lld ms (p95), [alerts] ttft_p95 is %lld ms: see "
			   "/docs/runbooks/provider-outage.html#slow",
			   s->nfirst, s->url, (long long)s->p95_ms,
			   (long long)s->ttft_ms);
}
