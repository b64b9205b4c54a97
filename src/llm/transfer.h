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
 */
struct transfer_watch;
struct upstream_call;

struct upstream {
	struct arena arena;
	struct loop *loop;
	CURLM *multi;
	CURLSH *share;                  /* TLS sessions, for resumption */
	struct loop_timer timer;        /* libcurl's own */
	struct loop_timer kick;         /* runs settle() from the loop */
	struct transfer_watch *watches; /* of libcurl's sockets */
	struct transfer_watch *idle_watches;
	struct upstream_call *all;
	struct upstream_call *idle;
	struct upstream_call *todo;
	int depth; /* > 0: inside libcurl */
	bool settling;
};

struct upstream_call {
	struct upstream *u;
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
	bool in_multi;
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
 * libcurl has opened this socket.  It closes one that could not be connected
 * without a word and takes the next address; when that gets the same number, it
 * believes it to be watched already (7.88).
 */
void transfer_opened(struct upstream *u, int fd);

/* Take c from libcurl; it is not delivered to any more. */
void transfer_stop(struct upstream_call *c);

/*
 * Stop c, call end() unless it has lost its sink, and make it available
 * again.  Not to be called inside libcurl.
 */
void transfer_finish(struct upstream_call *c, enum err err, const char *why);

#endif
