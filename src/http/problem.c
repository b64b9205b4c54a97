/*
 * One shape for every error that leaves in Slipway's own dialect.
 */
#include "http/problem.h"

#include "http/page.h"
#include "http/worker.h"
#include "json/json.h"

#include <stdio.h>

#define BUSY_RETRY_S       1
#define PROBLEM_URN_BYTES  64
#define PROBLEM_BODY_BYTES ((size_t)512 * 1024)

const char *problem_sentence(const struct req *req, enum err err)
{
	const struct err_entry *const entry = err_entry(err);
	const bool precise = entry->show_detail && req->err.code == err &&
			     req->err.detail[0] != '\0';

	return precise ? req->err.detail : entry->message;
}

/* OpenAI's word for the kind of error; clients decide by it. */
static const char *openai_type(enum err err)
{
	const int status = err_entry(err)->status;

	if (err == ERR_USER_CAP || err == ERR_TENANT_CAP)
		return "insufficient_quota";
	if (status == 429)
		return "rate_limit_error";
	if (status == 401)
		return "authentication_error";
	if (status == 403)
		return "permission_error";
	return status >= 500 ? "server_error" : "invalid_request_error";
}

void problem_openai_member(struct jw *w, const struct req *req, enum err err)
{
	jw_open_object(w, "error");
	jw_c(w, "message", problem_sentence(req, err));
	jw_c(w, "type", openai_type(err));
	jw_c(w, "code", err_entry(err)->code);
	jw_null(w, "param");
	jw_close(w);
}

void problem_json(const struct req *req, enum err err, struct buf *out)
{
	const struct err_entry *const entry = err_entry(err);
	char urn[PROBLEM_URN_BYTES];
	struct jw w;

	jw_init(&w, out);
	jw_open_object(&w, NULL);
	(void)snprintf(urn, sizeof(urn), "urn:slipway:problem:%s", entry->code);
	jw_c(&w, "type", urn);
	jw_c(&w, "title", entry->message);
	jw_int(&w, "status", entry->status);
	jw_c(&w, "detail", problem_sentence(req, err));
	(void)snprintf(urn, sizeof(urn), "urn:slipway:request:%s", req->id);
	jw_c(&w, "instance", urn);
	jw_c(&w, "code", entry->code);
	jw_c(&w, "request_id", req->id);
	jw_c(&w, "incident_id", req->id);
	jw_bool(&w, "retryable", entry->retryable);
	problem_openai_member(&w, req, err);
	jw_close(&w);
}

void problem_headers(struct req *req, enum err err)
{
	const struct err_entry *const entry = err_entry(err);

	if (err == ERR_BUSY || err == ERR_DRAINING || err == ERR_DB) {
		res_headerf(req, "Retry-After", "%d", BUSY_RETRY_S);
		res_headerf(req, "Retry-After-Ms", "%d", BUSY_RETRY_S * 1000);
	}
	if (err == ERR_UNAUTHORIZED)
		res_header(req, "WWW-Authenticate", STR("Bearer"));
	if (!entry->retryable && entry->status >= 429)
		res_header(req, "X-Should-Retry", STR("false"));
}

/* The words that lead on, where there is a way. */
static void add_way_on(enum words_lang lang, enum err err, struct buf *out)
{
	if (err == ERR_UNAUTHORIZED || err == ERR_SIGN_UP)
		buf_addf(out, " <a href=\"/login/\">%s</a>.",
			 words(lang,
			       err == ERR_SIGN_UP ? W_SIGN_UP : W_SIGN_IN));
}

/* A detail as a sentence of its own: it begins with a capital. */
static void add_sentence(const char *sentence, struct buf *out)
{
	const char first = sentence[0];
	const bool small = first >= 'a' && first <= 'z';

	if (small)
		buf_add_char(out, (char)(first - 'a' + 'A'));
	page_text(out, str_from(sentence + (small ? 1 : 0)));
}

/* Details are for whoever wrote the request, and in English. */
static void add_detail(enum words_lang lang, const char *sentence,
		       struct buf *out)
{
	buf_add_c(out,
		  lang == WORDS_EN ? "</p>\n<p>" : "</p>\n<p lang=\"en\">");
	add_sentence(sentence, out);
}

void problem_words(const struct req *req, enum words_lang lang, enum err err,
		   const char *what_now, struct buf *out)
{
	const char *const sentence = problem_sentence(req, err);

	buf_addf(out, "<h1>%s</h1>\n<p role=\"alert\">", words(lang, W_FAILED));
	page_text(out, str_from(words_error(lang, err)));
	if (sentence != err_entry(err)->message)
		add_detail(lang, sentence, out);
	buf_add_c(out, "</p>\n<p>");
	page_text(out, str_from(what_now));
	add_way_on(lang, err, out);
	buf_addf(out, " %s <code>", words(lang, W_INCIDENT_NUMBER));
	page_text(out, str_from(req->id));
	buf_addf(out, "</code>. <a href=\"/status/\">%s</a></p>\n",
		 words(lang, W_SERVICE_STATUS));
}

static void write_page(struct req *req, enum err err, struct buf *out)
{
	const enum words_lang lang = words_again(req);

	page_open(out, &(const struct page){.conf = worker_conf(req->worker),
					    .lang = lang,
					    .title = words(lang, W_FAILED),
					    .path = ""});
	problem_words(req, lang, err, words(lang, W_GO_BACK), out);
	page_close(out);
}

const struct problem_shape problem_shape_page = {
	.content_type = PAGE_TYPE,
	.write = write_page,
};

static void write_json(struct req *req, enum err err, struct buf *out)
{
	problem_json(req, err, out);
}

void problem_send(struct req *req, enum err err,
		  const struct problem_shape *shape)
{
	static const struct problem_shape ours = {
		.content_type = PROBLEM_TYPE,
		.write = write_json,
	};
	struct buf body;

	if (shape == NULL || (shape->fits != NULL && !shape->fits(req)))
		shape = &ours;
	buf_init(&body, &req->arena, PROBLEM_BODY_BYTES);
	shape->write(req, err, &body);
	problem_headers(req, err);
	const enum err sent = res_send(req, err_entry(err)->status,
				       shape->content_type, buf_str(&body));
	if (sent != ERR_OK)
		(void)err_set(&req->err, sent, "the client left");
}
