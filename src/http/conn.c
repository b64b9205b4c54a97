/*
 * FastCGI and plain CGI behind one interface.  The only user of libfcgi.
 *
 * Descriptors stay in blocking mode, as libfcgi wants it: the loop asks whether
 * they are writable first.  A Unix socket that polls writable has room for
 * three quarters of its buffer (Linux: unix_writable()), a pipe for PIPE_BUF.
 */
#define _GNU_SOURCE /* accept4() */
#include "http/conn.h"

#include "base/arena.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

bool conn_init(void)
{
	const bool failed = FCGX_Init() != 0;

	/* libfcgi has set a handler of its own, a signal for each EPIPE */
	(void)signal(SIGPIPE, SIG_IGN);
	if (failed || FCGX_IsCGI() != 0)
		return true;
	const int flags = fcntl(STDIN_FILENO, F_GETFL);
	if (flags >= 0)
		(void)fcntl(STDIN_FILENO, F_SETFL, flags | O_NONBLOCK);
	return false;
}

int conn_listen_fd(void)
{
	return STDIN_FILENO;
}

int conn_take(void)
{
	return accept4(STDIN_FILENO, NULL, NULL, SOCK_CLOEXEC);
}

/*
 * FCGX_Accept_r() is made to think that it kept this connection open after
 * another request, and has no socket to accept a next one from.
 */
void conn_open(struct conn *c, struct arena *a, int fd)
{
	FCGX_Request *const r = ARENA_NEW(a, FCGX_Request);

	(void)FCGX_InitRequest(r, -1, FCGI_FAIL_ACCEPT_ON_INTR);
	r->ipcFd = fd;
	r->keepConnection = 1;
	c->fcgx = r;
	c->fd = fd;
}

enum err conn_begin(struct conn *c)
{
	FCGX_Request *const r = c->fcgx;

	if (r == NULL || FCGX_Accept_r(r) == 0)
		return ERR_OK;
	FCGX_Free(r, 1);
	c->fcgx = NULL;
	c->fd = -1;
	return ERR_CLOSED;
}

void conn_cgi(struct conn *c)
{
	c->fcgx = NULL;
	c->fd = STDOUT_FILENO;
}

void conn_none(struct conn *c)
{
	c->fcgx = NULL;
	c->fd = -1;
}

struct str conn_env(const struct conn *c, const char *name)
{
	FCGX_Request *const r = c->fcgx;

	if (c->fd < 0)
		return STR_NONE;
	return str_from(r != NULL ? FCGX_GetParam(name, r->envp)
				  : getenv(name));
}

static void set_timeout(int fd, int option, int64_t ms)
{
	const struct timeval tv = {.tv_sec = ms / 1000,
				   .tv_usec = (ms % 1000) * 1000};

	/* fails on CGI's pipes: the web server's own timeout rules there */
	(void)setsockopt(fd, SOL_SOCKET, option, &tv, sizeof(tv));
}

void conn_timeouts(const struct conn *c, int64_t read_ms, int64_t write_ms)
{
	set_timeout(c->fcgx != NULL ? c->fd : STDIN_FILENO, SO_RCVTIMEO,
		    read_ms);
	set_timeout(c->fd, SO_SNDTIMEO, write_ms);
}

static size_t read_cgi(char *p, size_t n, bool *failed)
{
	size_t got = 0;

	while (got < n) {
		const ssize_t r = read(STDIN_FILENO, p + got, n - got);
		if (r < 0 && errno == EINTR)
			continue;
		*failed = r < 0;
		if (r <= 0)
			break;
		got += (size_t)r;
	}
	return got;
}

size_t conn_read(struct conn *c, char *p, size_t n, bool *failed)
{
	FCGX_Request *const r = c->fcgx;

	*failed = false;
	if (r == NULL)
		return read_cgi(p, n, failed);
	const int got = FCGX_GetStr(p, (int)n, r->in);
	*failed = FCGX_GetError(r->in) != 0;
	return got > 0 ? (size_t)got : 0;
}

static enum err write_cgi(struct str bytes)
{
	while (bytes.n > 0) {
		const ssize_t w = write(STDOUT_FILENO, bytes.p, bytes.n);
		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return ERR_CLOSED;
		bytes.p += w;
		bytes.n -= (size_t)w;
	}
	return ERR_OK;
}

size_t conn_piece_bytes(const struct conn *c)
{
	return c->fcgx != NULL ? CONN_SOCKET_PIECE_BYTES
			       : CONN_PIPE_PIECE_BYTES;
}

enum err conn_write(struct conn *c, struct str bytes)
{
	FCGX_Request *const r = c->fcgx;

	if (r == NULL)
		return write_cgi(bytes);
	if (FCGX_PutStr(bytes.p, (int)bytes.n, r->out) != (int)bytes.n ||
	    FCGX_FFlush(r->out) != 0)
		return ERR_CLOSED;
	return ERR_OK;
}

enum err conn_write_last(struct conn *c, struct str bytes)
{
	FCGX_Request *const r = c->fcgx;

	if (r == NULL)
		return write_cgi(bytes);
	return FCGX_PutStr(bytes.p, (int)bytes.n, r->out) == (int)bytes.n
		       ? ERR_OK
		       : ERR_CLOSED;
}

bool conn_read_all(const struct conn *c)
{
	FCGX_Request *const r = c->fcgx;

	return r != NULL && FCGX_HasSeenEOF(r->in) != 0;
}

void conn_finish(struct conn *c)
{
	FCGX_Request *const r = c->fcgx;

	if (c->fd < 0)
		return;
	if (r == NULL) {
		(void)close(STDOUT_FILENO);
		return;
	}
	/*
	 * Closing with bytes unread would reset the connection under what we
	 * wrote, so libfcgi lingers, except on a detached one.
	 */
	if (conn_read_all(c))
		FCGX_Detach(r);
	FCGX_Finish_r(r);
	FCGX_Free(r, 1);
	c->fcgx = NULL;
}
