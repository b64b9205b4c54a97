/*
 * Transfers to providers, against a small HTTP server in this process: every
 * way in which an answer can begin, flow and end, and what the caller may do
 * meanwhile.  The path of the URL chooses what the server does.
 */
#include "base/arena.h"
#include "base/container.h"
#include "conf/conf.h"
#include "http/loop.h"
#include "http_server.h"
#include "llm/provider.h"
#include "llm/upstream.h"

#include <netdb.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ARENA_BYTES ((size_t)64 * 1024 * 1024)
#define HANG_S      60 /* a test that hangs is killed */
#define COUNT(a)    (sizeof(a) / sizeof((a)[0]))

/* One transfer and what came of it. */
struct probe {
	struct upstream_sink sink;
	struct world *w;
	struct upstream_call *call;
	struct provider_request req;
	struct conf_provider conf;
	struct errbuf e;
	int heads;
	int status;
	struct buf body;
	size_t nbodies;
	bool ended;
	enum err err;
	char detail[256];
	bool sent;
	int64_t retry_after_ms;
	/* what to do in a callback besides noting it */
	void (*in_head)(struct probe *p);
	void (*in_body)(struct probe *p);
	void (*in_end)(struct probe *p);
	struct probe *other;
};

struct world {
	struct arena arena;
	struct loop *loop;
	struct upstream *u;
	struct server *server;
	int running; /* probes that have not ended */
	struct loop_task closed;
};

static void on_head(struct upstream_sink *s, int status)
{
	struct probe *const p = CONTAINER_OF(s, struct probe, sink);

	assert_false(p->ended);
	assert_int_equal(p->nbodies, 0);
	p->heads++;
	p->status = status;
	if (p->in_head != NULL)
		p->in_head(p);
}

static void on_body(struct upstream_sink *s, struct str bytes)
{
	struct probe *const p = CONTAINER_OF(s, struct probe, sink);

	assert_false(p->ended);
	assert_int_equal(p->heads, 1);
	p->nbodies++;
	buf_add_str(&p->body, bytes);
	if (p->in_body != NULL)
		p->in_body(p);
}

static void gone(struct probe *p)
{
	p->call = NULL;
	if (--p->w->running == 0)
		loop_stop(p->w->loop);
}

static void on_end(struct upstream_sink *s, enum err err, const char *detail)
{
	struct probe *const p = CONTAINER_OF(s, struct probe, sink);

	assert_false(p->ended);
	p->ended = true;
	p->err = err;
	p->sent = upstream_request_sent(p->call);
	p->retry_after_ms = upstream_retry_after_ms(p->call);
	(void)snprintf(p->detail, sizeof(p->detail), "%s", detail);
	if (p->in_end != NULL)
		p->in_end(p);
	gone(p);
}

static void world_open(struct world *w)
{
	struct errbuf e = {.code = ERR_OK};

	(void)alarm(HANG_S);
	memset(w, 0, sizeof(*w));
	arena_init(&w->arena, ARENA_BYTES);
	assert_int_equal(loop_new(&w->loop, &e), ERR_OK);
	assert_int_equal(upstream_new(&w->u, w->loop, &e), ERR_OK);
	w->server = server_start();
}

static void world_close(struct world *w)
{
	upstream_free(w->u);
	loop_free(w->loop);
	server_stop(w->server);
	arena_release(&w->arena);
}

static void probe_init(struct probe *p, struct world *w, const char *path)
{
	struct buf url;

	memset(p, 0, sizeof(*p));
	p->w = w;
	p->sink = (struct upstream_sink){on_head, on_body, on_end};
	p->conf.name = "test";
	buf_init(&p->body, &w->arena, ARENA_BYTES / 4);
	buf_init(&url, &w->arena, 1024);
	if (path[0] == '/')
		buf_addf(&url, "http://127.0.0.1:%d", w->server->port);
	buf_add_c(&url, path);
	p->req.url = buf_c(&url);
	buf_init(&p->req.body, &w->arena, ARENA_BYTES / 4);
	buf_add_c(&p->req.body, "{\"ask\":1}");
	p->req.headers[p->req.nheaders++] = "Content-Type: application/json";
	p->req.headers[p->req.nheaders++] = "Authorization: Bearer sk-1";
}

static void probe_start(struct probe *p)
{
	p->call = upstream_post(p->w->u, &p->w->arena, &p->conf, &p->req,
				&p->sink, &p->e);
	assert_non_null(p->call);
	assert_int_equal(p->heads, 0);
	p->w->running++;
}

/* Start p in w and wait for its end. */
static void probe_run(struct probe *p)
{
	probe_start(p);
	loop_run(p->w->loop);
}

static void cancel(struct probe *p)
{
	upstream_cancel(p->call);
	gone(p);
}

static void detach(struct probe *p)
{
	upstream_detach(p->call);
	gone(p);
}

/* Answers ------------------------------------------------------------- */

static const struct {
	const char *path;
	int status;
	const char *body;
	enum err err;
} answers[] = {
	{"/length", 200, "hello", ERR_OK},
	{"/chunked", 200, "hello", ERR_OK},
	{"/until-close", 200, "hello", ERR_OK},
	{"/no-body", 204, "", ERR_OK},
	{"/status/400", 400, "no", ERR_OK},
	{"/status/429", 429, "no", ERR_OK},
	{"/status/500", 500, "no", ERR_OK},
	{"/status/529", 529, "no", ERR_OK},
	{"/continue", 200, "hello", ERR_OK},
	{"/trailer", 200, "hello", ERR_OK},
	{"/redirect", 302, "", ERR_OK},
	{"/cut-length", 200, "hel", ERR_UPSTREAM_CUT},
	{"/cut-chunked", 200, "hel", ERR_UPSTREAM_CUT},
	{"/cut-head", 0, "", ERR_UPSTREAM},
	{"/bad-chunk", 200, "hel", ERR_UPSTREAM_CUT},
	{"/close", 0, "", ERR_UPSTREAM},
	{"/reset", 0, "", ERR_UPSTREAM},
	{"/not-http", 0, "", ERR_UPSTREAM},
};

static void every_answer_ends_once_and_right(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(answers); i++) {
		struct world w;
		struct probe p;
		world_open(&w);
		probe_init(&p, &w, answers[i].path);
		probe_run(&p);
		print_message("  %s: %s\n", answers[i].path, p.detail);
		assert_int_equal(p.status, answers[i].status);
		assert_string_equal(buf_c(&p.body), answers[i].body);
		assert_int_equal(p.err, answers[i].err);
		assert_int_equal(p.heads, answers[i].status != 0);
		assert_true(p.sent);
		assert_true(strlen(p.detail) > 0);
		world_close(&w);
	}
}

static void the_request_is_as_given(void **state)
{
	struct world w;
	struct probe p;

	(void)state;
	world_open(&w);
	probe_init(&p, &w, "/echo");
	probe_run(&p);
	const char *const got = buf_c(&p.body);
	assert_non_null(strstr(got, "POST /echo HTTP/1.1\r\n"));
	assert_non_null(strstr(got, "\r\nAuthorization: Bearer sk-1\r\n"));
	assert_non_null(strstr(got, "\r\nContent-Type: application/json\r\n"));
	assert_non_null(strstr(got, "\r\nContent-Length: 9\r\n"));
	assert_non_null(strstr(got, "\r\nUser-Agent: slipway\r\n"));
	assert_null(strstr(got, "Expect"));
	assert_non_null(strstr(got, "\r\n\r\n{\"ask\":1}"));
	world_close(&w);
}

static void large_requests_arrive_whole(void **state)
{
	const size_t n = (size_t)3 * 1024 * 1024;
	struct world w;
	struct probe p;

	(void)state;
	world_open(&w);
	probe_init(&p, &w, "/count");
	buf_reset(&p.req.body);
	char *const room = buf_room(&p.req.body, n);
	memset(room, 'x', n);
	buf_commit(&p.req.body, n);
	probe_run(&p);
	assert_int_equal(p.err, ERR_OK);
	assert_string_equal(buf_c(&p.body), "3145728");
	world_close(&w);
}

static void retry_after_is_read(void **state)
{
	static const struct {
		const char *path;
		int64_t min_ms;
		int64_t max_ms;
	} cases[] = {
		{"/length", -1, -1},
		{"/retry/after:7", 7000, 7000},
		{"/retry/after:0", 0, 0},
		{"/retry/after-ms:1500", 1500, 1500},
		{"/retry/after-ms:soon", -1, -1},
		{"/retry/after:Fri,_31_Dec_2060_23:59:59_GMT",
		 INT64_C(3600) * 1000, INT64_MAX},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct world w;
		struct probe p;
		world_open(&w);
		probe_init(&p, &w, cases[i].path);
		probe_run(&p);
		assert_true(p.retry_after_ms >= cases[i].min_ms);
		assert_true(p.retry_after_ms <= cases[i].max_ms);
		world_close(&w);
	}
}

/* Stages -------------------------------------------------------------- */

static void each_stage_has_its_timeout(void **state)
{
	static const struct {
		const char *path;
		int64_t first_ms;
		int64_t idle_ms;
		int64_t total_ms;
		const char *detail;
		int status;
	} cases[] = {
		{"/hang-head", 50, 9000, 9000, "timeout_first_byte_ms", 0},
		{"/hang-after-head", 50, 9000, 9000, "timeout_first_byte_ms",
		 200},
		{"/hang-body", 9000, 50, 9000, "timeout_idle_ms", 200},
		{"/hang-body", 9000, 0, 50, "timeout_total_ms", 200},
		{"/hang-head", 0, 0, 50, "timeout_total_ms", 0},
		{"/trickle-forever", 9000, 9000, 150, "timeout_total_ms", 200},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct world w;
		struct probe p;
		world_open(&w);
		probe_init(&p, &w, cases[i].path);
		p.conf.timeout_first_byte_ms = cases[i].first_ms;
		p.conf.timeout_idle_ms = cases[i].idle_ms;
		p.conf.timeout_total_ms = cases[i].total_ms;
		probe_run(&p);
		assert_int_equal(p.err, ERR_UPSTREAM_TIMEOUT);
		assert_int_equal(p.status, cases[i].status);
		assert_non_null(strstr(p.detail, cases[i].detail));
		assert_true(p.sent);
		(void)server_wait(w.server, &w.server->nclosed, 1);
		world_close(&w);
	}
}

/* Each byte starts the idle time again, so slow is not silent. */
static void a_slow_answer_is_no_timeout(void **state)
{
	struct world w;
	struct probe p;

	(void)state;
	world_open(&w);
	probe_init(&p, &w, "/trickle");
	p.conf.timeout_first_byte_ms = 5000;
	p.conf.timeout_idle_ms = 2000;
	probe_run(&p);
	assert_int_equal(p.err, ERR_OK);
	assert_string_equal(buf_c(&p.body), "0123456789");
	assert_true(p.nbodies > 1);
	world_close(&w);
}

static void the_tls_handshake_is_part_of_the_connect(void **state)
{
	struct world w;
	struct probe p;
	char url[64];

	(void)state;
	world_open(&w);
	(void)snprintf(url, sizeof(url), "https://127.0.0.1:%d/v1",
		       w.server->port);
	probe_init(&p, &w, url);
	p.conf.timeout_connect_ms = 100;
	probe_run(&p);
	assert_int_equal(p.err, ERR_UPSTREAM_TIMEOUT);
	assert_false(p.sent);
	world_close(&w);
}

static void a_refused_connection_was_not_sent(void **state)
{
	struct world w;
	struct probe p;
	char url[64];

	(void)state;
	world_open(&w);
	(void)snprintf(url, sizeof(url), "http://localhost:%d/",
		       server_unused_port());
	probe_init(&p, &w, url);
	probe_run(&p);
	assert_int_equal(p.err, ERR_UPSTREAM);
	assert_false(p.sent);
	assert_int_equal(p.heads, 0);
	world_close(&w);
}

/* Connections --------------------------------------------------------- */

static void start_other(struct probe *p)
{
	probe_start(p->other);
}

/* p[0], then p[1], …: each starts when the one before has ended. */
static void run_chain(struct probe *p, size_t n)
{
	for (size_t i = 0; i + 1 < n; i++) {
		p[i].in_end = start_other;
		p[i].other = &p[i + 1];
	}
	probe_run(p);
}

static void connections_are_used_again(void **state)
{
	struct world w;
	struct probe p[8];

	(void)state;
	world_open(&w);
	for (size_t i = 0; i < COUNT(p); i++)
		probe_init(&p[i], &w, i % 2 == 0 ? "/length" : "/chunked");
	run_chain(p, COUNT(p));
	for (size_t i = 0; i < COUNT(p); i++)
		assert_string_equal(buf_c(&p[i].body), "hello");
	assert_int_equal(w.server->naccepted, 1);
	assert_int_equal(w.server->nrequests, COUNT(p));
	world_close(&w);
}

/*
 * More often than libcurl retries for one handle (5), for its count is only
 * cleared by a reset.
 */
static void a_dead_connection_is_replaced_unseen(void **state)
{
	struct world w;
	struct probe p[10];

	(void)state;
	world_open(&w);
	for (size_t i = 0; i < COUNT(p); i++)
		probe_init(&p[i], &w, "/die-if-used");
	run_chain(p, COUNT(p));
	for (size_t i = 0; i < COUNT(p); i++) {
		assert_int_equal(p[i].err, ERR_OK);
		assert_string_equal(buf_c(&p[i].body), "hello");
	}
	assert_int_equal(w.server->naccepted, COUNT(p));
	world_close(&w);
}

static void many_at_once(void **state)
{
	static struct probe p[200];
	struct world w;

	(void)state;
	world_open(&w);
	for (size_t i = 0; i < COUNT(p); i++) {
		probe_init(&p[i], &w, i % 3 == 0 ? "/trickle" : "/chunked");
		probe_start(&p[i]);
	}
	loop_run(w.loop);
	for (size_t i = 0; i < COUNT(p); i++) {
		assert_int_equal(p[i].err, ERR_OK);
		assert_string_equal(buf_c(&p[i].body),
				    i % 3 == 0 ? "0123456789" : "hello");
	}
	assert_int_equal(w.server->nrequests, COUNT(p));
	world_close(&w);
}

/* The caller's side ---------------------------------------------------- */

static void a_call_can_be_cancelled_before_it_begins(void **state)
{
	struct world w;
	struct probe p[2];

	(void)state;
	world_open(&w);
	probe_init(&p[0], &w, "/length");
	probe_init(&p[1], &w, "/length");
	probe_start(&p[0]);
	probe_start(&p[1]);
	cancel(&p[0]);
	loop_run(w.loop);
	assert_false(p[0].ended);
	assert_int_equal(p[1].err, ERR_OK);
	assert_int_equal(w.server->nrequests, 1);
	world_close(&w);
}

static void a_callback_can_cancel_its_call(void **state)
{
	(void)state;
	for (int in_head = 0; in_head < 2; in_head++) {
		struct world w;
		struct probe p;
		world_open(&w);
		probe_init(&p, &w, "/trickle-forever");
		if (in_head)
			p.in_head = cancel;
		else
			p.in_body = cancel;
		probe_run(&p);
		assert_false(p.ended);
		assert_int_equal(p.nbodies, in_head ? 0 : 1);
		(void)server_wait(w.server, &w.server->nclosed, 1);
		world_close(&w);
	}
}

static void cancel_other(struct probe *p)
{
	if (p->other->call != NULL)
		cancel(p->other);
}

static void a_callback_can_cancel_another_call(void **state)
{
	struct world w;
	struct probe p[2];

	(void)state;
	world_open(&w);
	probe_init(&p[0], &w, "/trickle");
	probe_init(&p[1], &w, "/trickle-forever");
	p[0].in_body = cancel_other;
	p[0].other = &p[1];
	probe_start(&p[0]);
	probe_start(&p[1]);
	loop_run(w.loop);
	assert_false(p[1].ended);
	assert_string_equal(buf_c(&p[0].body), "0123456789");
	(void)server_wait(w.server, &w.server->nclosed, 1);
	world_close(&w);
}

/* What a fallback does: an error as first event of a 200. */
static void cancel_and_start_other(struct probe *p)
{
	upstream_cancel(p->call);
	p->call = NULL;
	probe_start(p->other);
	gone(p);
}

static void a_callback_can_cancel_and_start_the_next(void **state)
{
	(void)state;
	for (int in_head = 0; in_head < 2; in_head++) {
		struct world w;
		struct probe p[2];
		world_open(&w);
		probe_init(&p[0], &w, "/hang-body");
		probe_init(&p[1], &w, "/length");
		p[0].other = &p[1];
		if (in_head)
			p[0].in_head = cancel_and_start_other;
		else
			p[0].in_body = cancel_and_start_other;
		probe_run(&p[0]);
		assert_false(p[0].ended);
		assert_int_equal(p[1].err, ERR_OK);
		assert_string_equal(buf_c(&p[1].body), "hello");
		world_close(&w);
	}
}

static void the_end_of_all_ends_calls_in_silence(void **state)
{
	struct world w;
	struct probe p[2];

	(void)state;
	world_open(&w);
	probe_init(&p[0], &w, "/hang-head");
	probe_init(&p[1], &w, "/length");
	probe_start(&p[0]);
	w.running--;
	probe_run(&p[1]);
	world_close(&w);
	assert_false(p[0].ended);
	assert_true(p[1].ended);
}

/* Pausing ------------------------------------------------------------- */

struct pause {
	struct probe probe;
	struct loop_timer timer;
	size_t at; /* bytes of the body when it was paused */
	size_t sent;
	size_t total;
};

static void pause_now(struct probe *p)
{
	struct pause *const s = CONTAINER_OF(p, struct pause, probe);

	if (s->timer.due_ms != 0)
		return;
	upstream_pause(p->call);
	s->at = p->body.n;
	loop_timer_set(p->w->loop, &s->timer, 150);
}

static void resume_later(struct loop_timer *t)
{
	struct pause *const s = CONTAINER_OF(t, struct pause, timer);
	struct probe *const p = &s->probe;

	/* nothing came while paused, and the server was held up */
	assert_int_equal(p->body.n, s->at);
	s->sent = server_sent(p->w->server);
	upstream_resume(p->call);
	assert_int_equal(p->body.n, s->at);
}

static void count_and_forget(struct probe *p)
{
	struct pause *const s = CONTAINER_OF(p, struct pause, probe);

	s->total += p->body.n;
	buf_reset(&p->body);
	pause_now(p);
}

static void a_paused_call_holds_up_its_server_only(void **state)
{
	struct world w;
	struct pause s = {.timer = {.fire = resume_later}};
	struct probe other;

	(void)state;
	world_open(&w);
	probe_init(&s.probe, &w, "/big");
	/* shorter than the pause, in which it must not count */
	s.probe.conf.timeout_idle_ms = 100;
	s.probe.in_body = count_and_forget;
	probe_init(&other, &w, "/trickle");
	probe_start(&s.probe);
	probe_start(&other);
	loop_run(w.loop);
	assert_int_equal(s.probe.err, ERR_OK);
	assert_int_equal(s.total, SERVER_BIG_BYTES);
	assert_true(s.sent < SERVER_BIG_BYTES);
	assert_int_equal(other.err, ERR_OK);
	world_close(&w);
}

static void nothing_is_lost_by_a_pause(void **state)
{
	static const char *const paths[] = {"/length", "/chunked", "/trickle",
					    "/until-close"};

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(paths); i++) {
		struct world w;
		struct pause s = {.timer = {.fire = resume_later}};
		world_open(&w);
		probe_init(&s.probe, &w, paths[i / 2]);
		if (i % 2 == 0)
			s.probe.in_head = pause_now;
		else
			s.probe.in_body = pause_now;
		probe_run(&s.probe);
		assert_int_equal(s.probe.err, ERR_OK);
		assert_string_equal(buf_c(&s.probe.body),
				    i / 2 == 2 ? "0123456789" : "hello");
		world_close(&w);
	}
}

static void cancel_later(struct loop_timer *t)
{
	cancel(&CONTAINER_OF(t, struct pause, timer)->probe);
}

static void a_paused_call_can_be_cancelled(void **state)
{
	struct world w;
	struct pause s = {.timer = {.fire = cancel_later}};

	(void)state;
	world_open(&w);
	probe_init(&s.probe, &w, "/trickle-forever");
	s.probe.in_body = pause_now;
	probe_run(&s.probe);
	assert_false(s.probe.ended);
	(void)server_wait(w.server, &w.server->nclosed, 1);
	world_close(&w);
}

/* Detaching ----------------------------------------------------------- */

/* Keeps the loop running until the server has come to the end of a script. */
struct relay {
	struct loop_task task;
	struct world *w;
	struct probe *next; /* started then; NULL: none */
};

static void run_relay(struct loop_task *t)
{
	struct relay *const r = CONTAINER_OF(t, struct relay, task);

	if (r->next != NULL)
		probe_start(r->next);
	if (--r->w->running == 0)
		loop_stop(r->w->loop);
}

/* On a thread of the server. */
static void notify_relay(void *arg)
{
	struct relay *const r = arg;

	r->w->server->notify = NULL;
	loop_post(r->w->loop, &r->task);
}

/* Run p until it is detached and the server is done with it, then next. */
static void run_detached(struct probe *p, struct probe *next)
{
	struct relay relay = {
		.task = {.run = run_relay}, .w = p->w, .next = next};

	p->w->server->notify = notify_relay;
	p->w->server->notify_arg = &relay;
	p->w->running++;
	p->in_body = detach;
	probe_run(p);
	assert_string_equal(buf_c(&p->body), "[DONE]");
	assert_false(p->ended);
}

static void a_detached_call_keeps_its_connection(void **state)
{
	struct world w;
	struct probe p[2];

	(void)state;
	world_open(&w);
	probe_init(&p[0], &w, "/done-then-end");
	probe_init(&p[1], &w, "/length");
	run_detached(&p[0], &p[1]);
	assert_string_equal(buf_c(&p[1].body), "hello");
	assert_int_equal(w.server->naccepted, 1);
	world_close(&w);
}

static void a_detached_call_is_closed_when_it_does_not_end(void **state)
{
	static const char *const paths[] = {"/done-then-more", "/hang-done"};

	(void)state;
	for (size_t i = 0; i < COUNT(paths); i++) {
		struct world w;
		struct probe p;
		world_open(&w);
		probe_init(&p, &w, paths[i]);
		run_detached(&p, NULL);
		/* what the sockets hold, but no stream without an end */
		assert_true(server_sent(w.server) < SERVER_BIG_BYTES);
		(void)server_wait(w.server, &w.server->nclosed, 1);
		world_close(&w);
	}
}

/* Names and addresses -------------------------------------------------- */

static sem_t lookup_begun;
static sem_t lookup_go_on;

/*
 * Takes the place of libc's: libcurl's resolver thread comes here, and waits
 * until the test lets it go on.  Local names never get here.
 */
int getaddrinfo(const char *restrict name, const char *restrict service,
		const struct addrinfo *restrict hints,
		struct addrinfo **restrict out)
{
	(void)name;
	(void)service;
	(void)hints;
	*out = NULL;
	(void)sem_post(&lookup_begun);
	(void)sem_wait(&lookup_go_on);
	return EAI_AGAIN;
}

static void wait_lookup_and_cancel_other(struct probe *p)
{
	(void)sem_wait(&lookup_begun);
	cancel(p->other);
}

/* Neither the loop nor a cancel nor the end waits for a slow name server. */
static void a_slow_lookup_blocks_nobody(void **state)
{
	struct world w;
	struct probe p[2];

	(void)state;
	world_open(&w);
	probe_init(&p[0], &w, "https://slow.example/v1");
	probe_init(&p[1], &w, "/trickle");
	p[1].in_end = wait_lookup_and_cancel_other;
	p[1].other = &p[0];
	probe_start(&p[0]);
	probe_start(&p[1]);
	loop_run(w.loop);
	assert_int_equal(p[1].err, ERR_OK);
	assert_false(p[0].ended);
	world_close(&w);
	(void)sem_post(&lookup_go_on);
}

static void a_slow_lookup_is_part_of_the_connect(void **state)
{
	struct world w;
	struct probe p;

	(void)state;
	world_open(&w);
	probe_init(&p, &w, "https://slower.example/v1");
	p.conf.timeout_connect_ms = 50;
	probe_run(&p);
	assert_int_equal(p.err, ERR_UPSTREAM_TIMEOUT);
	assert_false(p.sent);
	world_close(&w);
	(void)sem_wait(&lookup_begun);
	(void)sem_post(&lookup_go_on);
}

static void a_failed_lookup_says_which_name(void **state)
{
	struct world w;
	struct probe p;

	(void)state;
	world_open(&w);
	(void)sem_post(&lookup_go_on);
	probe_init(&p, &w, "https://unknown.example/v1");
	probe_run(&p);
	(void)sem_wait(&lookup_begun);
	assert_int_equal(p.err, ERR_UPSTREAM);
	assert_false(p.sent);
	assert_non_null(strstr(p.detail, "unknown.example"));
	world_close(&w);
}

static void only_https_or_this_machine(void **state)
{
	static const struct {
		const char *url;
		bool allowed;
	} cases[] = {
		{"https://api.example.com/v1", true},
		{"http://localhost:1/v1", true},
		{"http://LOCALHOST:1/v1", true},
		{"http://127.9.9.9:1/v1", true},
		{"http://[::1]:1/v1", true},
		{"http://api.example.com/v1", false},
		{"http://localhost.example.com/v1", false},
		{"http://127.0.0.1.example.com/v1", false},
		{"http://128.0.0.1/v1", false},
		{"http://[::2]/v1", false},
		{"http://0.0.0.0/v1", false},
		{"https://user:word@example.com/v1", false},
		{"ftp://localhost/v1", false},
		{"file:///etc/passwd", false},
		{"localhost/v1", false},
		{"not a url", false},
		{"", false},
	};
	struct world w;
	struct probe p;

	(void)state;
	world_open(&w);
	for (size_t i = 0; i < COUNT(cases); i++) {
		probe_init(&p, &w, "/");
		p.req.url = cases[i].url;
		p.call = upstream_post(w.u, &w.arena, &p.conf, &p.req, &p.sink,
				       &p.e);
		assert_int_equal(p.call != NULL, cases[i].allowed);
		if (p.call != NULL)
			upstream_cancel(p.call);
		else
			assert_int_equal(p.e.code, ERR_CONFIG);
	}
	assert_non_null(strstr(p.e.detail, "[provider test] base_url"));
	world_close(&w);
}

static void the_environment_names_no_proxy(void **state)
{
	struct world w;
	struct probe p;
	char proxy[64];

	(void)state;
	world_open(&w);
	(void)snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%d",
		       server_unused_port());
	(void)setenv("http_proxy", proxy, 1);
	(void)setenv("all_proxy", proxy, 1);
	probe_init(&p, &w, "/length");
	probe_run(&p);
	assert_string_equal(buf_c(&p.body), "hello");
	(void)unsetenv("http_proxy");
	(void)unsetenv("all_proxy");
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_answer_ends_once_and_right),
		cmocka_unit_test(the_request_is_as_given),
		cmocka_unit_test(large_requests_arrive_whole),
		cmocka_unit_test(retry_after_is_read),
		cmocka_unit_test(each_stage_has_its_timeout),
		cmocka_unit_test(a_slow_answer_is_no_timeout),
		cmocka_unit_test(the_tls_handshake_is_part_of_the_connect),
		cmocka_unit_test(a_refused_connection_was_not_sent),
		cmocka_unit_test(connections_are_used_again),
		cmocka_unit_test(a_dead_connection_is_replaced_unseen),
		cmocka_unit_test(many_at_once),
		cmocka_unit_test(a_call_can_be_cancelled_before_it_begins),
		cmocka_unit_test(a_callback_can_cancel_its_call),
		cmocka_unit_test(a_callback_can_cancel_another_call),
		cmocka_unit_test(a_callback_can_cancel_and_start_the_next),
		cmocka_unit_test(the_end_of_all_ends_calls_in_silence),
		cmocka_unit_test(a_paused_call_holds_up_its_server_only),
		cmocka_unit_test(nothing_is_lost_by_a_pause),
		cmocka_unit_test(a_paused_call_can_be_cancelled),
		cmocka_unit_test(a_detached_call_keeps_its_connection),
		cmocka_unit_test(
			a_detached_call_is_closed_when_it_does_not_end),
		cmocka_unit_test(a_slow_lookup_blocks_nobody),
		cmocka_unit_test(a_slow_lookup_is_part_of_the_connect),
		cmocka_unit_test(a_failed_lookup_says_which_name),
		cmocka_unit_test(only_https_or_this_machine),
		cmocka_unit_test(the_environment_names_no_proxy),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	(void)sem_init(&lookup_begun, 0, 0);
	(void)sem_init(&lookup_go_on, 0, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
