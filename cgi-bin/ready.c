/*
 * GET /ready: configuration, database, keys, and what our own traffic says of
 * the providers.  200, or 503 with what is missing; never calls a provider.
 */
#include "ops/ready.h"
#include "db/db.h"
#include "http/worker.h"
#include "llm/setup.h"

#define BODY_BYTES  ((size_t)32 * 1024)
#define STATE_BYTES ((size_t)64 * 1024)

struct state {
	struct arena arena;
	struct db_pool *pool;
	struct ready *ready;
};

static enum err handle(struct req *req, void *state)
{
	const struct state *const s = state;
	struct errbuf why = {0};
	struct buf body;

	buf_init(&body, &req->arena, BODY_BYTES);
	const enum err err = worker_state(req->worker, &why);
	struct ready *const ready =
		s != NULL ? s->ready
			  : ready_new(&req->arena, worker_conf(req->worker),
				      NULL);
	const bool ok = ready_report(ready, err, &why, &body);
	ERR_TRY(buf_err(&body));
	return res_send(req, ok ? 200 : 503, "application/json",
			buf_str(&body));
}

static enum err open_state(struct worker *w, void **state, struct errbuf *e)
{
	const struct conf *const conf = worker_conf(w);
	struct arena arena;

	ERR_TRY(setup_check(conf, e));
	arena_init(&arena, STATE_BYTES);
	struct state *const s = ARENA_NEW(&arena, struct state);
	s->arena = arena;
	ERR_TRY(db_pool_new(&s->pool, &conf->database, worker_name(w), e));
	s->ready = ready_new(&s->arena, conf, s->pool);
	*state = s;
	return ERR_OK;
}

static void close_state(void *state)
{
	struct state *const s = state;

	db_pool_free(s->pool);
	struct arena arena = s->arena;
	arena_release(&arena);
}

int main(int argc, char **argv)
{
	static const struct route route = {
		.name = "ready",
		.paths = {"/ready"},
		.methods = "GET, HEAD",
		.without_conf = true,
		.quiet = true,
		.open = open_state,
		.close = close_state,
		.handle = handle,
	};

	return worker_main(&route, argc, argv);
}
