/*
 * A stream of a deployed service, as it comes: that an answer comes as events,
 * in their order and to their end, and when its words came.
 */
#include "base/clock.h"
#include "cli/site.h"

static void on_event(void *arg, struct str name, struct str data)
{
	struct site_stream *const seen = arg;
	struct arena *const a = seen->arena;
	struct json v;

	seen->after = seen->after || seen->ended;
	if (json_parse(a, str_from(str_dup(a, data)), &v, NULL) != ERR_OK)
		return;
	if (name.n == 0 && json_str(json_get(v, "token")).n > 0) {
		seen->last_at_ms = clock_mono_ms();
		if (seen->tokens++ == 0)
			seen->first_at_ms = seen->last_at_ms;
	}
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
	struct site_stream *const seen = arg;

	/* a frame over its ceiling ends the reading: then no end is seen */
	if (sse_feed(&seen->sse, bytes) != ERR_OK)
		seen->sse.failed = true;
}

void site_stream_begin(struct arena *a, struct site_ask *ask,
		       struct site_stream *out)
{
	*out = (struct site_stream){.arena = a, .begun_ms = clock_mono_ms()};
	ask->path = "/chat/stream";
	ask->piece = on_piece;
	ask->arg = out;
	sse_init(&out->sse, a, on_event, out);
}

enum err site_stream(struct site *s, struct site_ask ask,
		     struct site_stream *out, struct net_reply *reply,
		     struct json *said)
{
	site_stream_begin(&s->cli->arena, &ask, out);
	return site_http(s, &ask, reply, said);
}

const char *site_stream_flaw(const struct site_stream *seen,
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
