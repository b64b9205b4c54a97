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
 * HTTP to the providers: libcurl on the worker's loop, with pools of
 * connections.  Loop thread only, unless said otherwise.  Redirects off, proxy
 * off, TLS verified, https only except for loopback addresses.
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
 * start to the first byte of the body), idle (between bytes; not counted
 * while paused), total.  A timeout of 0 is none.
 *
 * Callbacks never run inside this call or upstream_resume(), only from the
 * loop; this call may be made inside a callback.
 *
 * A connection from the pool that turns out to be dead before the first byte
 * of an answer is replaced by libcurl, which sends the request again; not so
 * with req->once.
 *
 * req, a  must live until end(), upstream_detach() or upstream_cancel(); when
 *         the latter is called inside a callback, until the loop's next round
 *
 * Returns the call, or NULL when it could not even be started: ERR_CONFIG (an
 * address that is not allowed) or ERR_INTERNAL in e.
 */
struct upstream_call *upstream_post(struct upstream *u, struct arena *a,
				    const struct conf_provider *conf,
				    const struct provider_request *req,
				    struct upstream_sink *sink,
				    struct errbuf *e);

/* Stop the transfer at once and forget it; the connection is closed. */
void upstream_cancel(struct upstream_call *c);

/*
 * The answer is complete though its body has not ended ("[DONE]" was read):
 * forget the transfer, but read the little that follows, so that the
 * connection can serve the next call.
 */
void upstream_detach(struct upstream_call *c);

/*
 * Back-pressure: stop and go on reading from the provider.  What was read
 * before waits; nothing is delivered while paused.
 */
void upstream_pause(struct upstream_call *c);
void upstream_resume(struct upstream_call *c);

/*
 * Was the request put on a connection?  False in end() means that no provider
 * can have seen it, so nothing can be charged for it.
 */
bool upstream_request_sent(const struct upstream_call *c);

/*
 * How long the answer asks us to wait, by its retry-after-ms or Retry-After
 * (seconds or a date); -1 when it does not.  From head() to end().
 */
int64_t upstream_retry_after_ms(const struct upstream_call *c);

/*
 * A header of the answer; empty when absent.  From head() to end(); borrowed
 * until the next call of this function.
 */
struct str upstream_header(const struct upstream_call *c, const char *name);

#endif
