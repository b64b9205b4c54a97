/*
 * The event loop of a worker: epoll for descriptors, a binary heap for timers,
 * a mutex-guarded list and an eventfd for tasks from other threads.  One
 * thread runs it; the rest of the process only posts.
 */
#include "http/loop.h"

#include "base/arena.h"
#include "base/clock.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define LOOP_EVENTS      64
#define LOOP_ARENA_BYTES ((size_t)4 * 1024 * 1024)
#define LOOP_FIRST_HEAP  64

struct loop {
	struct arena arena;
	int epoll_fd;
	int wake_fd;
	int64_t now_ms;
	bool stopping;
	/* the events of this round that were not handled yet */
	struct epoll_event *round;
	int nround;
	/* 1-based heap: parent of i is i / 2, the earliest timer at 1 */
	struct loop_timer **heap;
	size_t ntimers;
	size_t heap_cap;
	pthread_mutex_t lock; /* guards the list and stopping */
	struct loop_task *first;
	struct loop_task **last;
};

static void loop_release(struct loop *l)
{
	if (l->epoll_fd >= 0)
		(void)close(l->epoll_fd);
	if (l->wake_fd >= 0)
		(void)close(l->wake_fd);
	struct arena arena = l->arena;
	(void)pthread_mutex_destroy(&l->lock);
	arena_release(&arena);
}

enum err loop_new(struct loop **out, struct errbuf *e)
{
	struct arena arena;

	arena_init(&arena, LOOP_ARENA_BYTES);
	struct loop *const l = ARENA_NEW(&arena, struct loop);
	l->heap_cap = LOOP_FIRST_HEAP;
	l->heap = ARENA_ARRAY(&arena, l->heap_cap, struct loop_timer *);
	l->arena = arena;
	l->last = &l->first;
	l->now_ms = clock_mono_ms();
	(void)pthread_mutex_init(&l->lock, NULL);
	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	l->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct epoll_event ev = {.events = EPOLLIN, .data = {.ptr = NULL}};
	if (l->epoll_fd < 0 || l->wake_fd < 0 ||
	    epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, l->wake_fd, &ev) != 0) {
		const int why = errno;
		loop_release(l);
		return err_set(e, ERR_IO, "could not make an event loop: %s",
			       strerror(why));
	}
	*out = l;
	return ERR_OK;
}

void loop_free(struct loop *l)
{
	loop_release(l);
}

int64_t loop_now_ms(const struct loop *l)
{
	return l->now_ms;
}

static void wake(const struct loop *l)
{
	const uint64_t one = 1;
	/* it fails only when the counter is full: then it is awake anyway */
	const ssize_t n = write(l->wake_fd, &one, sizeof(one));
	(void)n;
}

void loop_post(struct loop *l, struct loop_task *t)
{
	t->next = NULL;
	(void)pthread_mutex_lock(&l->lock);
	const bool was_empty = l->first == NULL;
	*l->last = t;
	l->last = &t->next;
	(void)pthread_mutex_unlock(&l->lock);
	if (was_empty)
		wake(l);
}

void loop_stop(struct loop *l)
{
	(void)pthread_mutex_lock(&l->lock);
	l->stopping = true;
	(void)pthread_mutex_unlock(&l->lock);
	wake(l);
}

/* Returns false when the loop was told to stop. */
static bool run_tasks(struct loop *l)
{
	(void)pthread_mutex_lock(&l->lock);
	struct loop_task *t = l->first;
	l->first = NULL;
	l->last = &l->first;
	const bool go_on = !l->stopping;
	(void)pthread_mutex_unlock(&l->lock);
	while (t != NULL) {
		struct loop_task *const next = t->next;
		t->run(t);
		t = next;
	}
	return go_on;
}

/* Timers ------------------------------------------------------------- */

static void heap_put(struct loop *l, size_t i, struct loop_timer *t)
{
	l->heap[i] = t;
	t->index = i;
}

static void heap_up(struct loop *l, size_t i, struct loop_timer *t)
{
	while (i > 1 && l->heap[i / 2]->due_ms > t->due_ms) {
		heap_put(l, i, l->heap[i / 2]);
		i /= 2;
	}
	heap_put(l, i, t);
}

static void heap_down(struct loop *l, size_t i, struct loop_timer *t)
{
	while (i * 2 <= l->ntimers) {
		size_t child = i * 2;
		if (child < l->ntimers &&
		    l->heap[child + 1]->due_ms < l->heap[child]->due_ms)
			child++;
		if (l->heap[child]->due_ms >= t->due_ms)
			break;
		heap_put(l, i, l->heap[child]);
		i = child;
	}
	heap_put(l, i, t);
}

void loop_timer_cancel(struct loop *l, struct loop_timer *t)
{
	const size_t i = t->index;

	if (i == 0)
		return;
	struct loop_timer *const tail = l->heap[l->ntimers--];
	t->index = 0;
	if (tail == t)
		return;
	if (i > 1 && l->heap[i / 2]->due_ms > tail->due_ms)
		heap_up(l, i, tail);
	else
		heap_down(l, i, tail);
}

void loop_timer_set(struct loop *l, struct loop_timer *t, int64_t delay_ms)
{
	loop_timer_cancel(l, t);
	t->due_ms = clock_mono_ms() + (delay_ms > 0 ? delay_ms : 0);
	if (l->ntimers + 2 > l->heap_cap) {
		const size_t size = sizeof(struct loop_timer *);
		l->heap = arena_grow(&l->arena, l->heap, l->heap_cap * size,
				     l->heap_cap * 2 * size);
		l->heap_cap *= 2;
	}
	l->ntimers++;
	heap_up(l, l->ntimers, t);
}

/*
 * Those that were due when events were last looked for.  A worker that stood
 * still takes what came meanwhile first: no bytes are missed for a timeout.
 */
static void fire_timers(struct loop *l)
{
	while (l->ntimers > 0 && l->heap[1]->due_ms <= l->now_ms) {
		struct loop_timer *const t = l->heap[1];
		loop_timer_cancel(l, t);
		t->fire(t);
	}
}

static int next_wait_ms(const struct loop *l)
{
	if (l->ntimers == 0)
		return -1;
	const int64_t wait = l->heap[1]->due_ms - clock_mono_ms();
	if (wait <= 0)
		return 0;
	return wait > 60000 ? 60000 : (int)wait;
}

/* Descriptors -------------------------------------------------------- */

/*
 * A callback may remove another watch, and free it, while an event for that
 * one is still waiting in this round: forget the event.
 */
static void forget_events(struct loop *l, const struct loop_watch *w)
{
	for (int i = 0; i < l->nround; i++)
		if (l->round[i].data.ptr == w)
			l->round[i].events = 0;
}

void loop_watch_set(struct loop *l, struct loop_watch *w, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data = {.ptr = w}};
	int op = EPOLL_CTL_MOD;

	if (events == w->events)
		return;
	if (w->events == 0)
		op = EPOLL_CTL_ADD;
	else if (events == 0)
		op = EPOLL_CTL_DEL;
	const int rc = epoll_ctl(l->epoll_fd, op, w->fd, &ev);
	/* the kernel has forgotten a descriptor when it was closed */
	assert(rc == 0 ||
	       (op == EPOLL_CTL_DEL && (errno == EBADF || errno == ENOENT)));
	w->events = events;
	if (events == 0)
		forget_events(l, w);
}

static void drain_wake(const struct loop *l)
{
	uint64_t count = 0;
	const ssize_t n = read(l->wake_fd, &count, sizeof(count));
	(void)n;
}

static void handle_event(struct loop *l, const struct epoll_event *ev)
{
	struct loop_watch *const w = ev->data.ptr;

	if (w == NULL)
		drain_wake(l);
	else if (ev->events != 0)
		w->ready(w, ev->events);
}

void loop_run(struct loop *l)
{
	struct epoll_event events[LOOP_EVENTS];

	while (run_tasks(l)) {
		fire_timers(l); /* those set just now for at once, too */
		const int n = epoll_wait(l->epoll_fd, events, LOOP_EVENTS,
					 next_wait_ms(l));
		if (n < 0)
			continue; /* a signal: nobody has looked */
		l->now_ms = clock_mono_ms();
		l->round = events;
		l->nround = n;
		for (int i = 0; i < n; i++)
			handle_event(l, &events[i]);
		l->nround = 0;
	}
}
