/*
 * The loop's side of a feed: asks on, sends, keeps the connection open, and
 * closes when there is no more.
 */
#include "http/feed.h"

#include "base/container.h"
#include "conf/conf.h"
#include "http/worker.h"

#define POLL_MS 250

static struct loop *loop_of(const struct feed *f)
{
	return worker_loop(f->req->worker);
}

static void run_look(struct worker_job *job)
{
	struct feed *const f = CONTAINER_OF(job, struct feed, job);

	f->look(f);
	loop_post(loop_of(f), &f->done);
}

static void send(struct feed *f, struct str text)
{
	buf_add_str(&f->client.out, text);
	f->last_sent_ms = loop_now_ms(loop_of(f));
	client_flush(&f->client);
}

static void beat(struct feed *f)
{
	const int64_t silent_ms = loop_now_ms(loop_of(f)) - f->last_sent_ms;

	if (silent_ms >= worker_conf(f->req->worker)->server.heartbeat_ms)
		send(f, STR(": heartbeat\n\n"));
}

/* No more looks; while one is under way, on_looked() closes. */
static void finish(struct feed *f)
{
	f->stopped = true;
	loop_timer_cancel(loop_of(f), &f->timer);
	if (!f->busy)
		client_close(&f->client);
}

static void on_looked(struct loop_task *task)
{
	struct feed *const f = CONTAINER_OF(task, struct feed, done);

	f->busy = false;
	if (!f->stopped && f->text.n > 0)
		send(f, f->text);
	else if (!f->stopped)
		beat(f);
	f->text = STR_NONE;
	if (f->stopped || f->over)
		finish(f);
}

static void on_timer(struct loop_timer *t)
{
	struct feed *const f = CONTAINER_OF(t, struct feed, timer);

	loop_timer_set(loop_of(f), t, POLL_MS);
	if (client_waiting(&f->client) > f->max_bytes / 2)
		return;
	if (f->busy) {
		beat(f);
		return;
	}
	f->busy = true;
	if (f->text.n > 0 || f->over) /* there from the beginning */
		on_looked(&f->done);
	else
		worker_post(f->req->worker, &f->job);
}

static void on_gone(struct client *client)
{
	finish(CONTAINER_OF(client, struct feed, client));
}

static void on_drained(struct client *client)
{
	(void)client; /* the timer looks */
}

static void on_shutdown(struct client *client)
{
	finish(CONTAINER_OF(client, struct feed, client));
}

static void on_start(struct loop_task *task)
{
	struct feed *const f = CONTAINER_OF(task, struct feed, start);

	f->client.on_gone = on_gone;
	f->client.on_drained = on_drained;
	f->client.on_shutdown = on_shutdown;
	client_open(&f->client, f->req, f->max_bytes);
	res_header(f->req, "X-Accel-Buffering", STR("no"));
	res_begin(f->req, 200, "text/event-stream", &f->client.out);
	client_flush(&f->client);
	f->last_sent_ms = loop_now_ms(loop_of(f));
	on_timer(&f->timer);
}

void feed_start(struct feed *f, struct req *req, size_t max_bytes)
{
	f->req = req;
	f->max_bytes = max_bytes;
	f->job.run = run_look;
	f->done.run = on_looked;
	f->timer.fire = on_timer;
	f->start.run = on_start;
	loop_post(loop_of(f), &f->start);
}
