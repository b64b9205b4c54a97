/*
 * A run as server-sent events: each time it has changed it is sent once more,
 * with long results cut; the last event, "done", has all of it.  Whoever goes
 * on with the run, in whatever process, writes it into the database, and here
 * that is asked several times a second, on intake threads.  So the client may
 * leave and come back, and many may look.
 */
#include "agent/run.h"

#include "base/container.h"
#include "base/log.h"
#include "http/client.h"
#include "http/problem.h"
#include "http/worker.h"
#include "llm/app.h"

#define POLL_MS          250
#define FRAME_BYTES      ((size_t)24 * 1024 * 1024)
#define CLIENT_MAX_BYTES (2 * FRAME_BYTES)
#define FAILURES_MAX     40 /* so often the database may be away */

struct watch {
	struct agent_run *run;
	struct client client;
	struct loop_task start;
	struct loop_timer timer;
	int64_t last_sent_ms;
	bool stopped; /* no more questions */
	/* the question under way, and its answer */
	bool busy;
	struct worker_job job;
	struct loop_task done;
	struct arena scratch;
	struct errbuf e;
	int64_t changed_us; /* what was sent last */
	int64_t cost_pico;
	enum err err;
	int failures;
	bool over;        /* the text has the last event */
	struct str frame; /* empty: nothing is new */
};

/* Intake thread ------------------------------------------------------ */

static enum err write_frame(struct watch *w)
{
	struct agent_run *const r = w->run;
	struct buf out;

	ERR_TRY(agent_store_load(r));
	w->over = !str_eq_c(r->status, "running") || r->interrupted;
	buf_init(&out, &r->arena, FRAME_BYTES);
	buf_add_c(&out, w->over ? "event: done\ndata: " : "event: run\ndata: ");
	agent_write(r, !w->over, &out);
	buf_add_c(&out, "\n\n");
	ERR_TRY(buf_err(&out));
	w->frame = buf_str(&out);
	w->changed_us = r->changed_us;
	w->cost_pico = r->cost_pico;
	return ERR_OK;
}

static enum err look(struct watch *w)
{
	struct agent_run *const r = w->run;
	bool ours = false;

	arena_clear(&w->scratch);
	w->frame = STR_NONE;
	ERR_TRY(agent_store_look(r));
	if (r->stale)
		ERR_TRY(agent_store_claim(r, &ours));
	if (ours)
		return agent_launch(r);
	if (r->changed_us == w->changed_us && r->cost_pico == w->cost_pico)
		return ERR_OK;
	return write_frame(w);
}

static void run_look(struct worker_job *job)
{
	struct watch *const w = CONTAINER_OF(job, struct watch, job);

	w->err = look(w);
	w->failures = w->err == ERR_OK ? 0 : w->failures + 1;
	if (w->err != ERR_OK) {
		w->frame = STR_NONE;
		w->over = w->failures > FAILURES_MAX || w->err == ERR_NOT_FOUND;
	}
	loop_post(w->run->app->loop, &w->done);
}

/* Loop thread -------------------------------------------------------- */

static void send(struct watch *w, struct str text)
{
	buf_add_str(&w->client.out, text);
	w->last_sent_ms = loop_now_ms(w->run->app->loop);
	client_flush(&w->client);
}

static void beat(struct watch *w)
{
	const int64_t silent_ms =
		loop_now_ms(w->run->app->loop) - w->last_sent_ms;

	if (silent_ms >= w->run->app->conf->server.heartbeat_ms)
		send(w, STR(": heartbeat\n\n"));
}

static void send_frame(struct watch *w)
{
	struct buf *const out = &w->client.out;

	if (w->frame.n > 0) {
		send(w, w->frame);
	} else if (w->over) {
		buf_add_c(out, "event: error\ndata: ");
		problem_json(w->run->req, w->err, out);
		send(w, STR("\n\n"));
	} else {
		beat(w);
	}
}

/*
 * An answer is there.  It stays busy while it sends, so that a client that
 * leaves meanwhile is closed here and not under our feet.
 */
static void on_looked(struct loop_task *task)
{
	struct watch *const w = CONTAINER_OF(task, struct watch, done);

	if (!w->stopped)
		send_frame(w);
	w->frame = STR_NONE;
	w->busy = false;
	w->stopped = w->stopped || w->over;
	if (w->stopped) {
		loop_timer_cancel(w->run->app->loop, &w->timer);
		client_close(&w->client);
	}
}

/* While a question waits, comments keep the connection open. */
static void on_timer(struct loop_timer *t)
{
	struct watch *const w = CONTAINER_OF(t, struct watch, timer);

	loop_timer_set(w->run->app->loop, t, POLL_MS);
	if (w->busy) {
		beat(w);
		return;
	}
	w->busy = true;
	worker_post(w->run->app->worker, &w->job);
}

/* No more questions; while one is under way, on_looked() closes. */
static void finish(struct watch *w)
{
	w->stopped = true;
	loop_timer_cancel(w->run->app->loop, &w->timer);
	if (!w->busy)
		client_close(&w->client);
}

static void on_gone(struct client *client)
{
	finish(CONTAINER_OF(client, struct watch, client));
}

static void on_drained(struct client *client)
{
	(void)client; /* nothing waits for it */
}

static void on_shutdown(struct client *client)
{
	finish(CONTAINER_OF(client, struct watch, client));
}

static void start(struct loop_task *task)
{
	struct watch *const w = CONTAINER_OF(task, struct watch, start);
	struct req *const req = w->run->req;

	w->client.on_gone = on_gone;
	w->client.on_drained = on_drained;
	w->client.on_shutdown = on_shutdown;
	client_open(&w->client, req, CLIENT_MAX_BYTES);
	res_header(req, "X-Accel-Buffering", STR("no"));
	res_begin(req, 200, "text/event-stream", &w->client.out);
	client_flush(&w->client);
	w->last_sent_ms = loop_now_ms(w->run->app->loop);
	on_timer(&w->timer);
}

static void release(void *arg)
{
	arena_release(arg);
}

void agent_watch(struct agent_run *r)
{
	struct watch *const w = ARENA_NEW(&r->req->arena, struct watch);

	w->run = r;
	arena_init(&w->scratch, REQ_ARENA_BYTES);
	arena_defer(&r->req->arena, release, &w->scratch);
	r->scratch = &w->scratch;
	r->e = &w->e;
	w->job.run = run_look;
	w->done.run = on_looked;
	w->timer.fire = on_timer;
	w->start.run = start;
	log_msg(LOG_DEBUG, "agent_watched", "%s", r->id);
	loop_post(r->app->loop, &w->start);
}
