/*
 * The reader's side of streams that can be taken up again: asks the database
 * several times a second, on intake threads, until the answer has ended or the
 * client has left.  resume.c is the writer's.
 */
#include "llm/follow.h"

#include "auth/check.h"
#include "auth/identify.h"
#include "base/container.h"
#include "base/num.h"
#include "db/db.h"
#include "http/client.h"
#include "http/problem.h"
#include "http/req.h"
#include "http/worker.h"
#include "llm/app.h"
#include "llm/limits.h"
#include "llm/stored.h"

#define POLL_MS          250
#define READ_BYTES       ((size_t)4 * 1024 * 1024)
#define CLIENT_MAX_BYTES ((size_t)8 * 1024 * 1024)

struct follow {
	struct app *app;
	struct client client;
	struct stored_place place;
	struct loop_task start;
	struct loop_timer timer;
	int64_t last_sent_ms;
	bool stopped; /* no more questions */
	/* the question under way, and its answer; both in `arena` */
	bool busy;
	struct arena arena;
	struct worker_job job;
	struct loop_task done;
	enum err err;
	enum stored_state state;
	struct str text;
};

/* Intake thread. */
static void run_read(struct worker_job *job)
{
	struct follow *const f = CONTAINER_OF(job, struct follow, job);
	struct errbuf e = {.code = ERR_OK};

	arena_clear(&f->arena);
	f->text = STR_NONE;
	f->err = stored_read(f->app, &f->arena, &f->place, &f->state, &f->text,
			     &e);
	loop_post(f->app->loop, &f->done);
}

static void ask(struct loop_timer *t)
{
	struct follow *const f = CONTAINER_OF(t, struct follow, timer);

	f->busy = true;
	worker_post(f->app->worker, &f->job);
}

/* The arena of the answers goes with the request. */
static void release(void *arg)
{
	arena_release(arg);
}

/* The offset of the last event in text, from its "id:" line. */
static int64_t last_id(struct str text, int64_t otherwise)
{
	struct str rest = text;
	struct str line;
	int64_t id = otherwise;

	while (rest.n > 0) {
		(void)str_cut(rest, '\n', &line, &rest);
		if (str_starts(line, STR("id: ")))
			(void)!num_parse_i64(
				(struct str){line.p + 4, line.n - 4}, 0,
				INT64_MAX, &id);
	}
	return id;
}

static void send_text(struct follow *f)
{
	struct buf *const out = &f->client.out;
	const int64_t now_ms = loop_now_ms(f->app->loop);

	if (f->text.n > 0)
		f->place.last_id = last_id(f->text, f->place.last_id);
	buf_add_str(out, f->text);
	if (f->state == STORED_LOST) {
		buf_add_c(out, "event: error\ndata: ");
		problem_json(f->client.req, ERR_UPSTREAM_CUT, out);
		buf_add_c(out, "\n\n");
	} else if (f->text.n == 0 &&
		   now_ms - f->last_sent_ms >=
			   f->app->conf->server.heartbeat_ms) {
		buf_add_c(out, ": heartbeat\n\n");
	} else if (f->text.n == 0) {
		return;
	}
	f->last_sent_ms = now_ms;
	client_flush(&f->client);
}

/*
 * Loop thread: an answer is there.  It stays busy while it sends, so that a
 * client that leaves meanwhile is closed here and not under our feet.
 */
static void on_read(struct loop_task *task)
{
	struct follow *const f = CONTAINER_OF(task, struct follow, done);

	f->busy = true;
	if (!f->stopped && f->err == ERR_OK)
		send_text(f);
	f->busy = false;
	if (f->err == ERR_OK && f->state != STORED_OPEN &&
	    f->state != STORED_WAITING)
		f->stopped = true;
	if (f->stopped)
		client_close(&f->client);
	else
		loop_timer_set(f->app->loop, &f->timer, POLL_MS);
}

/* No more questions; while one is under way, on_read() closes. */
static void finish(struct follow *f)
{
	f->stopped = true;
	loop_timer_cancel(f->app->loop, &f->timer);
	if (!f->busy)
		client_close(&f->client);
}

static void on_gone(struct client *client)
{
	finish(CONTAINER_OF(client, struct follow, client));
}

static void on_drained(struct client *client)
{
	(void)client; /* nothing waits for it */
}

static void on_shutdown(struct client *client)
{
	finish(CONTAINER_OF(client, struct follow, client));
}

/* Loop thread: the first answer is in hand. */
static void start(struct loop_task *task)
{
	struct follow *const f = CONTAINER_OF(task, struct follow, start);
	struct req *const req = f->client.req;

	f->client.on_gone = on_gone;
	f->client.on_drained = on_drained;
	f->client.on_shutdown = on_shutdown;
	client_open(&f->client, req, CLIENT_MAX_BYTES);
	res_header(req, "X-Accel-Buffering", STR("no"));
	res_begin(req, 200, "text/event-stream", &f->client.out);
	f->last_sent_ms = loop_now_ms(f->app->loop);
	on_read(&f->done);
}

/*
 * Who asks for which answer.  free: also who has asked too much lately, as
 * stopping costs less than going on.
 */
static enum err identify(struct req *req, struct app *app, bool free,
			 struct stored_place *place)
{
	const struct conf_limits *const limits = &app->conf->limits;
	struct auth_credential credential;
	struct ledger_admission who;
	struct db *db = NULL;

	ERR_TRY(auth_identify(req, &credential));
	ERR_TRY(req_query(req, "request_id", &place->request_id));
	const struct auth_question q = {.key_hash = credential.hash};
	ERR_TRY(db_pool_get(app->pool, &db, &req->err));
	const enum err err =
		auth_check(db, &req->arena, limits, &q, &who, &req->err);
	db_pool_put(app->pool, db);
	ERR_TRY(err);
	if (!free || who.verdict != ERR_RATE_LIMITED)
		ERR_TRY(limits_apply(req, &who));
	place->tenant_id = who.tenant_id;
	place->user_id = who.user_id;
	place->last_id = -1;
	if (place->request_id.n == 0)
		return err_set(&req->err, ERR_INVALID_REQUEST,
			       "?request_id= is missing");
	return ERR_OK;
}

static enum err position(struct req *req, struct stored_place *place)
{
	const struct str id = req_env(req, "HTTP_LAST_EVENT_ID");

	if (id.n > 0 &&
	    num_parse_i64(id, 0, INT32_MAX, &place->last_id) != ERR_OK)
		return err_set(&req->err, ERR_INVALID_REQUEST,
			       "Last-Event-ID is no id of this stream");
	return ERR_OK;
}

enum err follow_stream(struct req *req, void *state)
{
	struct follow *const f = ARENA_NEW(&req->arena, struct follow);

	f->app = state;
	f->client.req = req;
	f->timer.fire = ask;
	f->job.run = run_read;
	f->done.run = on_read;
	f->start.run = start;
	ERR_TRY(identify(req, f->app, false, &f->place));
	ERR_TRY(position(req, &f->place));
	arena_init(&f->arena, READ_BYTES);
	arena_defer(&req->arena, release, &f->arena);
	ERR_TRY(stored_read(f->app, &f->arena, &f->place, &f->state, &f->text,
			    &req->err));
	if (f->state == STORED_UNKNOWN)
		return err_set(&req->err, ERR_NOT_FOUND,
			       "there is no such answer of yours");
	if (f->state == STORED_EXPIRED)
		return ERR_EXPIRED;
	loop_post(f->app->loop, &f->start);
	return ERR_OK;
}

/* Loop thread: it is noted. */
static void confirm(struct loop_task *task)
{
	struct follow *const f = CONTAINER_OF(task, struct follow, start);
	struct req *const req = f->client.req;
	const struct str body = STR("{\"stopped\":true}");

	client_open(&f->client, req, CLIENT_MAX_BYTES);
	res_headerf(req, "Content-Length", "%zu", body.n);
	res_begin(req, 200, "application/json", &f->client.out);
	buf_add_str(&f->client.out, body);
	client_close(&f->client);
}

enum err follow_stop(struct req *req, void *state)
{
	struct follow *const f = ARENA_NEW(&req->arena, struct follow);

	f->app = state;
	f->client.req = req;
	f->start.run = confirm;
	ERR_TRY(identify(req, f->app, true, &f->place));
	ERR_TRY(stored_stop(f->app, &req->arena, &f->place, &req->err));
	loop_post(f->app->loop, &f->start);
	return ERR_OK;
}
