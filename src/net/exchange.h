#ifndef SLIPWAY_NET_EXCHANGE_H
#define SLIPWAY_NET_EXCHANGE_H

#include "base/buf.h"
#include "net/http.h"

struct easy;

/* A request and its answer; for the files of src/net only. */
struct exchange {
	const struct net_request *req;
	struct easy *transfer;
	struct buf begin; /* of the body */
	int64_t begun_ms;
};

/*
 * Make ready what net_http() says of req; the transfer is not begun.  x must
 * not move until it ended.
 *
 * Returns ERR_OK, ERR_CONFIG or ERR_INTERNAL.
 * Owns:  everything lives in a.
 */
ERR_MUST_USE enum err exchange_begin(struct arena *a,
				     const struct net_request *req,
				     struct exchange *x, struct errbuf *e);

/* After the transfer: what came. */
void exchange_reply(const struct exchange *x, struct net_reply *out);

#endif
