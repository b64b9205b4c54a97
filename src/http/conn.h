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

/* The listening socket, to be polled before conn_accept(). */
int conn_listen_fd(void);

/*
 * Take the next FastCGI request off the listening socket.
 *
 * Returns ERR_OK, or ERR_CLOSED when there is none after all (another thread
 * or process was faster, or the web server hung up): just go on.
 * Owns:  what c needs lives in a; give it back with conn_finish().
 * Blocks: until the web server has sent the parameters, not for the body.
 */
ERR_MUST_USE enum err conn_accept(struct conn *c, struct arena *a);

/* The one request of a plain CGI process. */
void conn_cgi(struct conn *c);

/* No connection at all: no variables, nobody to write to. */
void conn_none(struct conn *c);

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

/* End the request.  Blocks: lingers until the web server closes. */
void conn_finish(struct conn *c);

#endif
