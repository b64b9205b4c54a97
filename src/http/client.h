#ifndef SLIPWAY_HTTP_CLIENT_H
#define SLIPWAY_HTTP_CLIENT_H

#include "base/buf.h"
#include "http/loop.h"
#include "http/req.h"

#include <stdbool.h>
#include <stddef.h>

/* Above this many unsent bytes the provider is paused. */
#define CLIENT_HIGH_BYTES ((size_t)64 * 1024)

/*
 * The client's side of a detached request, on the loop thread: bytes wait in
 * `out` until the web server's socket takes them, at most a piece per check,
 * so a slow reader delays nobody else.
 *
 *	0 .. sent	gone to the web server
 *	sent .. n	waiting
 */
struct client {
	struct req *req;
	struct loop *loop;
	struct loop_watch watch;
	struct loop_timer stall; /* runs while the socket takes nothing */
	struct loop_timer flush; /* at the end of the loop's round */
	struct buf out;
	size_t sent;
	size_t room;   /* that the socket has at least */
	bool gone;     /* left, or did not read for too long */
	bool closing;  /* client_close() was called */
	bool pollable; /* false: stdout is a plain file */
	/*
	 * The owner's callbacks.  on_gone: once, when the client left; the
	 * owner stops what it does and calls client_close() in the end.
	 * on_drained: `out` is empty again after a client_flush(), be it at
	 * once or later.  on_shutdown: the worker's drain time is over.
	 */
	void (*on_gone)(struct client *c);
	void (*on_drained)(struct client *c);
	void (*on_shutdown)(struct client *c);
	/* the worker's list */
	struct client *next;
	struct client **prev;
};

/*
 * Take over req on the loop thread; callbacks must be set before.  A client
 * of worker_detached() is gone from the start, and on_gone is not called.
 * max_bytes: ceiling of what may wait unsent.
 */
void client_open(struct client *c, struct req *req, size_t max_bytes);

/*
 * Send what waits, as far as the socket takes it, when this round of the loop
 * is over: what came together leaves together.
 */
void client_flush(struct client *c);

/* Bytes that wait. */
size_t client_waiting(const struct client *c);

/*
 * End the response once everything has been sent (at once when the client is
 * gone).  The req, and everything in its arena, may be gone when this
 * returns.
 */
void client_close(struct client *c);

/*
 * The worker ends: tell each client of the list that the drain time is over,
 * or (left) that it is gone; one that was gone before hears of the former.
 */
void client_shutdown_all(struct client *list, bool left);

#endif
