#ifndef SLIPWAY_HTTP_CONN_H
#define SLIPWAY_HTTP_CONN_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/*
 * One client connection as the web server gives it to us: a FastCGI request
 * on a socket, or plain CGI (environment, stdin, stdout).  The same calls for
 * both; nothing above this file knows which it is.
 */
struct conn {
	void *fcgx; /* FCGX_Request, NULL for CGI */
	int fd; /* to watch for room and for the client's leaving; -1: none */
};

/*
 * The largest piece that conn_write() takes without blocking when the
 * descriptor polls writable: a socket has far more room then, a pipe only
 * PIPE_BUF.
 */
#define CONN_SOCKET_PIECE_BYTES ((size_t)16 * 1024)
#define CONN_PIPE_PIECE_BYTES   ((size_t)4096)

/*
 * Look at descriptor 0: true when the web server started us as plain CGI,
 * false for FastCGI.  To be called once, before anything else here; it makes
 * the listening socket non-blocking.
 */
bool conn_init(void);

/* The listening socket, to be polled before conn_take(). */
int conn_listen_fd(void);

/* Accept a connection; -1 when there is none after all. */
int conn_take(void);

/*
 * The FastCGI request that comes over fd.
 *
 * Owns:  what c needs lives in a, and fd is c's; conn_begin() comes next.
 */
void conn_open(struct conn *c, struct arena *a, int fd);

/* The one request of a plain CGI process. */
void conn_cgi(struct conn *c);

/* No connection at all: no variables, nobody to write to. */
void conn_none(struct conn *c);

/*
 * Read what the web server says about the request; call conn_timeouts() first.
 *
 * Returns ERR_OK, or ERR_CLOSED when no request came: c is closed.
 * Blocks: until the parameters are there, not for the body.
 */
ERR_MUST_USE enum err conn_begin(struct conn *c);

/* A CGI variable ("REQUEST_METHOD", "HTTP_ACCEPT"); empty when not set. */
struct str conn_env(const struct conn *c, const char *name);

/* Give up reading or writing after that long without progress. */
void conn_timeouts(const struct conn *c, int64_t read_ms, int64_t write_ms);

/*
 * Read up to n bytes of the body.  Returns how many; fewer than n means the
 * body's end, or with *failed set a timeout or a lost connection.
 */
size_t conn_read(struct conn *c, char *p, size_t n, bool *failed);

/* How much conn_write() takes at a time without blocking, see above. */
size_t conn_piece_bytes(const struct conn *c);

/*
 * Write n bytes and push them to the web server.  ERR_OK or ERR_CLOSED.
 * Blocks: up to the write timeout, but never when the descriptor polls
 * writable and there are at most conn_piece_bytes() of them.
 */
ERR_MUST_USE enum err conn_write(struct conn *c, struct str bytes);

/*
 * As conn_write(), but it may leave them for conn_finish(), so that they and
 * the end of the request are one write.
 */
ERR_MUST_USE enum err conn_write_last(struct conn *c, struct str bytes);

/*
 * Does conn_finish() close at once, as the web server has sent all it had to?
 */
bool conn_read_all(const struct conn *c);

/*
 * End the request.
 *
 * Blocks: as conn_write(); then, unless conn_read_all(), it lingers until the
 * web server closes.
 */
void conn_finish(struct conn *c);

#endif
