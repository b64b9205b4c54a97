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
#include "http/feed.h"
#include "http/problem.h"
#include "http/req.h"
#include "http/worker.h"
#include "llm/app.h"
#include "llm/limits.h"
#include "llm/stored.h"

#define READ_BYTES    ((size_t)4 * 1024 * 1024)
#define CONFIRM_BYTES ((size_t)64 * 1024)

struct follow {
	struct app *app;
	struct feed feed;
	struct stored_place place;
	struct arena arena; /* of one answer of the database */
};

/* What follow_stop() says, on the loop. */
struct stopped {
	struct req *req;
	struct client client;
	struct loop_task task;
};

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

static void write_lost(struct follow *f, struct str before)
{
	struct buf out;

	buf_init(&out, &f->arena, READ_BYTES);
	buf_add_str(&out, before);
	buf_add_c(&out, "event: error\ndata: ");
	problem_json(f->feed.req, ERR_UPSTREAM_CUT, &out);
	buf_add_c(&out, "\n\n");
	f->feed.text = buf_str(&out);
}

/* Put what the database has into the feed. */
static enum err read_more(struct follow *f, struct req *req,
			  enum stored_state *state)
{
	struct str text = STR_NONE;

	arena_clear(&f->arena);
	ERR_TRY(stored_read(f->app, &f->arena, &f->place, state, &text,
			    &req->err));
	if (text.n > 0)
		f->place.last_id = last_id(text, f->place.last_id);
	f->feed.text = text;
	f->feed.over = *state != STORED_OPEN && *state != STORED_WAITING;
	if (*state == STORED_LOST)
		write_lost(f, text);
	return ERR_OK;
}

/* A database that is away may come back; the client decides how long. */
static void on_look(struct feed *feed)
{
	struct follow *const f = CONTAINER_OF(feed, struct follow, feed);
	enum stored_state state = STORED_OPEN;

	if (read_more(f, feed->req, &state) != ERR_OK)
		err_clear(&feed->req->err);
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
	enum stored_state found = STORED_OPEN;

	f->app = state;
	f->feed.look = on_look;
	f->feed.req = req;
	ERR_TRY(identify(req, f->app, false, &f->place));
	ERR_TRY(position(req, &f->place));
	arena_init(&f->arena, READ_BYTES);
	arena_defer(&req->arena, release, &f->arena);
	ERR_TRY(read_more(f, req, &found));
	if (found == STORED_UNKNOWN)
		return err_set(&req->err, ERR_NOT_FOUND,
			       "there is no such answer of yours");
	if (found == STORED_EXPIRED)
		return ERR_EXPIRED;
	feed_start(&f->feed, req, 2 * READ_BYTES);
	return ERR_OK;
}

/* Loop thread: it is noted. */
static void confirm(struct loop_task *task)
{
	struct stopped *const s = CONTAINER_OF(task, struct stopped, task);
	const struct str body = STR("{\"stopped\":true}");

	client_open(&s->client, s->req, CONFIRM_BYTES);
	res_headerf(s->req, "Content-Length", "%zu", body.n);
	res_begin(s->req, 200, "application/json", &s->client.out);
	buf_add_str(&s->client.out, body);
	client_close(&s->client);
}

enum err follow_stop(struct req *req, void *state)
{
	struct stopped *const s = ARENA_NEW(&req->arena, struct stopped);
	struct app *const app = state;
	struct stored_place place = {0};

	s->req = req;
	s->task.run = confirm;
	ERR_TRY(identify(req, app, true, &place));
	ERR_TRY(stored_stop(app, &req->arena, &place, &req->err));
	loop_post(app->loop, &s->task);
	return ERR_OK;
}
