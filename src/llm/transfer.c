/*
 * libcurl's multi interface on the worker's loop: its sockets are watches, its
 * timeout is a timer, and what ends or was put off is settled whenever it has
 * been left.  Loop thread only; nothing here blocks, name lookups included:
 * Debian's libcurl resolves in a thread of its own.
 */
#include "llm/transfer.h"

#include "base/container.h"
#include "conf/conf.h"
#include "llm/destination.h"
#include "llm/upstream.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#define ARENA_BYTES        ((size_t)64 * 1024 * 1024)
#define POOL_CONNECTIONS   256L
#define POOL_IDLE_MS       60000 /* then its connections are closed */
#define CONNECT_TEXT_BYTES 96

struct transfer_watch {
	struct loop_watch watch;
	struct transfer_pool *pool;
	struct transfer_watch *next; /* in watches, or in idle_watches */
	struct transfer_watch **prev;
};

static void settle(struct upstream *u);

/* Something happened to a socket of p, or its time has come. */
static void act(struct transfer_pool *p, curl_socket_t fd, int mask)
{
	struct upstream *const u = p->u;
	int running = 0;

	u->depth++;
	u->acted = p;
	(void)curl_multi_socket_action(p->multi, fd, mask, &running);
	u->depth--;
	if (u->depth == 0)
		settle(u);
}

void transfer_todo(struct upstream_call *c)
{
	struct upstream *const u = c->u;

	if (!c->in_todo) {
		c->in_todo = true;
		c->next_todo = u->todo;
		u->todo = c;
	}
	if (u->depth == 0 && !u->settling)
		loop_timer_set(u->loop, &u->kick, 0);
}

/* Sockets and time ---------------------------------------------------- */

static void on_ready(struct loop_watch *watch, uint32_t events)
{
	const struct transfer_watch *const w =
		CONTAINER_OF(watch, struct transfer_watch, watch);
	int mask = 0;

	if (events & (EPOLLIN | EPOLLHUP))
		mask |= CURL_CSELECT_IN;
	if (events & EPOLLOUT)
		mask |= CURL_CSELECT_OUT;
	if (events & EPOLLERR)
		mask |= CURL_CSELECT_ERR;
	act(w->pool, watch->fd, mask);
}

static struct transfer_watch *watch_take(struct transfer_pool *p, int fd)
{
	struct upstream *const u = p->u;
	struct transfer_watch *w = u->idle_watches;

	if (w != NULL)
		u->idle_watches = w->next;
	else
		w = ARENA_NEW(&u->arena, struct transfer_watch);
	memset(w, 0, sizeof(*w));
	w->pool = p;
	w->watch.fd = fd;
	w->watch.ready = on_ready;
	w->next = p->watches;
	w->prev = &p->watches;
	if (w->next != NULL)
		w->next->prev = &w->next;
	p->watches = w;
	return w;
}

static void watch_drop(struct transfer_watch *w)
{
	struct upstream *const u = w->pool->u;

	*w->prev = w->next;
	if (w->next != NULL)
		w->next->prev = w->prev;
	w->next = u->idle_watches;
	u->idle_watches = w;
}

void transfer_opened(struct upstream_call *c, int fd)
{
	struct transfer_watch *w = c->pool->watches;

	for (; w != NULL; w = w->next) {
		const uint32_t events = w->watch.events;
		if (w->watch.fd != fd || events == 0)
			continue;
		w->watch.events = 0; /* closing has ended it */
		loop_watch_set(c->u->loop, &w->watch, events);
	}
}

/* libcurl tells which events it wants on fd; known: our watch, or NULL. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg,
		     void *known)
{
	struct transfer_pool *const p = arg;
	struct transfer_watch *w = known;
	uint32_t events = 0;

	(void)easy;
	if (w == NULL && what == CURL_POLL_REMOVE)
		return 0;
	if (w == NULL) {
		w = watch_take(p, fd);
		(void)curl_multi_assign(p->multi, fd, w);
	}
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		events |= EPOLLIN;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		events |= EPOLLOUT;
	loop_watch_set(p->u->loop, &w->watch, events);
	if (what == CURL_POLL_REMOVE)
		watch_drop(w);
	return 0;
}

static void on_timer(struct loop_timer *t)
{
	act(CONTAINER_OF(t, struct transfer_pool, timer), CURL_SOCKET_TIMEOUT,
	    0);
}

static int on_timeout(CURLM *multi, long timeout_ms, void *arg)
{
	struct transfer_pool *const p = arg;

	(void)multi;
	if (timeout_ms < 0)
		loop_timer_cancel(p->u->loop, &p->timer);
	else
		loop_timer_set(p->u->loop, &p->timer, timeout_ms);
	return 0;
}

static void on_kick(struct loop_timer *t)
{
	settle(CONTAINER_OF(t, struct upstream, kick));
}

/* Pools --------------------------------------------------------------- */

static void pool_free(struct transfer_pool *p)
{
	struct upstream *const u = p->u;
	struct transfer_pool **at = &u->pools;

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	if (u->acted == p)
		u->acted = NULL;
	(void)curl_multi_cleanup(p->multi);
	loop_timer_cancel(u->loop, &p->timer);
	loop_timer_cancel(u->loop, &p->idle);
	p->next = u->idle_pools;
	u->idle_pools = p;
}

static void on_idle(struct loop_timer *t)
{
	pool_free(CONTAINER_OF(t, struct transfer_pool, idle));
}

/* A new one at *at, the end of the list; NULL when libcurl has no memory. */
static struct transfer_pool *pool_new(struct upstream *u,
				      struct transfer_pool **at)
{
	struct transfer_pool *p = u->idle_pools;
	CURLM *const multi = curl_multi_init();

	if (multi == NULL)
		return NULL;
	if (p != NULL)
		u->idle_pools = p->next;
	else
		p = ARENA_NEW(&u->arena, struct transfer_pool);
	memset(p, 0, sizeof(*p));
	p->u = u;
	p->multi = multi;
	p->timer.fire = on_timer;
	p->idle.fire = on_idle;
	*at = p;
	(void)curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	(void)curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, p);
	(void)curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timeout);
	(void)curl_multi_setopt(multi, CURLMOPT_TIMERDATA, p);
	(void)curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, POOL_CONNECTIONS);
	return p;
}

/* The first with room; NULL when libcurl has no memory. */
static struct transfer_pool *pool_find(struct upstream *u)
{
	struct transfer_pool **at = &u->pools;

	while (*at != NULL && (*at)->ncalls >= TRANSFER_POOL_CALLS)
		at = &(*at)->next;
	return *at != NULL ? *at : pool_new(u, at);
}

static void pool_enter(struct transfer_pool *p, struct upstream_call *c)
{
	c->pool = p;
	p->ncalls++;
	loop_timer_cancel(p->u->loop, &p->idle);
}

static void pool_leave(struct upstream_call *c)
{
	struct transfer_pool *const p = c->pool;

	c->pool = NULL;
	p->ncalls--;
	if (p->ncalls == 0 && p != p->u->pools)
		loop_timer_set(p->u->loop, &p->idle, p->u->pool_idle_ms);
}

/* The life of a call -------------------------------------------------- */

struct upstream_call *transfer_take(struct upstream *u)
{
	struct upstream_call *c = u->idle;

	if (c != NULL) {
		u->idle = c->next_idle;
		return c;
	}
	CURL *const easy = curl_easy_init();
	if (easy == NULL)
		return NULL;
	(void)curl_easy_setopt(easy, CURLOPT_SHARE, u->share);
	c = ARENA_NEW(&u->arena, struct upstream_call);
	c->u = u;
	c->easy = easy;
	c->next_all = u->all;
	u->all = c;
	return c;
}

/* A call that is on the todo list waits there until its turn. */
static void recycle(struct upstream_call *c)
{
	struct upstream *const u = c->u;

	if (c->in_todo)
		return;
	curl_easy_reset(c->easy);
	curl_slist_free_all(c->headers);
	c->headers = NULL;
	c->next_idle = u->idle;
	u->idle = c;
}

void transfer_stop(struct upstream_call *c)
{
	loop_timer_cancel(c->u->loop, &c->stage);
	if (c->pool == NULL)
		return;
	c->u->depth++;
	(void)curl_multi_remove_handle(c->pool->multi, c->easy);
	c->u->depth--;
	pool_leave(c);
}

void transfer_finish(struct upstream_call *c, enum err err, const char *why)
{
	struct upstream_sink *const sink = c->sink;

	transfer_stop(c);
	c->sink = NULL;
	c->detached = false;
	if (sink != NULL)
		sink->end(sink, err, why);
	recycle(c);
}

static void add(struct upstream_call *c)
{
	struct transfer_pool *const p = pool_find(c->u);
	CURLMcode rc = CURLM_OUT_OF_MEMORY;

	if (p != NULL) {
		pool_enter(p, c);
		c->u->depth++;
		rc = curl_multi_add_handle(p->multi, c->easy);
		c->u->depth--;
	}
	if (rc == CURLM_OK)
		return;
	if (p != NULL)
		pool_leave(c);
	transfer_finish(c, ERR_INTERNAL, curl_multi_strerror(rc));
}

/* libcurl calls an answer that ends inside its head complete. */
static enum err class_of(const struct upstream_call *c, CURLcode rc)
{
	if (rc == CURLE_OK)
		return c->status != 0 ? ERR_OK : ERR_UPSTREAM;
	if (rc == CURLE_OPERATION_TIMEDOUT)
		return ERR_UPSTREAM_TIMEOUT;
	return c->status != 0 ? ERR_UPSTREAM_CUT : ERR_UPSTREAM;
}

/* Take one message of libcurl; false when there is none. */
static bool reap(struct upstream *u)
{
	int left = 0;
	char *owner = NULL;
	char connect[CONNECT_TEXT_BYTES];
	const CURLMsg *m = NULL;

	if (u->acted != NULL)
		m = curl_multi_info_read(u->acted->multi, &left);
	if (m == NULL)
		return false;
	const CURLcode rc = m->data.result;
	(void)curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &owner);
	struct upstream_call *const c = (void *)owner;
	const char *why = curl_easy_strerror(rc);
	if (c->why[0] != '\0')
		why = c->why;
	else if (c->status == 0)
		why = "the answer ended inside its head";
	/* libcurl has no other timeout set than that of the connect */
	if (rc == CURLE_OPERATION_TIMEDOUT) {
		(void)snprintf(connect, sizeof(connect),
			       "timeout_connect_ms: no connection after "
			       "%" PRId64 " ms",
			       c->conf->timeout_connect_ms);
		why = connect;
	}
	transfer_finish(c, class_of(c, rc), why);
	return true;
}

static void run_todo(struct upstream *u)
{
	struct upstream_call *const c = u->todo;

	u->todo = c->next_todo;
	c->in_todo = false;
	if (c->sink == NULL && !c->detached) {
		transfer_stop(c);
		recycle(c);
	} else if (c->pool == NULL) {
		add(c);
	} else if (c->curl_paused && !c->paused) {
		c->curl_paused = false;
		u->depth++;
		(void)curl_easy_pause(c->easy, CURLPAUSE_CONT);
		u->depth--;
	}
}

/* Do what was put off; nobody is inside libcurl now. */
static void settle(struct upstream *u)
{
	if (u->settling)
		return;
	u->settling = true;
	do {
		while (u->todo != NULL)
			run_todo(u);
	} while (reap(u));
	u->settling = false;
}

/* The whole ----------------------------------------------------------- */

static enum err open_curl(struct upstream *u, struct errbuf *e)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_set(e, ERR_INTERNAL, "libcurl does not start");
	u->share = curl_share_init();
	if (u->share == NULL || pool_find(u) == NULL)
		return err_set(e, ERR_INTERNAL, "no memory for libcurl");
	(void)curl_share_setopt(u->share, CURLSHOPT_SHARE,
				CURL_LOCK_DATA_SSL_SESSION);
	(void)curl_share_setopt(u->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
	return ERR_OK;
}

enum err upstream_new(struct upstream **out, struct loop *loop,
		      struct errbuf *e)
{
	struct arena arena;

	arena_init(&arena, ARENA_BYTES);
	struct upstream *const u = ARENA_NEW(&arena, struct upstream);
	u->arena = arena;
	u->loop = loop;
	u->kick.fire = on_kick;
	u->pool_idle_ms = POOL_IDLE_MS;
	const enum err err = open_curl(u, e);
	if (err != ERR_OK)
		upstream_free(u);
	else
		*out = u;
	return err;
}

void upstream_free(struct upstream *u)
{
	for (struct upstream_call *c = u->all; c != NULL; c = c->next_all) {
		c->sink = NULL;
		transfer_stop(c);
		curl_easy_cleanup(c->easy);
		curl_slist_free_all(c->headers);
	}
	while (u->pools != NULL)
		pool_free(u->pools);
	destination_free_all(u->destinations);
	(void)curl_share_cleanup(u->share);
	curl_global_cleanup();
	loop_timer_cancel(u->loop, &u->kick);
	struct arena arena = u->arena;
	arena_release(&arena);
}
