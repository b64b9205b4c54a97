/*
 * The check of our own site, against a server of one thread that plays what
 * can come: an answer, an answer in pieces, garbage, silence, nobody.
 */
#include "ops/selfcheck.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define LONG_MS  30000
#define SHORT_MS 50

/* Takes one connection, reads the request, then says each piece. */
struct server {
	pthread_t thread;
	int fd;
	const char *pieces[3]; /* NULL: the end */
	char url[64];
	char request[512];
	bool silent; /* waits for the client to give up instead */
};

static void *serve(void *arg)
{
	struct server *const s = arg;
	const int c = accept(s->fd, NULL, NULL);
	const int on = 1;
	char end[16];
	size_t n = 0;

	if (c < 0)
		return NULL;
	(void)setsockopt(c, IPPROTO_TCP, 1 /* TCP_NODELAY */, &on, sizeof(on));
	while (strstr(s->request, "\r\n\r\n") == NULL) {
		const ssize_t got =
			recv(c, s->request + n, sizeof(s->request) - 1 - n, 0);
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	for (size_t i = 0; i < 3 && s->pieces[i] != NULL; i++)
		(void)send(c, s->pieces[i], strlen(s->pieces[i]), MSG_NOSIGNAL);
	while (s->silent && recv(c, end, sizeof(end), 0) > 0)
		;
	(void)close(c);
	return NULL;
}

static void start(struct server *s)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t n = sizeof(at);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_true(s->fd >= 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&at, n), 0);
	assert_int_equal(listen(s->fd, 1), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&at, &n), 0);
	(void)snprintf(s->url, sizeof(s->url), "http://127.0.0.1:%d",
		       ntohs(at.sin_port));
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void stop(struct server *s)
{
	assert_int_equal(pthread_join(s->thread, NULL), 0);
	(void)close(s->fd);
}

static enum status_check check(struct server *s, int64_t timeout_ms,
			       struct errbuf *e)
{
	start(s);
	const enum status_check c =
		selfcheck_get(s->url, "/healthz", timeout_ms, e);
	stop(s);
	return c;
}

static void test_answers(void **state)
{
	struct server s = {.pieces = {"HTTP/1.1 200 OK\r\n\r\n{}"}};
	struct errbuf e = {0};
	char host[600];

	(void)state;
	assert_int_equal(check(&s, LONG_MS, &e), STATUS_PASSED);
	assert_int_equal(strncmp(s.request, "GET /healthz HTTP/1.0\r\n", 23),
			 0);
	(void)snprintf(host, sizeof(host), "\r\nHost: %s\r\n", s.url + 7);
	assert_non_null(strstr(s.request, host));
}

static void test_answers_in_pieces(void **state)
{
	struct server s = {.pieces = {"H", "TTP/1.0 2", "00 OK\r\n\r\n"}};
	struct errbuf e = {0};

	(void)state;
	assert_int_equal(check(&s, LONG_MS, &e), STATUS_PASSED);
}

static void test_prefix_and_name(void **state)
{
	struct server s = {.pieces = {"HTTP/1.1 200 OK\r\n\r\n"}};
	struct errbuf e = {0};
	char url[96];

	(void)state;
	start(&s);
	(void)snprintf(url, sizeof(url), "http://localhost%s/ai",
		       strrchr(s.url, ':'));
	assert_int_equal(selfcheck_get(url, "/ready", LONG_MS, &e),
			 STATUS_PASSED);
	stop(&s);
	assert_int_equal(strncmp(s.request, "GET /ai/ready HTTP/1.0\r\n", 24),
			 0);
}

static void test_answers_that_are_no_yes(void **state)
{
	static const struct {
		const char *answer;
		const char *reason;
	} rows[] = {
		{"HTTP/1.1 503 Service Unavailable\r\n\r\n", "answered 503"},
		{"HTTP/1.1 301 Moved\r\n\r\n", "answered 301"},
		{"HTTP/1.1 20 OK\r\n\r\n", "not HTTP"},
		{"SSH-2.0-OpenSSH_9.2 and more\r\n", "not HTTP"},
		{"HTTP/1.1 2", "closed"},
		{"", "closed"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct server s = {.pieces = {rows[i].answer}};
		struct errbuf e = {0};
		assert_int_equal(check(&s, LONG_MS, &e), STATUS_FAILED);
		if (strstr(e.detail, rows[i].reason) == NULL)
			fail_msg("\"%s\": %s", rows[i].answer, e.detail);
	}
}

static void test_gives_up_on_silence(void **state)
{
	struct server s = {.pieces = {"HTTP"}, .silent = true};
	struct errbuf e = {0};

	(void)state;
	assert_int_equal(check(&s, SHORT_MS, &e), STATUS_FAILED);
	assert_string_equal(e.detail, "no answer in time");
}

static void test_nobody_listens(void **state)
{
	struct server s = {.pieces = {NULL}};
	struct errbuf e = {0};

	(void)state;
	start(&s);
	(void)shutdown(s.fd, SHUT_RDWR); /* ends accept() */
	stop(&s);
	assert_int_equal(selfcheck_get(s.url, "/healthz", LONG_MS, &e),
			 STATUS_FAILED);
	assert_non_null(strstr(e.detail, "refused"));
}

static void test_what_is_not_checked(void **state)
{
	struct errbuf e = {0};

	(void)state;
	assert_int_equal(selfcheck_get("", "/healthz", LONG_MS, &e),
			 STATUS_UNCHECKED);
	assert_int_equal(
		selfcheck_get("https://example.org", "/healthz", LONG_MS, &e),
		STATUS_UNCHECKED);
}

static void test_addresses_that_are_none(void **state)
{
	char url[600];
	struct errbuf e = {0};

	(void)state;
	assert_int_equal(selfcheck_get("http://", "/", LONG_MS, &e),
			 STATUS_FAILED);
	assert_int_equal(selfcheck_get("http://h:123456789", "/", LONG_MS, &e),
			 STATUS_FAILED);
	(void)snprintf(url, sizeof(url), "http://%0500d", 1);
	assert_int_equal(selfcheck_get(url, "/", LONG_MS, &e), STATUS_FAILED);
	assert_string_equal(e.detail, "it is not an address");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_answers_in_pieces),
		cmocka_unit_test(test_prefix_and_name),
		cmocka_unit_test(test_answers_that_are_no_yes),
		cmocka_unit_test(test_gives_up_on_silence),
		cmocka_unit_test(test_nobody_listens),
		cmocka_unit_test(test_what_is_not_checked),
		cmocka_unit_test(test_addresses_that_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
