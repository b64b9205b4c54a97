/*
 * POST /feedback: what a reader says of an answer: {"request_id", "rating": 1
 * or -1, "comment"}.  "question" and "answer" are kept with "agreed": true
 * only.  Spends nothing; counts against the RPM.
 */
#include "llm/feedback.h"
#include "auth/check.h"
#include "auth/door.h"
#include "auth/identify.h"
#include "http/worker.h"
#include "llm/limits.h"
#include "json/json.h"

static enum err decode(struct req *req, struct feedback *f)
{
	struct errbuf *const e = &req->err;
	struct json body;
	bool agreed = false;

	ERR_TRY(json_parse(&req->arena, req->body, &body, e));
	ERR_TRY(json_get_str(body, "request_id", &f->request_id, e));
	ERR_TRY(json_get_i64(body, "rating", -1, 1, &f->rating, e));
	ERR_TRY(json_get_str(body, "comment", &f->comment, e));
	ERR_TRY(json_get_bool(body, "agreed", &agreed, e));
	if (f->request_id.n == 0 || f->rating == 0)
		return err_set(e, ERR_INVALID_REQUEST,
			       "\"request_id\" and a \"rating\" of 1 or -1 are "
			       "needed");
	if (!agreed)
		return ERR_OK;
	ERR_TRY(json_get_str(body, "question", &f->question, e));
	ERR_TRY(json_get_str(body, "answer", &f->answer, e));
	if (f->question.p == NULL || f->answer.p == NULL)
		return err_set(e, ERR_INVALID_REQUEST,
			       "\"agreed\" needs \"question\" and \"answer\"");
	return ERR_OK;
}

static enum err handle(struct req *req, void *state)
{
	struct feedback f = {.request_id = STR_NONE};
	struct auth_credential credential;
	struct ledger_admission who;

	ERR_TRY(auth_identify(req, &credential));
	ERR_TRY(auth_gate_check(state, &req->arena, credential.hash,
				req_env(req, "REMOTE_ADDR"), &who, &req->err));
	ERR_TRY(limits_apply(req, &who));
	ERR_TRY(decode(req, &f));
	ERR_TRY(feedback_put(auth_gate_pool(state), &req->arena, &who, &f,
			     &req->err));
	return res_send(req, 200, "application/json", STR("{\"kept\":true}"));
}

int main(int argc, char **argv)
{
	static const struct route route = {
		.name = "feedback",
		.paths = {"/feedback"},
		.methods = "POST",
		.open = auth_door_open,
		.close = auth_door_close,
		.handle = handle,
	};

	return worker_main(&route, argc, argv);
}
