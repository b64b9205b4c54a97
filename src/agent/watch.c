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
#include "http/feed.h"
#include "http/problem.h"

#define FRAME_BYTES  ((size_t)24 * 1024 * 1024)
#define FAILURES_MAX 40 /* so often the database may be away */

struct watch {
	struct agent_run *run;
	struct feed feed;
	struct arena scratch; /* of one look */
	struct errbuf e;
	int64_t changed_us; /* what was sent last */
	int64_t cost_pico;
	int failures;
};

static enum err write_run(struct watch *w)
{
	struct agent_run *const r = w->run;
	struct buf out;

	ERR_TRY(agent_store_load(r));
	const bool over = !str_eq_c(r->status, "running") || r->interrupted;
	buf_init(&out, &r->arena, FRAME_BYTES);
	buf_add_c(&out, over ? "event: done\ndata: " : "event: run\ndata: ");
	agent_write(r, !over, &out);
	buf_add_c(&out, "\n\n");
	ERR_TRY(buf_err(&out));
	w->feed.over = over;
	w->feed.text = buf_str(&out);
	w->changed_us = r->changed_us;
	w->cost_pico = r->cost_pico;
	return ERR_OK;
}

static void write_error(struct watch *w, enum err err)
{
	struct buf out;

	buf_init(&out, &w->scratch, FRAME_BYTES);
	buf_add_c(&out, "event: error\ndata: ");
	problem_json(w->run->req, err, &out);
	buf_add_c(&out, "\n\n");
	w->feed.over = true;
	w->feed.text = buf_str(&out);
}

static enum err look(struct watch *w)
{
	struct agent_run *const r = w->run;
	bool ours = false;

	ERR_TRY(agent_store_look(r));
	if (r->stale)
		ERR_TRY(agent_store_claim(r, &ours));
	if (ours)
		return agent_launch(r);
	if (r->changed_us == w->changed_us && r->cost_pico == w->cost_pico)
		return ERR_OK;
	return write_run(w);
}

static void on_look(struct feed *f)
{
	struct watch *const w = CONTAINER_OF(f, struct watch, feed);

	arena_clear(&w->scratch);
	const enum err err = look(w);
	w->failures = err == ERR_OK ? 0 : w->failures + 1;
	if (w->failures > FAILURES_MAX || err == ERR_NOT_FOUND)
		write_error(w, err);
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
	w->feed.look = on_look;
	log_msg(LOG_DEBUG, "agent_watched", "%s", r->id);
	feed_start(&w->feed, r->req, 2 * FRAME_BYTES);
}
