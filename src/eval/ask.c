/*
 * A question to the gateway, through its front door: guards, prices, limits
 * and ledger are part of what is evaluated.  Called by the threads of a run.
 */
#include "eval/ask.h"

#include "base/arena.h"
#include "base/num.h"
#include "net/http.h"

#include <limits.h>
#include <stdio.h>
#include <time.h>

#define TIMEOUT_MS   INT64_C(300000)
#define BODY_BYTES   ((size_t)8 * 1024 * 1024)
#define REPLY_BYTES  ((size_t)4 * 1024 * 1024)
#define MAX_WAITS    10
#define MAX_WAIT_S   INT64_C(60)
#define STATUS_LIMIT 429

/* The question as a body ----------------------------------------------------
 */

static bool has_role(struct json messages, const char *role)
{
	for (size_t i = 0; i < json_count(messages); i++)
		if (str_eq_c(json_str(json_get(json_at(messages, i), "role")),
			     role))
			return true;
	return false;
}

/* What only the API with that name takes. */
static bool is_for_v1(const struct eval_question *q)
{
	return json_has(q->options, "response_format") ||
	       json_has(q->options, "temperature") ||
	       has_role(q->messages, "system") ||
	       has_role(q->messages, "developer");
}

static void write_messages(struct jw *w, const struct eval_question *q)
{
	if (json_type(q->messages) == JSON_ARRAY) {
		jw_raw(w, "messages", json_text(q->messages));
		return;
	}
	jw_open_array(w, "messages");
	jw_open_object(w, NULL);
	jw_c(w, "role", "user");
	jw_str(w, "content", q->prompt);
	jw_close(w);
	jw_close(w);
}

static void write_option(struct jw *w, const struct eval_question *q,
			 const char *name, const char *as)
{
	const struct json v = json_get(q->options, name);

	if (json_type(v) != JSON_NULL)
		jw_raw(w, as, json_text(v));
}

static void write_question(struct buf *out, const struct eval_question *q,
			   bool v1)
{
	const struct eval_target *const t = &q->target;
	struct jw w;

	jw_init(&w, out);
	jw_open_object(&w, NULL);
	if (v1) {
		jw_c(&w, "model", t->model != NULL ? t->model : t->feature);
		write_messages(&w, q);
		write_option(&w, q, "max_tokens", "max_tokens");
		write_option(&w, q, "temperature", "temperature");
		write_option(&w, q, "response_format", "response_format");
	} else {
		if (json_type(q->messages) == JSON_ARRAY)
			write_messages(&w, q);
		else
			jw_str(&w, "message", q->prompt);
		if (t->feature != NULL)
			jw_c(&w, "feature", t->feature);
		if (t->model != NULL)
			jw_c(&w, "model", t->model);
		write_option(&w, q, "max_tokens", "max_output_tokens");
	}
	jw_close(&w);
}

/* The answer ----------------------------------------------------------------
 */

static void read_usd(struct eval_answer *out, struct str usd)
{
	out->cost_known = num_parse_usd(usd, &out->cost_pico) == ERR_OK;
}

static void read_chat(struct eval_answer *out, struct json said)
{
	out->text = json_str(json_get(said, "answer"));
	out->request_id = json_str(json_get(said, "request_id"));
	out->model_route = json_str(json_get(said, "model_route"));
	out->citations = json_get(said, "citations");
	out->has_citations = true;
	out->degraded = json_is_true(json_get(said, "degraded"));
	read_usd(out, json_str(json_get(said, "cost_usd")));
}

static void read_v1(struct arena *a, struct eval_answer *out,
		    const struct net_reply *reply, struct json said)
{
	const struct json first = json_at(json_get(said, "choices"), 0);

	out->text = json_str(json_get(json_get(first, "message"), "content"));
	out->request_id =
		str_from(str_dup(a, net_header(reply, "x-request-id")));
	out->model_route = str_from(
		str_dup(a, net_header(reply, "x-slipway-model-route")));
	read_usd(out, net_header(reply, "x-slipway-cost-usd"));
}

/* Refusals that come before a provider is asked, and so cost nothing. */
static bool is_free(long status)
{
	static const long early[] = {400, 401, 404, 405, 413, 429};

	for (size_t i = 0; i < sizeof(early) / sizeof(early[0]); i++)
		if (status == early[i])
			return true;
	return false;
}

static void read_refusal(struct arena *a, struct eval_answer *out,
			 struct json said)
{
	const struct str title = json_str(json_get(said, "title"));
	const struct str detail = json_str(json_get(said, "detail"));
	struct buf text;

	buf_init(&text, a, title.n + detail.n + 2);
	buf_add_str(&text, title);
	if (detail.n > 0)
		buf_addf(&text, " " STR_FMT, STR_ARG(detail));
	out->text = buf_str(&text);
	out->code = json_str(json_get(said, "code"));
	/* the guard may have asked a model, or read an answer that was paid */
	out->cost_known =
		is_free(out->status) && !str_eq_c(out->code, "content_blocked");
	out->request_id = json_str(json_get(said, "request_id"));
}

struct keeper {
	struct buf body;
};

static void keep(void *arg, struct str bytes)
{
	struct keeper *const k = arg;

	buf_add_str(&k->body, bytes);
}

struct exchange {
	char url[PATH_MAX];
	struct buf body;
	struct keeper kept;
	struct net_request request;
	struct net_reply reply;
	struct json said;
	bool v1;
};

static enum err ask_once(struct arena *a, struct exchange *x,
			 struct eval_answer *out, struct errbuf *e)
{
	*out = (struct eval_answer){.status = 0};
	buf_init(&x->kept.body, a, REPLY_BYTES);
	ERR_TRY(net_http(a, &x->request, &x->reply, e));
	out->status = x->reply.status;
	out->latency_ms = x->reply.took_ms - x->reply.connect_ms;
	if (json_parse(a, buf_str(&x->kept.body), &x->said, NULL) != ERR_OK)
		return err_set(e, ERR_IO,
			       "the service answers %ld, and no JSON",
			       x->reply.status);
	if (x->reply.status != 200)
		read_refusal(a, out, x->said);
	else if (x->v1)
		read_v1(a, out, &x->reply, x->said);
	else
		read_chat(out, x->said);
	if (out->request_id.n == 0)
		return err_set(e, ERR_IO,
			       "the service answers %ld, and not as Slipway "
			       "does: is this its address?",
			       x->reply.status);
	return ERR_OK;
}

static void wait_s(int64_t seconds)
{
	struct timespec left = {.tv_sec = (time_t)seconds, .tv_nsec = 0};

	while (nanosleep(&left, &left) != 0)
		; /* a signal */
}

enum err eval_ask(struct arena *a, const struct eval_service *s,
		  const struct eval_question *q, struct eval_answer *out,
		  struct errbuf *e)
{
	struct exchange *const x = ARENA_NEW(a, struct exchange);

	/* a model name is all that the API knows of a feature */
	x->v1 = is_for_v1(q) &&
		(q->target.model != NULL || q->target.feature != NULL);
	(void)snprintf(x->url, sizeof(x->url), "%s%s", s->url,
		       x->v1 ? "/v1/chat/completions" : "/chat");
	buf_init(&x->body, a, BODY_BYTES);
	write_question(&x->body, q, x->v1);
	ERR_TRY(buf_err(&x->body));
	x->request = (struct net_request){
		.what = "the service",
		.url = x->url,
		.headers = {s->header, "Content-Type: application/json"},
		.body = buf_str(&x->body),
		.timeout_ms = TIMEOUT_MS,
		.private_network = true, /* our own service */
		.piece = keep,
		.arg = &x->kept,
	};
	for (int tried = 0;; tried++) {
		ERR_TRY(ask_once(a, x, out, e));
		if (!q->patient || tried == MAX_WAITS ||
		    out->status != STATUS_LIMIT ||
		    !str_eq_c(out->code, "rate_limited"))
			return ERR_OK;
		wait_s(num_min(num_max(x->reply.retry_after_s, 1), MAX_WAIT_S));
	}
}

enum err eval_is_there(struct arena *a, const struct eval_service *s,
		       struct errbuf *e)
{
	char url[PATH_MAX];
	struct net_reply reply;
	struct json said = {NULL};
	struct net_request request = {
		.what = "the service",
		.url = url,
		.timeout_ms = TIMEOUT_MS / 10,
		.private_network = true,
	};

	(void)snprintf(url, sizeof(url), "%s/healthz", s->url);
	ERR_TRY(net_http(a, &request, &reply, e));
	if (reply.status == 200 &&
	    json_parse(a, reply.body, &said, NULL) == ERR_OK &&
	    json_is_true(json_get(said, "ok")))
		return ERR_OK;
	return err_set(e, ERR_IO,
		       "%s/healthz answers %ld, and not as Slipway does: is "
		       "this its address?",
		       s->url, reply.status);
}
