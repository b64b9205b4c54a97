#ifndef SLIPWAY_LLM_UPSTREAM_H
#define SLIPWAY_LLM_UPSTREAM_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct conf_provider;
struct loop;
struct provider_request;

/*
 * HTTP to the providers: one curl multi handle on the worker's loop, with its
 * connection pool.  Loop thread only, unless said otherwise.  Redirects off,
 * proxy off, TLS verified, https only except for loopback addresses.
 */
struct upstream;
struct upstream_call;

/*
 * Callbacks of one transfer, on the loop thread.  After end() the call is
 * gone; upstream_cancel() is the other way to end it (no end() then).  A
 * callback may cancel its own transfer.
 */
struct upstream_sink {
	/* Status line and headers are in; before the first body(). */
	void (*head)(struct upstream_sink *s, int status);
	/* The next bytes of the body. */
	void (*body)(struct upstream_sink *s, struct str bytes);
	/*
	 * The transfer ended.  err: ERR_OK (body complete), ERR_UPSTREAM (no
	 * connection, TLS, protocol), ERR_UPSTREAM_TIMEOUT (a stage timeout),
	 * ERR_UPSTREAM_CUT (body incomplete).  detail: for the log.
	 */
	void (*end)(struct upstream_sink *s, enum err err, const char *detail);
};

/* Owns: upstream_free().  loop is borrowed. Call before loop_run(). */
ERR_MUST_USE enum err upstream_new(struct upstream **out, struct loop *loop,
				   struct errbuf *e);
void upstream_free(struct upstream *u);

/*
 * Start a POST.  Stage timeouts come from conf: connect, first byte (from the
 * start to the first byte of the body), idle (between bytes), total.
 *
 * req, a  must live until end() or cancel
 *
 * Returns the call, or NULL when it could not even be started (e says why).
 */
struct upstream_call *upstream_post(struct upstream *u, struct arena *a,
				    const struct conf_provider *conf,
				    const struct provider_request *req,
				    struct upstream_sink *sink,
				    struct errbuf *e);

/* Stop the transfer at once and forget it; the connection is closed. */
void upstream_cancel(struct upstream_call *c);

/* Back-pressure: stop and go on reading from the provider. */
void upstream_pause(struct upstream_call *c);
void upstream_resume(struct upstream_call *c);

#endif
