/*
 * The waiting room: a heap of due times, an epoll set that only asks for
 * hang-ups, and one thread that waits for both.  Everything is under one lock.
 * The daemon's thread enters, parks and removes calls; this thread resumes
 * them.  It never keeps a pointer to a call outside of the lock: epoll events
 * carry the call's id, which is looked up again.
 */
#include "park.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define PARK_MAX_EVENTS 64

struct park {
	pthread_mutex_t lock;
	int epoll_fd;
	int wake_fd; /* a time nearer than all others was set */
	struct call **heap;
	size_t nheap;
	size_t cap;
	struct call *first;
	size_t count;
};

int64_t park_now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The heap: entry i (1-based) is not later than entries 2i and 2i + 1. */

static void heap_put(struct park *p, size_t at, struct call *c)
{
	p->heap[at - 1] = c;
	c->heap_at = at;
}

static void heap_up(struct park *p, size_t at)
{
	struct call *c = p->heap[at - 1];

	for (; at > 1 && p->heap[at / 2 - 1]->due_ms > c->due_ms; at /= 2)
		heap_put(p, at, p->heap[at / 2 - 1]);
	heap_put(p, at, c);
}

static void heap_down(struct park *p, size_t at)
{
	struct call *c = p->heap[at - 1];

	for (;;) {
		size_t child = at * 2;
		if (child > p->nheap)
			break;
		if (child < p->nheap &&
		    p->heap[child]->due_ms < p->heap[child - 1]->due_ms)
			child++;
		if (p->heap[child - 1]->due_ms >= c->due_ms)
			break;
		heap_put(p, at, p->heap[child - 1]);
		at = child;
	}
	heap_put(p, at, c);
}

static void heap_add(struct park *p, struct call *c)
{
	if (p->nheap == p->cap) {
		p->cap = p->cap == 0 ? 256 : p->cap * 2;
		void *grown = realloc(p->heap, p->cap * sizeof(*p->heap));
		if (grown == NULL)
			abort();
		p->heap = grown;
	}
	p->heap[p->nheap++] = c;
	heap_up(p, p->nheap);
}

static void heap_remove(struct park *p, struct call *c)
{
	const size_t at = c->heap_at;

	if (at == 0)
		return;
	c->heap_at = 0;
	struct call *last = p->heap[--p->nheap];
	if (last == c)
		return;
	heap_put(p, at, last);
	heap_up(p, at);
	heap_down(p, last->heap_at);
}

static void wake(struct park *p, struct call *c)
{
	heap_remove(p, c);
	if (!c->parked)
		return;
	c->parked = false;
	MHD_resume_connection(c->conn);
}

static void client_left(struct park *p, unsigned long id)
{
	for (struct call *c = p->first; c != NULL; c = c->next) {
		if (c->id != id)
			continue;
		c->gone = true;
		wake(p, c);
		return;
	}
}

/* How long epoll may wait, ms. */
static int wait_ms(const struct park *p)
{
	if (p->nheap == 0)
		return -1;
	const int64_t left = p->heap[0]->due_ms - park_now_ms();
	if (left <= 0)
		return 0;
	return left > 60000 ? 60000 : (int)left;
}

static void serve_events(struct park *p, const struct epoll_event *ev, int n)
{
	for (int i = 0; i < n; i++) {
		uint64_t count;
		if (ev[i].data.u64 != 0)
			client_left(p, (unsigned long)ev[i].data.u64);
		else if (read(p->wake_fd, &count, sizeof(count)) < 0 &&
			 errno != EAGAIN)
			abort();
	}
	const int64_t now = park_now_ms();
	while (p->nheap > 0 && p->heap[0]->due_ms <= now)
		wake(p, p->heap[0]);
}

static void *serve(void *arg)
{
	struct park *p = arg;
	struct epoll_event ev[PARK_MAX_EVENTS];

	for (;;) {
		(void)pthread_mutex_lock(&p->lock);
		const int timeout = wait_ms(p);
		(void)pthread_mutex_unlock(&p->lock);
		const int n =
			epoll_wait(p->epoll_fd, ev, PARK_MAX_EVENTS, timeout);
		(void)pthread_mutex_lock(&p->lock);
		serve_events(p, ev, n);
		(void)pthread_mutex_unlock(&p->lock);
	}
	return NULL;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

struct park *park_new(void)
{
	struct park *p = mem_zero(sizeof(*p));
	struct epoll_event ev = {.events = EPOLLIN, .data.u64 = 0};
	pthread_t thread;

	(void)pthread_mutex_init(&p->lock, NULL);
	p->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	p->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (p->epoll_fd < 0 || p->wake_fd < 0 ||
	    epoll_ctl(p->epoll_fd, EPOLL_CTL_ADD, p->wake_fd, &ev) < 0)
		die("mock-provider: epoll");
	if (pthread_create(&thread, NULL, serve, p) != 0)
		die("mock-provider: pthread_create");
	(void)pthread_detach(thread);
	return p;
}

void park_enter(struct park *p, struct call *c)
{
	struct epoll_event ev = {.events = EPOLLRDHUP | EPOLLET,
				 .data.u64 = c->id};

	(void)pthread_mutex_lock(&p->lock);
	c->next = p->first;
	if (c->next != NULL)
		c->next->prev = c;
	p->first = c;
	p->count++;
	(void)pthread_mutex_unlock(&p->lock);
	if (epoll_ctl(p->epoll_fd, EPOLL_CTL_ADD, c->fd, &ev) < 0)
		die("mock-provider: epoll_ctl");
}

void park_leave(struct park *p, struct call *c)
{
	(void)epoll_ctl(p->epoll_fd, EPOLL_CTL_DEL, c->fd, NULL);
	(void)pthread_mutex_lock(&p->lock);
	heap_remove(p, c);
	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		p->first = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	p->count--;
	(void)pthread_mutex_unlock(&p->lock);
}

/* Under the lock.  A client that has left is not waited for. */
static void suspend(struct park *p, struct call *c, int64_t due_ms)
{
	const uint64_t one = 1;

	c->parked = true;
	MHD_suspend_connection(c->conn);
	if (c->gone) {
		wake(p, c);
		return;
	}
	if (due_ms == INT64_MAX)
		return;
	c->due_ms = due_ms;
	heap_add(p, c);
	if (c->heap_at == 1 &&
	    write(p->wake_fd, &one, sizeof(one)) != sizeof(one))
		abort();
}

void park_until(struct park *p, struct call *c, int64_t due_ms)
{
	(void)pthread_mutex_lock(&p->lock);
	suspend(p, c, due_ms);
	(void)pthread_mutex_unlock(&p->lock);
}

bool park_take_permit(struct park *p, struct call *c)
{
	(void)pthread_mutex_lock(&p->lock);
	const bool had = c->permits > 0;
	if (had)
		c->permits--;
	else
		suspend(p, c, INT64_MAX);
	(void)pthread_mutex_unlock(&p->lock);
	return had;
}

void park_step(struct park *p, long n)
{
	(void)pthread_mutex_lock(&p->lock);
	for (struct call *c = p->first; c != NULL; c = c->next) {
		if (!c->script.gate)
			continue;
		c->permits += n;
		wake(p, c);
	}
	(void)pthread_mutex_unlock(&p->lock);
}

void park_hang_up(struct park *p)
{
	(void)pthread_mutex_lock(&p->lock);
	for (struct call *c = p->first; c != NULL; c = c->next) {
		c->gone = true;
		wake(p, c);
	}
	(void)pthread_mutex_unlock(&p->lock);
}

bool park_is_gone(struct park *p, struct call *c)
{
	(void)pthread_mutex_lock(&p->lock);
	const bool gone = c->gone;
	(void)pthread_mutex_unlock(&p->lock);
	return gone;
}

struct call *park_first(struct park *p)
{
	return p->first;
}

size_t park_count(struct park *p)
{
	return p->count;
}
