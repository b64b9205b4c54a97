#ifndef SLIPWAY_LLM_TRANSFER_H
#define SLIPWAY_LLM_TRANSFER_H

#include "base/arena.h"
#include "base/err.h"
#include "http/loop.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conf_provider;
struct upstream_sink;

/*
 * The insides of llm/upstream, for its two files only: transfer.c keeps
 * libcurl turning on the loop, upstream.c says what a transfer is.
 *
 *	loop_watch -> curl_multi_socket_action() -> callbacks of upstream.c
 *	           -> settle(): ends, and what callbacks asked for meanwhile
 *
 * libcurl may not be entered again from its own callbacks.  So `depth` counts
 * how often we are inside; then new transfers, cancelled and resumed ones
 * only go on the `todo` list, and settle() does the work on the way out.
 * Calls and their easy handles are reused; they live as long as the upstream.
 *
 *	pool -> pool -> pool	each a multi handle with its connections
 *
 * libcurl walks over all connections to a host when it wants a free one, over
 * all there are when it closes the oldest, and keeps its timers in one tree.
 * So a pool has TRANSFER_POOL_CALLS calls at most, and a new one goes to the
 * first pool that has room: only many calls at once need a second.
 */
#define TRANSFER_POOL_CALLS 100 /* as many share a connection of HTTP/2 */

struct destination;
struct transfer_watch;
struct upstream;
struct upstream_call;

struct transfer_pool {
	struct upstream *u;
	struct transfer_pool *next;
	CURLM *multi;
	struct loop_timer timer;        /* libcurl's own */
	struct loop_timer idle;         /* it has been empty for long */
	struct transfer_watch *watches; /* of libcurl's sockets */
	size_t ncalls;
};

struct upstream {
	struct arena arena;
	struct loop *loop;
	CURLSH *share; /* addresses, TLS sessions to resume */
	struct destination *destinations;
	struct loop_timer kick;      /* runs settle() from the loop */
	struct transfer_pool *pools; /* the first is always there */
	struct transfer_pool *idle_pools;
	int64_t pool_idle_ms;        /* after which an empty one is given up */
	struct transfer_pool *acted; /* where something may have ended */
	struct transfer_watch *idle_watches;
	struct upstream_call *all;
	struct upstream_call *idle;
	struct upstream_call *todo;
	int depth; /* > 0: inside libcurl */
	bool settling;
};

struct upstream_call {
	struct upstream *u;
	struct transfer_pool *pool; /* NULL: in none */
	CURL *easy;
	struct curl_slist *headers;
	struct upstream_sink *sink; /* NULL: cancelled, detached or ended */
	struct upstream_call *next_all;
	struct upstream_call *next_idle;
	struct upstream_call *next_todo;
	struct loop_timer stage;
	const struct conf_provider *conf;
	bool here; /* its URL names this machine */
	size_t request_bytes;
	int64_t started_ms;
	int64_t heard_ms; /* when the latest bytes came */
	int status;       /* 0: head not in yet */
	bool got_body;
	bool in_todo;
	bool paused;      /* as the owner wants it */
	bool curl_paused; /* as libcurl has it */
	bool detached;    /* no owner, but read on to the end */
	size_t detached_bytes;
	char why[CURL_ERROR_SIZE];
};

/*
 * A call that is not in use, with an easy handle that has no options set; NULL
 * when libcurl has no memory.
 */
struct upstream_call *transfer_take(struct upstream *u);

/*
 * Have c looked at soon: it is new, or its sink, paused or detached has
 * changed.
 */
void transfer_todo(struct upstream_call *c);

/*
 * libcurl has opened this socket for c.  It closes one that could not be
 * connected without a word and takes the next address; when that gets the same
 * number, it believes it to be watched already (7.88).
 */
void transfer_opened(struct upstream_call *c, int fd);

/* Take c from libcurl; it is not delivered to any more. */
void transfer_stop(struct upstream_call *c);

/*
 * Stop c, call end() unless it has lost its sink, and make it available
 * again.  Not to be called inside libcurl.
 */
void transfer_finish(struct upstream_call *c, enum err err, const char *why);

#endif
