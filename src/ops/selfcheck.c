/*
 * Does our own site answer, as seen from this host?  A whole HTTP client would
 * be one more thing that can fail: the first line of the answer is enough.
 */
#include "ops/selfcheck.h"

#include "base/clock.h"
#include "base/num.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HOST_BYTES    256
#define REQUEST_BYTES 1024
#define PORT_BYTES    8
#define LINE_BYTES    64
/* "HTTP/1.1 200" */
#define STATUS_LINE_BYTES 12

struct target {
	struct str authority; /* for the Host header */
	struct str prefix;    /* path in front of ours, or empty */
	char host[HOST_BYTES];
	char port[PORT_BYTES];
};

struct exchange {
	int fd;
	int64_t deadline_ms;
	struct errbuf *e;
};

static struct str skip(struct str s, size_t n)
{
	return (struct str){s.p + n, s.n - n};
}

static bool copy(char *to, size_t room, struct str from)
{
	const int n = snprintf(to, room, STR_FMT, STR_ARG(from));

	return n > 0 && (size_t)n < room;
}

/* "HOST[:PORT][/PREFIX]"; a host in brackets is an IPv6 address. */
static bool parse(struct str url, struct target *t)
{
	struct str host = STR_NONE;
	struct str port = STR_NONE;
	struct str path = STR_NONE;

	if (str_cut(url, '/', &t->authority, &path))
		t->prefix = skip(url, t->authority.n);
	if (str_starts(t->authority, STR("["))) {
		(void)str_cut(skip(t->authority, 1), ']', &host, &port);
		if (str_starts(port, STR(":")))
			port = skip(port, 1);
	} else {
		(void)str_cut(t->authority, ':', &host, &port);
	}
	return copy(t->host, sizeof(t->host), host) &&
	       copy(t->port, sizeof(t->port), port.n > 0 ? port : STR("80"));
}

/* Wait for events until the deadline. */
static enum err wait_for(struct exchange *x, short events)
{
	struct pollfd p = {.fd = x->fd, .events = events};

	for (;;) {
		const int64_t left = x->deadline_ms - clock_mono_ms();
		const int n = left > 0 ? poll(&p, 1, (int)left) : 0;
		if (n > 0)
			return ERR_OK;
		if (n == 0)
			return err_set(x->e, ERR_IO, "no answer in time");
		if (errno != EINTR)
			return err_set(x->e, ERR_IO, "poll: %s",
				       strerror(errno));
	}
}

static enum err connect_to(struct exchange *x, const struct addrinfo *ai)
{
	int error = 0;
	socklen_t n = sizeof(error);

	x->fd = socket(ai->ai_family,
		       ai->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
		       ai->ai_protocol);
	if (x->fd < 0)
		return err_set(x->e, ERR_IO, "socket: %s", strerror(errno));
	if (connect(x->fd, ai->ai_addr, ai->ai_addrlen) == 0)
		return ERR_OK;
	if (errno == EINPROGRESS) {
		ERR_TRY(wait_for(x, POLLOUT));
		(void)getsockopt(x->fd, SOL_SOCKET, SO_ERROR, &error, &n);
		errno = error;
	}
	return errno == 0 ? ERR_OK
			  : err_set(x->e, ERR_IO, "could not connect: %s",
				    strerror(errno));
}

/* The first of the host's addresses that takes the connection. */
static enum err open_connection(struct exchange *x, const struct target *t)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *list = NULL;
	enum err err = ERR_IO;
	const int rc = getaddrinfo(t->host, t->port, &hints, &list);

	if (rc != 0)
		return err_set(x->e, ERR_IO, "%s: %s", t->host,
			       gai_strerror(rc));
	for (const struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next) {
		err_clear(x->e);
		err = connect_to(x, ai);
		if (err == ERR_OK)
			break;
		if (x->fd >= 0)
			(void)close(x->fd);
		x->fd = -1;
	}
	freeaddrinfo(list);
	return err;
}

static enum err send_request(struct exchange *x, const struct target *t,
			     const char *path)
{
	char request[REQUEST_BYTES];
	const int n = snprintf(request, sizeof(request),
			       "GET " STR_FMT "%s HTTP/1.0\r\n"
			       "Host: " STR_FMT "\r\n"
			       "User-Agent: slipway-probe\r\n\r\n",
			       STR_ARG(t->prefix), path, STR_ARG(t->authority));

	if (n < 0 || (size_t)n >= sizeof(request))
		return err_set(x->e, ERR_IO, "the address is too long");
	/* it fits into any socket's buffer: one send is enough */
	ERR_TRY(wait_for(x, POLLOUT));
	if (send(x->fd, request, (size_t)n, MSG_NOSIGNAL) != n)
		return err_set(x->e, ERR_IO, "could not send: %s",
			       strerror(errno));
	return ERR_OK;
}

/* "HTTP/1.1 200 OK": the status is bytes 9 to 11. */
static enum err read_status(struct exchange *x, int64_t *status)
{
	char line[LINE_BYTES];
	size_t n = 0;

	while (n < STATUS_LINE_BYTES) {
		ERR_TRY(wait_for(x, POLLIN));
		const ssize_t got = recv(x->fd, line + n, sizeof(line) - n, 0);
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got <= 0)
			return err_set(x->e, ERR_IO, "closed without answer");
		n += (size_t)got;
	}
	if (!str_starts((struct str){line, n}, STR("HTTP/1.")) ||
	    num_parse_i64((struct str){line + 9, 3}, 100, 599, status) !=
		    ERR_OK)
		return err_set(x->e, ERR_IO, "the answer is not HTTP");
	return ERR_OK;
}

static enum err exchange(struct exchange *x, const struct target *t,
			 const char *path)
{
	int64_t status = 0;

	ERR_TRY(open_connection(x, t));
	ERR_TRY(send_request(x, t, path));
	ERR_TRY(read_status(x, &status));
	return status == 200
		       ? ERR_OK
		       : err_set(x->e, ERR_IO, "it answered %d", (int)status);
}

enum status_check selfcheck_get(const char *base_url, const char *path,
				int64_t timeout_ms, struct errbuf *e)
{
	struct exchange x = {.fd = -1, .e = e};
	struct str url = str_from(base_url);
	struct target t = {.prefix = STR_NONE};

	if (!str_starts(url, STR("http://")))
		return STATUS_UNCHECKED;
	err_clear(e);
	x.deadline_ms = clock_mono_ms() + timeout_ms;
	enum err err = ERR_IO;
	if (parse(skip(url, STR("http://").n), &t))
		err = exchange(&x, &t, path);
	else
		err = err_set(e, ERR_IO, "it is not an address");
	if (x.fd >= 0)
		(void)close(x.fd);
	return err == ERR_OK ? STATUS_PASSED : STATUS_FAILED;
}
