#ifndef SLIPWAY_TESTS_UNIT_HTTP_SERVER_H
#define SLIPWAY_TESTS_UNIT_HTTP_SERVER_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * For test_upstream.c: an HTTP server with plain sockets, a thread for each
 * connection, and one function for each path, so that a test can have bytes
 * sent, cut and withheld exactly as it needs.
 */
#define SERVER_CONNECTIONS 512
#define SERVER_BIG_BYTES   ((size_t)48 * 1024 * 1024)

struct server;

struct connection {
	struct server *server;
	pthread_t thread;
	int fd;
	int nrequests;   /* on this connection */
	char head[8192]; /* of the latest request, NUL-terminated */
	char body[1024]; /* its first bytes */
	size_t nbody;
};

struct server {
	int fd;
	int port;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct connection connections[SERVER_CONNECTIONS];
	int naccepted;
	int nrequests;
	int nclosed;               /* connections that ended */
	size_t nsent;              /* bytes sent in large blocks */
	void (*notify)(void *arg); /* a script has come to its end */
	void *notify_arg;
};

static inline bool send_bytes(int fd, const char *p, size_t n)
{
	while (n > 0) {
		const ssize_t k = send(fd, p, n, MSG_NOSIGNAL);
		if (k <= 0)
			return false;
		p += k;
		n -= (size_t)k;
	}
	return true;
}

static inline bool send_text(int fd, const char *text)
{
	return send_bytes(fd, text, strlen(text));
}

/* Wait until the client closes. */
static inline void wait_close(int fd)
{
	char skip[4096];

	while (recv(fd, skip, sizeof(skip), 0) > 0)
		continue;
}

/* Wait so long, or until the client closes; false then. */
static inline bool wait_ms(int fd, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, ms) == 0;
}

#define HEAD        "HTTP/1.1 200 OK\r\n"
#define HEAD_LENGTH HEAD "Content-Length: 5\r\n\r\n"
#define HEAD_CONTINUE                   \
	"HTTP/1.1 100 Continue\r\n\r\n" \
	"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n"
#define HEAD_CHUNKED HEAD "Transfer-Encoding: chunked\r\n\r\n"

/* Scripts: return true to keep the connection. ------------------------- */

static inline bool serve_text(struct connection *c, const char *text)
{
	return send_text(c->fd, text);
}

static inline bool serve_and_close(struct connection *c, const char *text)
{
	(void)send_text(c->fd, text);
	return false;
}

static inline bool serve_and_hang(struct connection *c, const char *text)
{
	(void)send_text(c->fd, text);
	wait_close(c->fd);
	return false;
}

static inline bool serve_reset(struct connection *c, const char *text)
{
	const struct linger now = {.l_onoff = 1, .l_linger = 0};

	(void)text;
	(void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	/* closes the socket, but not its number */
	const int none = open("/dev/null", O_RDWR);
	(void)dup2(none, c->fd);
	(void)close(none);
	return false;
}

static inline bool serve_status(struct connection *c, const char *text)
{
	const char *const status = strstr(c->head, "/status/") + 8;
	char out[128];

	(void)text;
	(void)snprintf(out, sizeof(out),
		       "HTTP/1.1 %.3s X\r\nContent-Length: 2\r\n\r\nno",
		       status);
	return send_text(c->fd, out);
}

/* /retry/NAME:VALUE answers with Retry-NAME: VALUE; _ stands for a blank. */
static inline bool serve_retry(struct connection *c, const char *text)
{
	const char *const name = strstr(c->head, "/retry/") + 7;
	char out[256];

	(void)text;
	(void)snprintf(out, sizeof(out),
		       "HTTP/1.1 429 X\r\nRetry-%.*s\r\n"
		       "Content-Length: 0\r\n\r\n",
		       (int)strcspn(name, " "), name);
	for (char *p = strchr(out, '_'); p != NULL; p = strchr(p, '_'))
		*p = ' ';
	return send_text(c->fd, out);
}

static inline bool serve_echo(struct connection *c, const char *text)
{
	char out[10000];

	(void)text;
	(void)snprintf(
		out, sizeof(out), HEAD "Content-Length: %zu\r\n\r\n%s%.*s",
		strlen(c->head) + c->nbody, c->head, (int)c->nbody, c->body);
	return send_text(c->fd, out);
}

static inline bool serve_count(struct connection *c, const char *text)
{
	char number[32];
	char out[128];

	(void)text;
	(void)snprintf(number, sizeof(number), "%zu", c->nbody);
	(void)snprintf(out, sizeof(out), HEAD "Content-Length: %zu\r\n\r\n%s",
		       strlen(number), number);
	return send_text(c->fd, out);
}

/* Each byte of text as a chunk after a short time. */
static inline bool serve_trickle(struct connection *c, const char *text)
{
	char chunk[] = "1\r\nx\r\n";

	if (!send_text(c->fd, HEAD_CHUNKED))
		return false;
	for (; *text != '\0'; text++) {
		chunk[3] = *text;
		if (!wait_ms(c->fd, 10) || !send_text(c->fd, chunk))
			return false;
	}
	return send_text(c->fd, "0\r\n\r\n");
}

static inline bool serve_forever(struct connection *c, const char *text)
{
	if (!send_text(c->fd, HEAD_CHUNKED))
		return false;
	while (wait_ms(c->fd, 5) && send_text(c->fd, text))
		continue;
	return false;
}

static inline bool send_block(struct connection *c)
{
	static const char block[65536];

	if (!send_bytes(c->fd, block, sizeof(block)))
		return false;
	(void)pthread_mutex_lock(&c->server->lock);
	c->server->nsent += sizeof(block);
	(void)pthread_mutex_unlock(&c->server->lock);
	return true;
}

static inline bool serve_big(struct connection *c, const char *text)
{
	char head[128];

	(void)text;
	(void)snprintf(head, sizeof(head), HEAD "Content-Length: %zu\r\n\r\n",
		       SERVER_BIG_BYTES);
	bool ok = send_text(c->fd, head);
	for (size_t n = 0; ok && n < SERVER_BIG_BYTES; n += 65536)
		ok = send_block(c);
	return ok;
}

/* Answers on a fresh connection; a used one is closed without a byte. */
static inline bool serve_die_if_used(struct connection *c, const char *text)
{
	return c->nrequests == 1 && send_text(c->fd, text);
}

static inline bool serve_after_a_while(struct connection *c, const char *text)
{
	return send_text(c->fd, HEAD_CHUNKED "6\r\n[DONE]\r\n") &&
	       wait_ms(c->fd, 20) && send_text(c->fd, text);
}

/* [DONE], and then as much as the client takes. */
static inline bool serve_too_much(struct connection *c, const char *text)
{
	bool ok = send_text(c->fd, HEAD_CHUNKED "6\r\n[DONE]\r\n");

	(void)text;
	while (ok)
		ok = send_text(c->fd, "10000\r\n") && send_block(c) &&
		     send_text(c->fd, "\r\n");
	return false;
}

struct script {
	const char *path; /* a prefix */
	bool (*serve)(struct connection *c, const char *text);
	const char *text;
};

static const struct script scripts[] = {
	{"/length", serve_text, HEAD_LENGTH "hello"},
	{"/chunked", serve_text,
	 HEAD_CHUNKED "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"},
	{"/until-close", serve_and_close, HEAD "\r\nhello"},
	{"/no-body", serve_text, "HTTP/1.1 204 No\r\n\r\n"},
	{"/status/", serve_status, ""},
	{"/retry/", serve_retry, ""},
	{"/continue", serve_text, HEAD_CONTINUE HEAD_LENGTH "hello"},
	{"/trailer", serve_text,
	 HEAD_CHUNKED "5\r\nhello\r\n0\r\nX-End: 1\r\n\r\n"},
	{"/redirect", serve_text,
	 "HTTP/1.1 302 X\r\nLocation: /length\r\nContent-Length: 0\r\n\r\n"},
	{"/cut-length", serve_and_close, HEAD_LENGTH "hel"},
	{"/cut-chunked", serve_and_close, HEAD_CHUNKED "5\r\nhel"},
	{"/cut-head", serve_and_close, HEAD "Content-Le"},
	{"/bad-chunk", serve_and_close, HEAD_CHUNKED "3\r\nhel\r\nxyz\r\n"},
	{"/close", serve_and_close, ""},
	{"/reset", serve_reset, ""},
	{"/not-http", serve_and_close, "SSH-2.0-OpenSSH_9.2\r\n"},
	{"/echo", serve_echo, ""},
	{"/count", serve_count, ""},
	{"/hang-head", serve_and_hang, ""},
	{"/hang-after-head", serve_and_hang, HEAD_CHUNKED},
	{"/hang-body", serve_and_hang, HEAD_CHUNKED "3\r\nhel\r\n"},
	{"/hang-done", serve_and_hang, HEAD_CHUNKED "6\r\n[DONE]\r\n"},
	{"/trickle-forever", serve_forever, "1\r\nx\r\n"},
	{"/trickle", serve_trickle, "0123456789"},
	{"/big", serve_big, ""},
	{"/die-if-used", serve_die_if_used, HEAD_LENGTH "hello"},
	{"/done-then-end", serve_after_a_while, "0\r\n\r\n"},
	{"/done-then-more", serve_too_much, ""},
};

/* Connections ---------------------------------------------------------- */

/* Read one request; false when the client has closed. */
static inline bool read_request(struct connection *c)
{
	size_t n = 0;
	char *end = NULL;

	memset(c->head, 0, sizeof(c->head));
	while (end == NULL && n + 1 < sizeof(c->head)) {
		const ssize_t k =
			recv(c->fd, c->head + n, sizeof(c->head) - n - 1, 0);
		if (k <= 0)
			return false;
		n += (size_t)k;
		end = strstr(c->head, "\r\n\r\n");
	}
	if (end == NULL)
		return false;
	const char *const length = strstr(c->head, "Content-Length: ");
	size_t want = 0;
	for (const char *p = length + 16; *p >= '0' && *p <= '9'; p++)
		want = want * 10 + (size_t)(*p - '0');
	c->nbody = n - (size_t)(end + 4 - c->head);
	(void)snprintf(c->body, sizeof(c->body), "%s", end + 4);
	end[4] = '\0';
	char skip[4096];
	while (c->nbody < want) {
		const ssize_t k = recv(c->fd, skip, sizeof(skip), 0);
		if (k <= 0)
			return false;
		c->nbody += (size_t)k;
	}
	return true;
}

static inline bool serve(struct connection *c)
{
	const char *const path = c->head + strlen("POST ");

	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
		if (strncmp(path, scripts[i].path, strlen(scripts[i].path)) ==
		    0)
			return scripts[i].serve(c, scripts[i].text);
	abort(); /* a test asks for a path that has no script */
}

static inline void server_count(struct server *s, int *what)
{
	(void)pthread_mutex_lock(&s->lock);
	(*what)++;
	(void)pthread_cond_broadcast(&s->changed);
	(void)pthread_mutex_unlock(&s->lock);
}

static inline void *connection_run(void *arg)
{
	struct connection *const c = arg;
	struct server *const s = c->server;
	bool keep = true;

	while (keep && read_request(c)) {
		c->nrequests++;
		server_count(s, &s->nrequests);
		keep = serve(c);
		if (s->notify != NULL)
			s->notify(s->notify_arg);
	}
	/* the number is kept until the thread was joined */
	(void)shutdown(c->fd, SHUT_RDWR);
	server_count(s, &s->nclosed);
	return NULL;
}

static inline void *server_run(void *arg)
{
	struct server *const s = arg;

	for (;;) {
		const int fd = accept(s->fd, NULL, NULL);
		if (fd < 0 || s->naccepted == SERVER_CONNECTIONS)
			return NULL;
		struct connection *const c = &s->connections[s->naccepted];
		c->server = s;
		c->fd = fd;
		server_count(s, &s->naccepted);
		(void)pthread_create(&c->thread, NULL, connection_run, c);
	}
}

static inline int listen_local(int *port)
{
	struct sockaddr_in addr = {.sin_family = AF_INET};
	socklen_t n = sizeof(addr);
	const int fd = socket(AF_INET, SOCK_STREAM, 0);

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, n) != 0 ||
	    listen(fd, SERVER_CONNECTIONS) != 0 ||
	    getsockname(fd, (struct sockaddr *)&addr, &n) != 0)
		abort();
	*port = ntohs(addr.sin_port);
	return fd;
}

/* A port on which nobody listens. */
static inline int server_unused_port(void)
{
	int port = 0;

	(void)close(listen_local(&port));
	return port;
}

static inline struct server *server_start(void)
{
	struct server *const s = calloc(1, sizeof(*s));

	if (s == NULL)
		abort();
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_cond_init(&s->changed, NULL);
	s->fd = listen_local(&s->port);
	if (pthread_create(&s->thread, NULL, server_run, s) != 0)
		abort();
	return s;
}

static inline void server_stop(struct server *s)
{
	(void)shutdown(s->fd, SHUT_RDWR);
	(void)pthread_join(s->thread, NULL);
	(void)close(s->fd);
	for (int i = 0; i < s->naccepted; i++) {
		struct connection *const c = &s->connections[i];
		(void)shutdown(c->fd, SHUT_RDWR);
		(void)pthread_join(c->thread, NULL);
		(void)close(c->fd);
	}
	free(s);
}

/* Wait until what has reached n; the result is its value. */
static inline int server_wait(struct server *s, const int *what, int n)
{
	(void)pthread_mutex_lock(&s->lock);
	while (*what < n)
		(void)pthread_cond_wait(&s->changed, &s->lock);
	const int now = *what;
	(void)pthread_mutex_unlock(&s->lock);
	return now;
}

static inline size_t server_sent(struct server *s)
{
	(void)pthread_mutex_lock(&s->lock);
	const size_t n = s->nsent;
	(void)pthread_mutex_unlock(&s->lock);
	return n;
}

#endif
