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
#include "auth/guarded_door.h"
#include "auth/identify.h"
#include "http/problem.h"
#include "http/worker.h"
#include "llm/app.h"
#include "llm/call.h"
#include "llm/limits.h"
#include "json/json.h"

#define BODY_BYTES ((size_t)256)

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

static enum err route(struct req *req, const struct auth_guarded *v1,
		      struct str path, const struct auth_credential *credential)
{
	const bool post = str_eq_c(req->method, "POST");

	if (is_models(path) && !post)
		return models_answer(req, path, auth_gate_pool(v1->gate),
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
	struct auth_guarded *const v1 = state;
	struct auth_credential credential;
	struct ledger_admission who;

	ERR_TRY(auth_identify(req, &credential));
	ERR_TRY(auth_gate_check(v1->gate, &req->arena, credential.hash,
				req_env(req, "REMOTE_ADDR"), &who, &req->err));
	if (anthropic_is_client(req))
		anthropic_limits(req, &who);
	ERR_TRY(limits_apply(req, &who));
	return route(req, v1, api_path(req), &credential);
}

int main(int argc, char **argv)
{
	static const struct route v1 = {
		.name = "v1",
		.methods = "GET, HEAD, POST",
		.cors = true,
		.problem = &anthropic_problem_if_read,
		.open = auth_guarded_open,
		.close = auth_guarded_close,
		.handle = handle,
	};

	return worker_main(&v1, argc, argv);
}
