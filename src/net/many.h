#ifndef SLIPWAY_NET_MANY_H
#define SLIPWAY_NET_MANY_H

#include "net/http.h"

/*
 * HTTP requests at the same time, on connections that are used again, with the
 * rules of net_http().  For commands: one thread, nothing blocks but
 * net_many_wait().
 */
struct net_many;

/*
 * Make room for requests.
 *
 * Owns: lives in a; end the requests before, or they end with a.
 */
ERR_MUST_USE enum err net_many_new(struct arena *a, struct net_many **out,
				   struct errbuf *e);

/* How a request ended: as net_http() says, with the reason in e. */
typedef void net_done_fn(void *arg, enum err err, const struct net_reply *reply,
			 const struct errbuf *e);

/*
 * Begin a request.
 *
 * a     keeps it and its answer; may be cleared when done was called, by done
 *       itself, too
 * req   borrowed until done, with its texts; its piece() is called from within
 *       net_many_wait()
 * done  called once, from within net_many_wait(), with arg; the reply is
 *       borrowed
 *
 * Returns ERR_OK, or what is wrong with the request; then done is not called.
 */
ERR_MUST_USE enum err net_many_begin(struct net_many *m, struct arena *a,
				     const struct net_request *req,
				     net_done_fn *done, void *arg,
				     struct errbuf *e);

/* Carry on with all of them for up to ms, or until something happened. */
void net_many_wait(struct net_many *m, int64_t ms);

#endif
