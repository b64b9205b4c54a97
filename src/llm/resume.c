/*
 * The writer's side of streams that can be taken up again; follow.c is the
 * reader's.  Statements run on intake threads, one at a time for a call.
 */
#include "llm/resume.h"

#include "base/container.h"
#include "http/worker.h"
#include "llm/app.h"
#include "llm/call_loop.h"
#include "llm/stored.h"

#include <assert.h>

#define WRITE_EVERY_MS 500

struct resume {
	struct call *call;
	struct buf kept;
	size_t stored;
	size_t mark; /* in client.out, where the encoder began */
	bool ended;  /* kept is complete */
	struct loop_timer timer;
	/* the statement under way */
	bool busy;
	struct stored_piece piece;
	struct worker_job job;
	struct loop_task done;
};

/* Intake thread. */
static void run_put(struct worker_job *job)
{
	struct resume *const r = CONTAINER_OF(job, struct resume, job);

	stored_put(r->call->app, &r->piece);
	loop_post(r->call->app->loop, &r->done);
}

static void put(struct resume *r)
{
	struct call *const c = r->call;

	if (r->busy)
		return;
	loop_timer_cancel(c->app->loop, &r->timer);
	r->busy = true;
	r->piece = (struct stored_piece){
		.tenant_id = c->admission.tenant_id,
		.user_id = c->admission.user_id,
		.request_id = c->req->id,
		.at = r->stored,
		.text = {r->kept.p + r->stored, r->kept.n - r->stored},
		.ended = r->ended,
	};
	worker_post(c->app->worker, &r->job);
}

/* Loop thread: the piece is stored, or cannot be. */
static void on_put(struct loop_task *task)
{
	struct resume *const r = CONTAINER_OF(task, struct resume, done);
	struct call *const c = r->call;
	const bool ok = r->piece.err == ERR_OK;

	r->busy = false;
	if (ok)
		r->stored += r->piece.text.n;
	if (r->ended && (r->piece.ended || !ok || r->kept.full)) {
		client_close(&c->client);
		return;
	}
	if (r->ended) {
		put(r);
		return;
	}
	if (!ok || !r->piece.wanted || r->kept.full)
		call_settle(c, LEDGER_CLIENT_GONE, ERR_CLOSED);
	else
		loop_timer_set(c->app->loop, &r->timer, WRITE_EVERY_MS);
}

static void on_timer(struct loop_timer *t)
{
	put(CONTAINER_OF(t, struct resume, timer));
}

void resume_init(struct call *c)
{
	/* what the guard keeps from providers is not for our tables either */
	const bool is_private = c->guard.vault != NULL && c->guard.vault->n > 0;

	if (!c->wants_resume || !c->feature->resume || !c->encoder->stream ||
	    is_private)
		return;
	struct resume *const r = ARENA_NEW(&c->req->arena, struct resume);
	r->call = c;
	/* an answer that is longer cannot be taken up */
	buf_init(&r->kept, &c->req->arena, STORED_MAX_BYTES);
	r->timer.fire = on_timer;
	r->job.run = run_put;
	r->done.run = on_put;
	c->resume = r;
}

void resume_mark(struct call *c)
{
	if (c->resume != NULL)
		c->resume->mark = c->client.out.n;
}

void resume_keep(struct call *c)
{
	struct resume *const r = c->resume;
	struct buf *const out = &c->client.out;

	if (r == NULL)
		return;
	assert(r->mark <= out->n);
	if (!r->kept.full)
		buf_add(&r->kept, out->p + r->mark, out->n - r->mark);
	if (c->client.gone)
		buf_reset(out);
}

void resume_frame_id(const struct call *c, struct buf *out)
{
	const struct resume *const r = c->resume;

	if (r == NULL || r->kept.full)
		return;
	const size_t at = r->kept.n + out->n - r->mark;
	buf_add_str(out, STR("id: "));
	buf_add_i64(out, (int64_t)at);
	buf_add_char(out, '\n');
}

bool resume_goes_on(struct call *c)
{
	struct resume *const r = c->resume;

	if (r == NULL || r->kept.full ||
	    c->app->conf->server.resume_grace_ms == 0)
		return false;
	/* under plain CGI the process is about to be killed */
	if (worker_is_cgi(c->app->worker))
		return false;
	if (c->paused)
		call_on_drained(&c->client);
	put(r);
	return true;
}

void resume_end(struct call *c)
{
	struct resume *const r = c->resume;

	loop_timer_cancel(c->app->loop, &r->timer);
	if (r->kept.n == 0 || (r->kept.full && !r->busy)) {
		client_close(&c->client);
		return;
	}
	client_flush(&c->client);
	r->ended = true;
	put(r);
}
