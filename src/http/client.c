/*
 * The loop's side of a client connection: buffered, paced by the socket,
 * watched for the client's leaving.
 */
#include "http/client.h"

#include "base/container.h"
#include "http/worker.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/stat.h>

/*
 * How much of a socket's buffer is free when it is new or polls writable; in
 * truth it is three quarters of 208 KiB.
 */
#define ROOM_BYTES ((size_t)64 * 1024)

/*
 * What says that the client left.  Under plain CGI a half-closed connection
 * does not: Apache's mod_cgid shuts down its side of the one socket that is
 * stdin and stdout when it has sent the body.
 */
static uint32_t hangup_events(const struct client *c)
{
	const uint32_t both = (uint32_t)(EPOLLHUP | EPOLLERR);

	return c->req->conn.fcgx != NULL ? both | (uint32_t)EPOLLRDHUP : both;
}

size_t client_waiting(const struct client *c)
{
	return c->out.n - c->sent;
}

/*
 * End the request, or hand it back to an intake thread where that could block;
 * c is gone afterwards.
 */
static void finish(struct client *c)
{
	const bool at_once = !c->gone && conn_read_all(&c->req->conn);

	loop_timer_cancel(c->loop, &c->stall);
	loop_timer_cancel(c->loop, &c->flush);
	if (c->watch.events != 0)
		loop_watch_set(c->loop, &c->watch, 0);
	*c->prev = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	if (at_once)
		worker_end(c->req);
	else
		worker_finish(c->req->worker, c->req);
}

/* The connection is of no use any more; tells nobody. */
static void drop(struct client *c)
{
	c->gone = true;
	loop_timer_cancel(c->loop, &c->stall);
	loop_timer_cancel(c->loop, &c->flush);
	if (c->watch.events != 0)
		loop_watch_set(c->loop, &c->watch, 0);
	c->sent = 0;
	buf_reset(&c->out);
}

/* The client left: c may be gone when this returns. */
static void lose(struct client *c)
{
	if (c->gone)
		return;
	drop(c);
	if (c->closing)
		finish(c);
	else
		c->on_gone(c);
}

static void on_stall(struct loop_timer *t)
{
	lose(CONTAINER_OF(t, struct client, stall));
}

/* What a write takes of a socket's buffer at most, the kernel's part too. */
static size_t cost_of(size_t bytes)
{
	return 2 * bytes + 2048;
}

static size_t next_bytes(const struct client *c)
{
	const size_t max = conn_piece_bytes(&c->req->conn);
	const size_t n = client_waiting(c);

	return n < max ? n : max;
}

/* A socket that took everything so far need not be asked for each token. */
static bool has_room(struct client *c)
{
	struct pollfd p = {.fd = c->req->conn.fd, .events = POLLOUT};

	if (!c->pollable || c->room >= cost_of(next_bytes(c)))
		return true;
	if (poll(&p, 1, 0) != 1 || (p.revents & POLLOUT) == 0)
		return false;
	if (c->req->conn.fcgx != NULL)
		c->room = ROOM_BYTES;
	return true;
}

static enum err send_piece(struct client *c)
{
	const size_t n = next_bytes(c);
	const struct str piece = {c->out.p + c->sent, n};

	c->room -= c->room < cost_of(n) ? c->room : cost_of(n);
	c->sent += n;
	if (c->closing && client_waiting(c) == 0)
		return conn_write_last(&c->req->conn, piece);
	return conn_write(&c->req->conn, piece);
}

/* Send as far as the socket takes it now.  Calls nobody back. */
static enum err send_some(struct client *c)
{
	const size_t before = client_waiting(c);

	while (client_waiting(c) > 0 && has_room(c))
		ERR_TRY(send_piece(c));
	buf_consume(&c->out, c->sent);
	c->sent = 0;
	if (c->out.n == 0)
		return ERR_OK;
	/* wait for room, and for progress */
	if (c->out.n < before || c->stall.index == 0)
		loop_timer_set(
			c->loop, &c->stall,
			worker_conf(c->req->worker)->server.write_timeout_ms);
	loop_watch_set(c->loop, &c->watch, hangup_events(c) | EPOLLOUT);
	return ERR_OK;
}

static void on_flush(struct loop_timer *t)
{
	struct client *const c = CONTAINER_OF(t, struct client, flush);

	if (send_some(c) != ERR_OK)
		lose(c);
	else if (client_waiting(c) == 0 && !c->closing)
		c->on_drained(c);
}

void client_flush(struct client *c)
{
	if (!c->gone && c->flush.index == 0)
		loop_timer_set(c->loop, &c->flush, 0);
}

static void on_room(struct client *c)
{
	if (send_some(c) != ERR_OK) {
		lose(c);
		return;
	}
	if (client_waiting(c) > 0)
		return;
	loop_timer_cancel(c->loop, &c->stall);
	loop_watch_set(c->loop, &c->watch, hangup_events(c));
	if (c->closing)
		finish(c);
	else
		c->on_drained(c);
}

static void on_ready(struct loop_watch *w, uint32_t events)
{
	struct client *const c = CONTAINER_OF(w, struct client, watch);

	if ((events & hangup_events(c)) != 0)
		lose(c);
	else if ((events & EPOLLOUT) != 0)
		on_room(c);
}

void client_open(struct client *c, struct req *req, size_t max_bytes)
{
	struct stat st;

	c->req = req;
	c->loop = worker_loop(req->worker);
	c->watch.fd = req->conn.fd;
	c->watch.ready = on_ready;
	c->stall.fire = on_stall;
	c->flush.fire = on_flush;
	buf_init(&c->out, &req->arena, max_bytes);
	struct client **const list = worker_clients(req->worker);
	c->next = *list;
	c->prev = list;
	if (c->next != NULL)
		c->next->prev = &c->next;
	*list = c;
	c->gone = req->conn.fd < 0;
	if (c->gone)
		return;
	c->room = req->conn.fcgx != NULL ? ROOM_BYTES : 0;
	/* epoll refuses plain files: they are always writable */
	c->pollable = req->conn.fcgx != NULL ||
		      (fstat(req->conn.fd, &st) == 0 && !S_ISREG(st.st_mode) &&
		       !S_ISCHR(st.st_mode));
	if (c->pollable)
		loop_watch_set(c->loop, &c->watch, hangup_events(c));
}

void client_close(struct client *c)
{
	c->closing = true;
	if (!c->gone && send_some(c) != ERR_OK)
		drop(c);
	if (c->gone || client_waiting(c) == 0)
		finish(c);
}

void client_shutdown_all(struct client *list, bool left)
{
	while (list != NULL) {
		struct client *const next = list->next;
		if (left && !list->gone)
			lose(list);
		else if (!list->closing)
			list->on_shutdown(list);
		list = next;
	}
}
