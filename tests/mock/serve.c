/*
 * The provider paths: which dialect a request speaks, which script it gets,
 * and the status line and headers of its answer.  play.c has the body.
 */
#include "serve.h"

#include "limits.h"
#include "park.h"
#include "play.h"
#include "record.h"

#include <string.h>

static const struct dialect *const dialects[] = {
	&dialect_openai, &dialect_embeddings, &dialect_moderations,
	&dialect_anthropic, &dialect_bedrock};

enum MHD_Result serve_reply(struct MHD_Connection *conn, long status,
			    const struct text *body)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(
		body->n, body->p, MHD_RESPMEM_MUST_COPY);

	(void)MHD_add_response_header(r, "Content-Type", "application/json");
	const enum MHD_Result result =
		MHD_queue_response(conn, (unsigned)status, r);
	MHD_destroy_response(r);
	return result;
}

enum MHD_Result serve_text(struct MHD_Connection *conn, long status,
			   const char *json)
{
	struct text t = {0};

	text_addf(&t, "%s\n", json);
	const enum MHD_Result result = serve_reply(conn, status, &t);
	text_release(&t);
	return result;
}

static struct span header(struct MHD_Connection *conn, const char *name)
{
	const char *v =
		MHD_lookup_connection_value(conn, MHD_HEADER_KIND, name);

	return v == NULL ? (struct span){0} : (struct span){v, strlen(v)};
}

/* suffix: the path has a name between its two ends. */
static bool is_path(const struct dialect *d, const char *url)
{
	const size_t n = strlen(url);
	const size_t start = strlen(d->path);

	if (d->suffix == NULL)
		return strcmp(url, d->path) == 0;
	const size_t end = strlen(d->suffix);
	return n > start + end && memcmp(url, d->path, start) == 0 &&
	       strcmp(url + n - end, d->suffix) == 0;
}

bool serve_find(struct call *c, const char *url)
{
	for (size_t i = 0; i < sizeof(dialects) / sizeof(dialects[0]); i++) {
		if (!is_path(dialects[i], url))
			continue;
		c->dialect = dialects[i];
		span_copy((struct span){url, strlen(url)}, c->path,
			  sizeof(c->path));
		return true;
	}
	return false;
}

/*
 * What this call shall get: the script given to the model's name before ":",
 * then the header, then what follows the ":".
 */
static bool find_script(struct mock *m, struct call *c, struct span *bad)
{
	const char *colon = strchr(c->model, ':');

	/* Bedrock's ids have a ":" of their own */
	if (colon != NULL && strchr(colon, '=') == NULL)
		colon = NULL;
	const size_t base =
		colon == NULL ? strlen(c->model) : (size_t)(colon - c->model);
	const struct span sources[] = {
		records_script(m->records, (struct span){c->model, base}),
		header(c->conn, "x-mock-script"),
		{c->model + base + (colon != NULL),
		 strlen(c->model + base + (colon != NULL))}};

	script_init(&c->script);
	for (size_t i = 0; i < 3; i++)
		if (sources[i].n > 0 &&
		    !script_parse(&c->script, sources[i], bad))
			return false;
	return true;
}

/* What was asked is what is said: the end of the body, where it is long. */
static void echo(struct call *c)
{
	const size_t room = sizeof(c->script.text);
	struct span body = {c->body.p, c->body.n};

	if (!c->script.echo)
		return;
	while (body.n >= room || (body.n > 0 && (*body.p & 0xC0) == 0x80))
		body = (struct span){body.p + 1, body.n - 1};
	span_copy(body, c->script.text, room);
}

static void remember_headers(struct call *c)
{
	struct span key = header(c->conn, "Authorization");

	if (key.p == NULL)
		key = header(c->conn, "x-api-key");
	if (key.n > 4)
		key = (struct span){key.p + key.n - 4, 4};
	span_copy(key, c->auth, sizeof(c->auth));
	span_copy(header(c->conn, "traceparent"), c->traceparent,
		  sizeof(c->traceparent));
}

static void remember_id(struct mock *m, struct call *c)
{
	const struct span id = header(c->conn, "X-Client-Request-Id");

	if (m->ids == NULL)
		return;
	(void)fprintf(m->ids, "%.*s\n", (int)id.n, id.p != NULL ? id.p : "");
	(void)fflush(m->ids);
}

static enum MHD_Result answer_error(struct call *c)
{
	struct text body = {0};
	char seconds[24];

	c->dialect->error(c, &body);
	struct MHD_Response *r = MHD_create_response_from_buffer(
		body.n, body.p, MHD_RESPMEM_MUST_COPY);
	(void)MHD_add_response_header(
		r, "Content-Type",
		c->script.body == BODY_HTML ? "text/html" : "application/json");
	if (c->script.retry_after >= 0) {
		(void)snprintf(seconds, sizeof(seconds), "%ld",
			       c->script.retry_after);
		(void)MHD_add_response_header(r, "Retry-After", seconds);
	}
	limits_add(c, r);
	const enum MHD_Result result =
		MHD_queue_response(c->conn, (unsigned)c->script.status, r);
	MHD_destroy_response(r);
	text_release(&body);
	c->stage = STAGE_CLOSE;
	return result;
}

void call_quote_error(const struct call *c, const char *message,
		      struct text *out)
{
	struct text t = {0};

	text_addf(&t, "%s", message);
	if (c->script.echo)
		text_addf(&t, " %s", c->script.text);
	text_quote(out, t.p, t.n);
	text_release(&t);
}

enum MHD_Result serve_answer(struct mock *m, struct call *c)
{
	if (park_is_gone(m->park, c))
		return MHD_NO;
	if (c->script.status != 200)
		return answer_error(c);
	struct MHD_Response *r = play_response(m->park, c);
	limits_add(c, r);
	const enum MHD_Result result = MHD_queue_response(c->conn, 200, r);
	MHD_destroy_response(r);
	return result;
}

enum MHD_Result serve_begin(struct mock *m, struct call *c)
{
	struct span bad = {0};

	if (!c->dialect->parse(c))
		return serve_text(c->conn, 400,
				  "{\"error\":{\"message\":\"mock: no model in "
				  "the body\",\"code\":\"mock_body\"}}");
	if (c->dialect->permits != NULL && !c->dialect->permits(c)) {
		script_init(&c->script);
		c->script.status = 403;
		c->script.body = BODY_AUTH;
		return answer_error(c);
	}
	if (!find_script(m, c, &bad)) {
		(void)fprintf(stderr, "mock-provider: bad script: %.*s\n",
			      (int)bad.n, bad.p);
		return serve_text(c->conn, 400,
				  "{\"error\":{\"message\":\"mock: bad script\""
				  ",\"code\":\"mock_script\"}}");
	}
	echo(c);
	remember_headers(c);
	remember_id(m, c);
	c->id = ++m->last_id;
	c->fd = MHD_get_connection_info(c->conn,
					MHD_CONNECTION_INFO_CONNECTION_FD)
			->connect_fd;
	const long before = records_begin(m->records, c);
	if (c->script.times > 0 && before >= c->script.times)
		script_heal(&c->script);
	park_enter(m->park, c);
	if (c->script.hang == HANG_CONNECT)
		park_until(m->park, c, INT64_MAX);
	else if (c->script.delay_ms > 0)
		park_until(m->park, c, park_now_ms() + c->script.delay_ms);
	else
		return serve_answer(m, c);
	return MHD_YES;
}
