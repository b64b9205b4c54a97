/*
 * GET /docs/search?q=&k=&collection=: the passages of the caller's documents
 * that best match the question.  Spends nothing; counts against the RPM.  The
 * question and the passages pass the guard as where a model is asked.
 */
#include "auth/check.h"
#include "auth/guarded_door.h"
#include "auth/identify.h"
#include "base/log.h"
#include "base/num.h"
#include "docs/search.h"
#include "http/worker.h"
#include "llm/limits.h"
#include "json/json.h"

#include <inttypes.h>
#include <stdio.h>

#define DEFAULT_K    5
#define BODY_BYTES   ((size_t)256 * 1024)
#define MAX_QUESTION ((size_t)4096)
#define SCORE_BYTES  32

static enum err decode(struct req *req, struct docs_search *s)
{
	struct str k;

	ERR_TRY(req_query(req, "q", &s->question));
	ERR_TRY(req_query(req, "k", &k));
	ERR_TRY(req_query(req, "collection", &s->collection));
	s->k = DEFAULT_K;
	if (str_trim(s->question).n == 0)
		return err_set(&req->err, ERR_INVALID_REQUEST,
			       "?q= is missing or empty");
	if (s->question.n > MAX_QUESTION)
		return err_set(&req->err, ERR_TOO_LARGE,
			       "?q= is longer than %zu bytes", MAX_QUESTION);
	if (k.n > 0 && num_parse_i64(k, 1, DOCS_MAX_PASSAGES, &s->k) != ERR_OK)
		return err_set(&req->err, ERR_INVALID_REQUEST,
			       "?k= must be a number from 1 to %d",
			       DOCS_MAX_PASSAGES);
	return ERR_OK;
}

static void encode(struct buf *out, const struct docs_passage *found, size_t n)
{
	char score[SCORE_BYTES];
	struct jw w;

	jw_init(&w, out);
	jw_open_object(&w, NULL);
	jw_c(&w, "passages_are", "data");
	jw_open_array(&w, "results");
	for (size_t i = 0; i < n; i++) {
		const int64_t milli = found[i].score_milli;
		(void)snprintf(score, sizeof(score), "%" PRId64 ".%03" PRId64,
			       milli / 1000, milli % 1000);
		jw_open_object(&w, NULL);
		jw_int(&w, "doc", found[i].doc_id);
		jw_int(&w, "chunk", found[i].chunk);
		jw_str(&w, "title", found[i].title);
		jw_str(&w, "section", found[i].section);
		jw_str(&w, "url", found[i].url);
		jw_raw(&w, "score", str_from(score));
		jw_str(&w, "text", found[i].text);
		jw_close(&w);
	}
	jw_close(&w);
	jw_close(&w);
}

static void log_guard(const struct req *req, const struct guard_report *r)
{
	char text[GUARD_SUMMARY_BYTES];
	struct log l;

	guard_summary(r, text);
	if (text[0] == '\0')
		return;
	log_begin(&l, LOG_INFO, "search_guarded");
	log_c(&l, "request_id", req->id);
	log_c(&l, "guard", text);
	log_end(&l);
}

static enum err search(struct req *req, struct docs_search *s, struct buf *body)
{
	const enum err err = docs_search(s, &req->err);

	log_guard(req, &s->report);
	ERR_TRY(err);
	encode(body, s->passages, s->npassages);
	return buf_err(body);
}

static enum err handle(struct req *req, void *state)
{
	const struct auth_guarded *const door = state;
	struct auth_credential credential;
	struct ledger_admission who;
	struct docs_search s = {
		.conf = worker_conf(req->worker),
		.guard = door->guard,
		.pool = auth_gate_pool(door->gate),
		.arena = &req->arena,
	};
	struct buf body;

	ERR_TRY(auth_identify(req, &credential));
	ERR_TRY(auth_gate_check(door->gate, &req->arena, credential.hash,
				req_env(req, "REMOTE_ADDR"), &who, &req->err));
	ERR_TRY(limits_apply(req, &who));
	buf_init(&body, &req->arena, BODY_BYTES);
	ERR_TRY(decode(req, &s));
	s.tenant_id = who.tenant_id;
	ERR_TRY(search(req, &s, &body));
	return res_send(req, 200, "application/json", buf_str(&body));
}

int main(int argc, char **argv)
{
	static const struct route route = {
		.name = "docs-search",
		.paths = {"/docs/search"},
		.methods = "GET, HEAD",
		.open = auth_guarded_open,
		.close = auth_guarded_close,
		.handle = handle,
	};

	return worker_main(&route, argc, argv);
}
