/*
 * Transfers to providers, against a small HTTP server in this process: every
 * way in which an answer can begin, flow and end, and which connection it
 * takes.
 */
#include "probe.h"

#include <stdlib.h>

#define FULL_QUEUE 8
#define MOST_TIMES 256

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

struct stage {
	const char *path;
	int64_t first_ms;
	int64_t idle_ms;
	int64_t total_ms;
	const char *detail;
	int status;
};

/*
 * Run into the timeout of a stage, all of them so many times as long.  False:
 * on a machine this slow what should come before it came too late.
 */
static bool stage_ends(const struct stage *s, int64_t times)
{
	struct world w;
	struct probe p;

	world_open(&w);
	probe_init(&p, &w, s->path);
	p.conf.timeout_first_byte_ms = s->first_ms * times;
	p.conf.timeout_idle_ms = s->idle_ms * times;
	p.conf.timeout_total_ms = s->total_ms * times;
	probe_run(&p);
	assert_int_equal(p.err, ERR_UPSTREAM_TIMEOUT);
	const bool is_right = p.status == s->status && p.sent &&
			      strstr(p.detail, s->detail) != NULL;
	if (p.sent)
		(void)server_wait(w.server, &w.server->nclosed, 1);
	world_close(&w);
	return is_right;
}

static void each_stage_has_its_timeout(void **state)
{
	static const struct stage cases[] = {
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
		int64_t times = 1;
		while (!stage_ends(&cases[i], times)) {
			times *= 4;
			assert_true(times <= MOST_TIMES);
		}
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

static void run_chain(struct probe *p, size_t n);

/*
 * Nobody takes the connection and nobody refuses it: a queue that is full.
 * libcurl closes such a socket without a word.
 */
static void a_connection_that_hangs_is_given_up(void **state)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_addr = {htonl(INADDR_LOOPBACK)},
	};
	const int server = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t n = sizeof(at);
	struct sockaddr *const to = (void *)&at;
	int full[FULL_QUEUE];
	struct world w;
	struct probe p[2];
	char url[64];

	(void)state;
	assert_int_equal(bind(server, to, n), 0);
	assert_int_equal(listen(server, 0), 0);
	assert_int_equal(getsockname(server, to, &n), 0);
	for (size_t i = 0; i < FULL_QUEUE; i++) {
		full[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)connect(full[i], to, n);
	}
	world_open(&w);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/",
		       ntohs(at.sin_port));
	probe_init(&p[0], &w, url);
	probe_init(&p[1], &w, "/chunked");
	p[0].conf.timeout_connect_ms = 100;
	run_chain(p, 2);
	assert_int_equal(p[0].err, ERR_UPSTREAM_TIMEOUT);
	assert_string_equal(p[0].detail, "timeout_connect_ms: no connection "
					 "after 100 ms");
	assert_false(p[0].sent);
	assert_int_equal(p[1].err, ERR_OK);
	world_close(&w);
	for (size_t i = 0; i < FULL_QUEUE; i++)
		(void)close(full[i]);
	(void)close(server);
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
		cmocka_unit_test(a_connection_that_hangs_is_given_up),
		cmocka_unit_test(a_refused_connection_was_not_sent),
		cmocka_unit_test(connections_are_used_again),
		cmocka_unit_test(a_dead_connection_is_replaced_unseen),
		cmocka_unit_test(many_at_once),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
