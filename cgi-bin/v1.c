/*
 * The addresses below /v1 that spend nothing: GET /v1/models and
 * /v1/models/ID, POST /v1/messages/count_tokens and /v1/moderations.  One
 * worker for all of them.
 */
#include "api/anthropic.h"
#include "api/decode.h"
#include "api/models.h"
#include "api/moderations.h"
#include "api/path.h"
#include "auth/check.h"
#include "auth/door.h"
#include "auth/identify.h"
#include "guard/guard.h"
#include "http/problem.h"
#include "http/worker.h"
#include "llm/app.h"
#include "llm/call.h"
#include "llm/limits.h"
#include "json/json.h"

#define BODY_BYTES  ((size_t)256)
#define ARENA_BYTES ((size_t)16 * 1024 * 1024)

struct v1 {
	struct arena arena;
	void *door; /* of auth/door */
	const struct guard *guard;
};

static enum err count_tokens(struct req *req)
{
	struct app app = {.conf = worker_conf(req->worker)};
	struct call *c = NULL;
	struct buf body;
	struct jw w;

	ERR_TRY(anthropic_decode(req, &app, &c));
	buf_init(&body, &req->arena, BODY_BYTES);
	jw_init(&w, &body);
	jw_open_object(&w, NULL);
	jw_int(&w, "input_tokens", api_bound_tokens(c));
	jw_close(&w);
	return res_send(req, 200, "application/json", buf_str(&body));
}

static bool is_models(struct str path)
{
	return str_eq_c(path, "models") || str_starts(path, STR("models/"));
}

static enum err route(struct req *req, const struct v1 *v1, struct str path,
		      const struct auth_credential *credential)
{
	const bool post = str_eq_c(req->method, "POST");

	if (is_models(path) && !post)
		return models_answer(req, path, auth_gate_pool(v1->door),
				     credential->hash);
	if (str_eq_c(path, "messages/count_tokens") && post)
		return count_tokens(req);
	if (str_eq_c(path, "moderations") && post)
		return moderations_answer(req, v1->guard);
	return err_set(&req->err, ERR_METHOD, "this takes %s",
		       post ? "GET" : "POST");
}

static enum err handle(struct req *req, void *state)
{
	struct v1 *const v1 = state;
	struct auth_credential credential;
	struct ledger_admission who;

	ERR_TRY(auth_identify(req, &credential));
	ERR_TRY(auth_gate_check(v1->door, &req->arena, credential.hash,
				req_env(req, "REMOTE_ADDR"), &who, &req->err));
	ERR_TRY(limits_apply(req, &who));
	return route(req, v1, api_path(req), &credential);
}

static enum err open_v1(struct worker *w, void **state, struct errbuf *e)
{
	struct arena arena;

	arena_init(&arena, ARENA_BYTES);
	struct v1 *const v1 = ARENA_NEW(&arena, struct v1);
	v1->arena = arena;
	ERR_TRY(guard_new(&v1->arena, worker_conf(w), &v1->guard, e));
	ERR_TRY(auth_door_open(w, &v1->door, e));
	*state = v1;
	return ERR_OK;
}

static void close_v1(void *state)
{
	struct v1 *const v1 = state;

	auth_door_close(v1->door);
	struct arena arena = v1->arena;
	arena_release(&arena);
}

/* In the shape that the caller's client reads. */
static void write_problem(const struct req *req, enum err err, struct buf *out)
{
	if (req_env(req, "HTTP_ANTHROPIC_VERSION").n > 0)
		anthropic_problem.write(req, err, out);
	else
		problem_json(req, err, out);
}

static const struct problem_shape problem = {
	.content_type = "application/json",
	.write = write_problem,
};

int main(int argc, char **argv)
{
	static const struct route v1 = {
		.name = "v1",
		.methods = "GET, HEAD, POST",
		.cors = true,
		.problem = &problem,
		.open = open_v1,
		.close = close_v1,
		.handle = handle,
	};

	return worker_main(&v1, argc, argv);
}
