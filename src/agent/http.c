/*
 * A tool that is called by HTTP: on the loop, so that a slow one holds no
 * thread.  Where it goes says the configuration; the arguments are its body.
 * It has a connection of its own: libcurl sends a request again, unasked, when
 * a connection of its pool was dead.
 */
#include "agent/run.h"

#include "base/buf.h"
#include "base/container.h"
#include "base/log.h"
#include "http/worker.h"
#include "llm/app.h"
#include "llm/provider.h"
#include "llm/upstream.h"

#include <inttypes.h>
#include <string.h>

#define HEADER_BYTES ((size_t)256)
#define WHY_BYTES    ((size_t)256)
#define HTTP_OK(s)   ((s) >= 200 && (s) < 300)

struct agent_http {
	struct agent_run *run;
	const struct conf_tool *tool;
	const struct agent_step *step;
	struct provider_request wire;
	struct loop_task start;
	struct loop_task cut;
	struct upstream_sink sink;
	struct upstream_call *upstream;
	struct worker_job done;
	/* what came of it */
	struct buf body;
	int status;
	bool sent; /* the tool may have seen it */
	bool over; /* its answer is too long */
	enum err err;
};

/* The request -------------------------------------------------------- */

static void header(struct agent_http *h, const char *line)
{
	h->wire.headers[h->wire.nheaders++] = line;
}

static struct buf line(struct agent_http *h)
{
	struct buf b;

	buf_init(&b, &h->run->arena, HEADER_BYTES);
	return b;
}

static void write_request(struct agent_http *h)
{
	const struct agent_run *const r = h->run;
	struct buf key = line(h);
	struct buf user = line(h);
	struct buf id = line(h);

	h->wire.url = h->tool->url;
	h->wire.method = h->tool->method;
	h->wire.once = true;
	buf_init(&h->wire.body, &h->run->arena, h->step->content.n + 1);
	buf_add_str(&h->wire.body, h->step->content);
	header(h, "Content-Type: application/json");
	/* the same for the same step, however often it is sent */
	buf_addf(&key, "Idempotency-Key: %s-%" PRId64, r->id, h->step->step);
	header(h, buf_c(&key));
	buf_addf(&user, "X-Slipway-User: %" PRId64 "/%" PRId64, r->tenant_id,
		 r->user_id);
	header(h, buf_c(&user));
	buf_addf(&id, "X-Request-Id: %s", r->req->id);
	header(h, buf_c(&id));
	if (h->tool->header.secret_p != NULL)
		header(h, h->tool->header.secret_p);
}

/* The answer, on an intake thread ------------------------------------ */

static enum err explain(struct agent_http *h, struct str *out)
{
	struct buf b;

	buf_init(&b, &h->run->arena, WHY_BYTES);
	if (!h->sent)
		buf_add_c(&b, "The tool could not be reached.");
	else if (h->over)
		buf_addf(&b,
			 "The tool failed: its answer is over %" PRId64
			 " bytes.",
			 h->tool->max_bytes);
	else if (h->err == ERR_UPSTREAM_TIMEOUT)
		buf_add_c(&b, "The tool did not answer in time.");
	else
		buf_add_c(&b, "The tool failed: there is no whole answer.");
	if (h->sent && h->step->side_effect)
		buf_add_c(&b, " It may have done what it was asked for, or "
			      "not: do not call it again without saying so.");
	*out = buf_str(&b);
	return ERR_UPSTREAM;
}

static enum err read_answer(struct agent_http *h, struct str *out)
{
	const struct str body = buf_str(&h->body);
	struct buf b;

	if (h->err != ERR_OK)
		return explain(h, out);
	*out = body;
	if (!str_is_utf8(body) ||
	    (body.n > 0 && memchr(body.p, '\0', body.n) != NULL)) {
		*out = STR("The answer of the tool is not text.");
		return ERR_UPSTREAM;
	}
	if (HTTP_OK(h->status))
		return ERR_OK;
	buf_init(&b, &h->run->arena, body.n + WHY_BYTES);
	buf_addf(&b, "The tool answered with HTTP status %d: ", h->status);
	buf_add_str(&b, body);
	*out = buf_str(&b);
	return ERR_UPSTREAM;
}

static void run_done(struct worker_job *job)
{
	struct agent_http *const h = CONTAINER_OF(job, struct agent_http, done);
	struct str out = STR("");
	const enum err err = read_answer(h, &out);

	agent_tool_said(h->run, h->step, err, out);
}

/* Loop thread -------------------------------------------------------- */

static void finish(struct agent_http *h, enum err err, const char *why)
{
	h->err = err;
	h->upstream = NULL;
	if (err != ERR_OK)
		log_msg(LOG_WARN, "agent_tool_failed", "%s %s: %s", h->run->id,
			h->tool->name, why);
	worker_post(h->run->app->worker, &h->done);
}

static void on_head(struct upstream_sink *sink, int status)
{
	CONTAINER_OF(sink, struct agent_http, sink)->status = status;
}

static void on_body(struct upstream_sink *sink, struct str bytes)
{
	struct agent_http *const h =
		CONTAINER_OF(sink, struct agent_http, sink);

	buf_add_str(&h->body, bytes);
	if (buf_err(&h->body) == ERR_OK)
		return;
	h->over = true;
	h->sent = true;
	upstream_cancel(h->upstream);
	/* the request must stay until the next round of the loop */
	loop_post(h->run->app->loop, &h->cut);
}

static void on_cut(struct loop_task *task)
{
	finish(CONTAINER_OF(task, struct agent_http, cut), ERR_TOO_LARGE,
	       "its answer is over max_answer");
}

static void on_end(struct upstream_sink *sink, enum err err, const char *why)
{
	struct agent_http *const h =
		CONTAINER_OF(sink, struct agent_http, sink);

	h->sent = upstream_request_sent(h->upstream);
	finish(h, err, why);
}

static void start(struct loop_task *task)
{
	struct agent_http *const h =
		CONTAINER_OF(task, struct agent_http, start);
	struct errbuf e = {.code = ERR_OK};

	h->upstream = upstream_post(h->run->app->upstream, &h->run->arena,
				    &h->tool->way, &h->wire, &h->sink, &e);
	if (h->upstream == NULL)
		finish(h, e.code, e.detail);
}

void agent_http(struct agent_run *r, const struct conf_tool *t,
		const struct agent_step *s)
{
	struct agent_http *const h = ARENA_NEW(&r->arena, struct agent_http);

	h->run = r;
	h->tool = t;
	h->step = s;
	h->start.run = start;
	h->cut.run = on_cut;
	h->done.run = run_done;
	h->sink = (struct upstream_sink){on_head, on_body, on_end};
	buf_init(&h->body, &r->arena, (size_t)t->max_bytes);
	write_request(h);
	loop_post(r->app->loop, &h->start);
}
