#ifndef SLIPWAY_HTTP_LOOP_H
#define SLIPWAY_HTTP_LOOP_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The event loop of a worker: epoll, timers, and tasks posted from other
 * threads.  Everything in it runs on one thread and must not block.
 * Structures given to it are the caller's and must stay in place while they
 * are registered.
 */
struct loop;

/* A file descriptor to watch.  Level-triggered. */
struct loop_watch {
	int fd;
	/* events: EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLHUP, EPOLLERR */
	void (*ready)(struct loop_watch *w, uint32_t events);
	uint32_t events; /* what is asked for now; 0 = not registered */
};

/* A one-shot timer.  index is the loop's; zero the struct before first use. */
struct loop_timer {
	void (*fire)(struct loop_timer *t);
	int64_t due_ms;
	size_t index; /* 1-based place in the heap; 0 = not set */
};

/* Work for the loop thread.  May free its surroundings from run(). */
struct loop_task {
	void (*run)(struct loop_task *t);
	struct loop_task *next;
};

/*
 * Make a loop.  Returns ERR_OK or ERR_IO with the reason in e.
 * Owns: free with loop_free().
 */
ERR_MUST_USE enum err loop_new(struct loop **out, struct errbuf *e);
void loop_free(struct loop *l);

/* Run until loop_stop().  Called by exactly one thread. */
void loop_run(struct loop *l);

/* End loop_run() after the current round.  From any thread. */
void loop_stop(struct loop *l);

/* Run t on the loop thread, in the order of posting.  From any thread. */
void loop_post(struct loop *l, struct loop_task *t);

/* The rest is for the loop thread only. */

/*
 * Ask for events on w->fd: registers, changes, or with events 0 removes it.
 * A watch should be removed before its fd is closed; afterwards it can still be
 * removed, but not changed.
 */
void loop_watch_set(struct loop *l, struct loop_watch *w, uint32_t events);

/* (Re)arm t to fire in delay_ms. */
void loop_timer_set(struct loop *l, struct loop_timer *t, int64_t delay_ms);
void loop_timer_cancel(struct loop *l, struct loop_timer *t);

/* Monotonic milliseconds, read once a round. */
int64_t loop_now_ms(const struct loop *l);

#endif
