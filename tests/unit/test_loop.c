/*
 * The event loop: timers in order, tasks from other threads in order, a watch
 * that is removed while an event for it is waiting, and a worker that stood
 * still while bytes came in and a timer became due.
 */
#include "base/container.h"
#include "http/loop.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define NTIMERS 200
#define NTASKS  1000
#define THREADS 4

struct fixture {
	struct loop *loop;
	int64_t last_due;
	size_t fired;
	size_t expected;
};

static struct loop *new_loop(void)
{
	struct loop *l = NULL;
	struct errbuf e = {0};

	assert_int_equal(loop_new(&l, &e), ERR_OK);
	return l;
}

struct test_timer {
	struct loop_timer timer;
	struct fixture *f;
};

static void on_fire(struct loop_timer *t)
{
	struct fixture *const f = CONTAINER_OF(t, struct test_timer, timer)->f;

	assert_true(t->due_ms >= f->last_due);
	f->last_due = t->due_ms;
	f->fired++;
	if (f->fired == f->expected)
		loop_stop(f->loop);
}

static void timers_fire_in_order(void **state)
{
	static struct test_timer timers[NTIMERS];
	struct fixture f = {.loop = new_loop(), .expected = NTIMERS - 50};

	(void)state;
	for (size_t i = 0; i < NTIMERS; i++) {
		timers[i].timer.fire = on_fire;
		timers[i].f = &f;
		loop_timer_set(f.loop, &timers[i].timer,
			       (int64_t)(i * 7919 % 40));
	}
	for (size_t i = 0; i < 50; i++)
		loop_timer_cancel(f.loop, &timers[i * 3].timer);
	/* cancelling twice, and setting anew, are allowed */
	loop_timer_cancel(f.loop, &timers[0].timer);
	loop_timer_set(f.loop, &timers[1].timer, 45);
	loop_run(f.loop);
	assert_int_equal(f.fired, f.expected);
	for (size_t i = 0; i < NTIMERS; i++)
		assert_int_equal(timers[i].timer.index, 0);
	loop_free(f.loop);
}

struct test_task {
	struct loop_task task;
	struct fixture *f;
	size_t thread;
	size_t number;
};

static struct test_task tasks[THREADS][NTASKS];
static size_t next_number[THREADS];

static void on_task(struct loop_task *t)
{
	struct test_task *const task = CONTAINER_OF(t, struct test_task, task);

	assert_int_equal(task->number, next_number[task->thread]);
	next_number[task->thread]++;
	task->f->fired++;
	if (task->f->fired == task->f->expected)
		loop_stop(task->f->loop);
}

static void *post_all(void *arg)
{
	struct test_task *const mine = arg;

	for (size_t i = 0; i < NTASKS; i++)
		loop_post(mine->f->loop, &mine[i].task);
	return NULL;
}

static void tasks_of_a_thread_keep_their_order(void **state)
{
	struct fixture f = {.loop = new_loop(),
			    .expected = (size_t)THREADS * NTASKS};
	pthread_t threads[THREADS];

	(void)state;
	for (size_t t = 0; t < THREADS; t++) {
		for (size_t i = 0; i < NTASKS; i++)
			tasks[t][i] =
				(struct test_task){{on_task, NULL}, &f, t, i};
		assert_int_equal(
			pthread_create(&threads[t], NULL, post_all, tasks[t]),
			0);
	}
	loop_run(f.loop);
	for (size_t t = 0; t < THREADS; t++)
		(void)pthread_join(threads[t], NULL);
	assert_int_equal(f.fired, f.expected);
	loop_free(f.loop);
}

struct test_watch {
	struct loop_watch watch;
	struct test_watch *other;
	struct fixture *f;
};

/* Whoever is first removes the other, whose event is waiting already. */
static void on_ready(struct loop_watch *w, uint32_t events)
{
	struct test_watch *const self =
		CONTAINER_OF(w, struct test_watch, watch);

	assert_true((events & EPOLLOUT) != 0);
	self->f->fired++;
	loop_watch_set(self->f->loop, &self->other->watch, 0);
	loop_watch_set(self->f->loop, w, 0);
	loop_stop(self->f->loop);
}

static void a_removed_watch_is_not_called(void **state)
{
	struct fixture f = {.loop = new_loop()};
	struct test_watch a = {.f = &f};
	struct test_watch b = {.f = &f};
	int pipes[2][2];

	(void)state;
	a.other = &b;
	b.other = &a;
	assert_int_equal(pipe(pipes[0]), 0);
	assert_int_equal(pipe(pipes[1]), 0);
	a.watch = (struct loop_watch){pipes[0][1], on_ready, 0};
	b.watch = (struct loop_watch){pipes[1][1], on_ready, 0};
	loop_watch_set(f.loop, &a.watch, EPOLLOUT);
	loop_watch_set(f.loop, &b.watch, EPOLLOUT);
	loop_run(f.loop);
	assert_int_equal(f.fired, 1);
	for (int i = 0; i < 4; i++)
		(void)close(pipes[i / 2][i % 2]);
	loop_free(f.loop);
}

struct late {
	struct loop_task task;
	struct loop_timer timer;
	struct loop_watch watch;
	struct loop *loop;
	int to;
	bool heard;
};

/* As when the host stops for a moment: both are due when it goes on. */
static void stand_still(struct loop_task *t)
{
	struct late *const self = CONTAINER_OF(t, struct late, task);
	const struct timespec still = {.tv_nsec = 20 * 1000000};

	loop_timer_set(self->loop, &self->timer, 1);
	assert_int_equal(write(self->to, "x", 1), 1);
	(void)nanosleep(&still, NULL);
}

static void on_bytes(struct loop_watch *w, uint32_t events)
{
	struct late *const self = CONTAINER_OF(w, struct late, watch);

	(void)events;
	self->heard = true;
	loop_watch_set(self->loop, w, 0);
}

static void on_late(struct loop_timer *t)
{
	struct late *const self = CONTAINER_OF(t, struct late, timer);

	assert_true(self->heard);
	loop_stop(self->loop);
}

static void bytes_come_before_a_late_timer(void **state)
{
	struct late late = {.loop = new_loop(),
			    .task.run = stand_still,
			    .timer.fire = on_late};
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	late.to = ends[1];
	late.watch = (struct loop_watch){ends[0], on_bytes, 0};
	loop_watch_set(late.loop, &late.watch, EPOLLIN);
	loop_post(late.loop, &late.task);
	loop_run(late.loop);
	assert_true(late.heard);
	(void)close(ends[0]);
	(void)close(ends[1]);
	loop_free(late.loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timers_fire_in_order),
		cmocka_unit_test(tasks_of_a_thread_keep_their_order),
		cmocka_unit_test(a_removed_watch_is_not_called),
		cmocka_unit_test(bytes_come_before_a_late_timer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
