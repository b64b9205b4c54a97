/*
 * `slipway smoke` and streams: that an answer comes as events, in their order
 * and to their end, and how soon the first words come.
 */
#include "cli/smoke.h"

#include <stdlib.h>

#define P95_NUMERATOR   95
#define P95_DENOMINATOR 100

/* One answer ended with an error event. */
static void note_error(struct smoke *s, const struct site_stream *seen)
{
	verdict_note(&s->site.verdicts, "stream", VERDICT_FAIL,
		     "POST %s/chat/stream ends with %s: " STR_FMT
		     " (%s; what happened: `slipway replay " STR_FMT "`)",
		     s->site.url, seen->error,
		     STR_ARG(json_str(json_get(seen->last, "detail"))),
		     site_hint(&s->site, str_from(seen->error)),
		     STR_ARG(json_str(json_get(seen->last, "request_id"))));
}

/* Ask once; false when that was noted as a failure. */
static bool ask_once(struct smoke *s)
{
	const struct site_ask ask = {.header = s->site.header,
				     .body = smoke_question(s)};
	struct site_stream seen;
	struct net_reply reply;
	struct json said;

	if (site_stream(&s->site, ask, &seen, &reply, &said) != ERR_OK) {
		site_unanswered(&s->site, "stream", "/chat/stream");
		return false;
	}
	if (reply.status != 200) {
		site_refused(&s->site, "stream", "/chat/stream", &reply, said);
		return false;
	}
	smoke_count(s, seen.cost_usd);
	if (seen.error != NULL) {
		note_error(s, &seen);
		return false;
	}
	const char *const flaw = site_stream_flaw(&seen, &reply);
	if (flaw != NULL) {
		verdict_note(&s->site.verdicts, "stream", VERDICT_FAIL,
			     "POST %s/chat/stream: %s (what happened: `slipway "
			     "replay " STR_FMT "`)",
			     s->site.url, flaw, STR_ARG(seen.start_id));
		return false;
	}
	s->model_route = json_str(json_get(seen.last, "model_route"));
	s->fallback_tier = json_i64(json_get(seen.last, "fallback_tier"));
	s->first_ms[s->nfirst++] =
		seen.first_at_ms - seen.begun_ms - reply.connect_ms;
	return true;
}

void smoke_check_stream(struct smoke *s)
{
	for (int64_t i = 0; i < s->asks; i++)
		if (!ask_once(s))
			return;
	verdict_note(&s->site.verdicts, "stream", VERDICT_PASS,
		     STR_FMT ", fallback tier %lld", STR_ARG(s->model_route),
		     (long long)s->fallback_tier);
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
		verdict_note(&s->site.verdicts, "ttft", VERDICT_SKIP,
			     "no stream to measure");
		return;
	}
	qsort(s->first_ms, s->nfirst, sizeof(s->first_ms[0]), by_size);
	s->p95_ms = s->first_ms[(s->nfirst * P95_NUMERATOR + P95_DENOMINATOR -
				 1) / P95_DENOMINATOR -
				1];
	if (s->p95_ms <= s->ttft_ms)
		verdict_note(&s->site.verdicts, "ttft", VERDICT_PASS,
			     "p95 of %zu is %lld ms", s->nfirst,
			     (long long)s->p95_ms);
	else
		verdict_note(&s->site.verdicts, "ttft", VERDICT_FAIL,
			     "the first words of %zu streams of %s come within "
			     "%lld ms (p95), [alerts] ttft_p95 is %lld ms: see "
			     "/docs/runbooks/provider-outage.html#slow",
			     s->nfirst, s->site.url, (long long)s->p95_ms,
			     (long long)s->ttft_ms);
}
