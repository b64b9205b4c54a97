#ifndef SLIPWAY_TESTS_UNIT_PROBE_H
#define SLIPWAY_TESTS_UNIT_PROBE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/container.h"
#include "conf/conf.h"
#include "http/loop.h"
#include "http_server.h"
#include "llm/provider.h"
#include "llm/upstream.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/*
 * For the tests of llm/upstream: a world of a loop, an upstream and a server,
 * and probes, which are transfers that note what came of them.  The path of a
 * probe's URL chooses what the server does.
 */
#define ARENA_BYTES ((size_t)64 * 1024 * 1024)
#define HANG_S      60 /* a test that hangs is killed */
#define COUNT(a)    (sizeof(a) / sizeof((a)[0]))

/* One transfer and what came of it. */
struct probe {
	struct upstream_sink sink;
	struct world *w;
	struct upstream_call *call;
	struct provider_request req;
	struct conf_provider conf;
	struct errbuf e;
	int heads;
	int status;
	struct buf body;
	size_t nbodies;
	bool ended;
	enum err err;
	char detail[256];
	bool sent;
	int64_t retry_after_ms;
	/* what to do in a callback besides noting it */
	void (*in_head)(struct probe *p);
	void (*in_body)(struct probe *p);
	void (*in_end)(struct probe *p);
	struct probe *other;
};

struct world {
	struct arena arena;
	struct loop *loop;
	struct upstream *u;
	struct server *server;
	int running; /* probes that have not ended */
	struct loop_task closed;
};

static inline void on_head(struct upstream_sink *s, int status)
{
	struct probe *const p = CONTAINER_OF(s, struct probe, sink);

	assert_false(p->ended);
	assert_int_equal(p->nbodies, 0);
	p->heads++;
	p->status = status;
	if (p->in_head != NULL)
		p->in_head(p);
}

static inline void on_body(struct upstream_sink *s, struct str bytes)
{
	struct probe *const p = CONTAINER_OF(s, struct probe, sink);

	assert_false(p->ended);
	assert_int_equal(p->heads, 1);
	p->nbodies++;
	buf_add_str(&p->body, bytes);
	if (p->in_body != NULL)
		p->in_body(p);
}

static inline void gone(struct probe *p)
{
	p->call = NULL;
	if (--p->w->running == 0)
		loop_stop(p->w->loop);
}

static inline void on_end(struct upstream_sink *s, enum err err,
			  const char *detail)
{
	struct probe *const p = CONTAINER_OF(s, struct probe, sink);

	assert_false(p->ended);
	p->ended = true;
	p->err = err;
	p->sent = upstream_request_sent(p->call);
	p->retry_after_ms = upstream_retry_after_ms(p->call);
	(void)snprintf(p->detail, sizeof(p->detail), "%s", detail);
	if (p->in_end != NULL)
		p->in_end(p);
	gone(p);
}

static inline void world_open(struct world *w)
{
	struct errbuf e = {.code = ERR_OK};

	(void)alarm(HANG_S);
	memset(w, 0, sizeof(*w));
	arena_init(&w->arena, ARENA_BYTES);
	assert_int_equal(loop_new(&w->loop, &e), ERR_OK);
	assert_int_equal(upstream_new(&w->u, w->loop, &e), ERR_OK);
	w->server = server_start();
}

static inline void world_close(struct world *w)
{
	upstream_free(w->u);
	loop_free(w->loop);
	server_stop(w->server);
	arena_release(&w->arena);
}

static inline void probe_init(struct probe *p, struct world *w,
			      const char *path)
{
	struct buf url;

	memset(p, 0, sizeof(*p));
	p->w = w;
	p->sink = (struct upstream_sink){on_head, on_body, on_end};
	p->conf.name = "test";
	buf_init(&p->body, &w->arena, ARENA_BYTES / 4);
	buf_init(&url, &w->arena, 1024);
	if (path[0] == '/')
		buf_addf(&url, "http://127.0.0.1:%d", w->server->port);
	buf_add_c(&url, path);
	p->req.url = buf_c(&url);
	buf_init(&p->req.body, &w->arena, ARENA_BYTES / 4);
	buf_add_c(&p->req.body, "{\"ask\":1}");
	p->req.headers[p->req.nheaders++] = "Content-Type: application/json";
	p->req.headers[p->req.nheaders++] = "Authorization: Bearer sk-1";
}

static inline void probe_start(struct probe *p)
{
	p->call = upstream_post(p->w->u, &p->w->arena, &p->conf, &p->req,
				&p->sink, &p->e);
	assert_non_null(p->call);
	assert_int_equal(p->heads, 0);
	p->w->running++;
}

/* Start p in w and wait for its end. */
static inline void probe_run(struct probe *p)
{
	probe_start(p);
	loop_run(p->w->loop);
}

static inline void cancel(struct probe *p)
{
	upstream_cancel(p->call);
	gone(p);
}

#endif
