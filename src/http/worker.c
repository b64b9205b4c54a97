/*
 * The life of a worker process: start, intake threads, the loop thread,
 * draining on SIGTERM.  Intake threads take turns: one (the leader) polls the
 * listening socket and the queue of jobs, takes one, gives the lead away and
 * does it.  So no job waits while a thread is idle, and no thread spins.
 */
#include "http/worker.h"

#include "base/clock.h"
#include "base/container.h"
#include "base/log.h"
#include "http/client.h"
#include "http/cors.h"
#include "http/problem.h"
#include "http/process.h"
#include "http/route.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define WORKER_ARENA_BYTES ((size_t)16 * 1024 * 1024)
#define WORKER_MAX_INTAKE  64
#define WORKER_BURST       64 /* so many at once leave memory behind */
#define EXHAUSTED_MS       20 /* until the next try to accept */

struct worker {
	struct arena arena;
	const struct route *route;
	struct conf conf;
	enum err state_err;
	struct errbuf why; /* of state_err */
	void *state;
	bool opened;
	bool cgi;
	struct loop *loop;
	struct loop_watch signal_watch;
	struct loop_timer drain_timer;
	struct client *clients;
	int job_fd;       /* eventfd: +1 for each job, or to wake all */
	size_t max_calls; /* not under plain CGI */
	pthread_mutex_t lead;
	int64_t told_us;      /* the leader's: that nothing can be accepted */
	pthread_mutex_t lock; /* guards what follows */
	struct worker_job *jobs;
	struct worker_job **jobs_last;
	size_t in_flight;
	size_t peak; /* of in_flight, since memory was given back */
	bool draining;
	bool left; /* by a signal */
};

const struct conf *worker_conf(const struct worker *w)
{
	return &w->conf;
}

enum err worker_state(const struct worker *w, struct errbuf *e)
{
	if (w->state_err != ERR_OK && e != NULL)
		*e = w->why;
	return w->state_err;
}

struct loop *worker_loop(struct worker *w)
{
	return w->loop;
}

const char *worker_name(const struct worker *w)
{
	return w->route->name;
}

bool worker_is_cgi(const struct worker *w)
{
	return w->cgi;
}

struct client **worker_clients(struct worker *w)
{
	return &w->clients;
}

static size_t in_flight(struct worker *w)
{
	(void)pthread_mutex_lock(&w->lock);
	const size_t n = w->in_flight;
	(void)pthread_mutex_unlock(&w->lock);
	return n;
}

static void wake_intake(const struct worker *w, uint64_t jobs)
{
	(void)!write(w->job_fd, &jobs, sizeof(jobs));
}

void worker_post(struct worker *w, struct worker_job *job)
{
	job->next = NULL;
	(void)pthread_mutex_lock(&w->lock);
	*w->jobs_last = job;
	w->jobs_last = &job->next;
	(void)pthread_mutex_unlock(&w->lock);
	wake_intake(w, 1);
}

/* One request -------------------------------------------------------- */

static struct req *req_new(struct worker *w)
{
	struct arena arena;

	arena_init(&arena, REQ_MAX_BYTES(w->conf.server.max_body_bytes));
	struct req *const req = ARENA_NEW(&arena, struct req);
	req->arena = arena;
	req->worker = w;
	return req;
}

static void req_free(struct req *req)
{
	struct arena arena = req->arena;

	arena_release(&arena);
}

/* Fill in what the environment says about the request. */
static void req_describe(struct req *req)
{
	struct str uri = req_env(req, "REQUEST_URI");
	const struct str parent = req_env(req, "HTTP_TRACEPARENT");

	req->accepted_us = clock_mono_us();
	id_request(req->id);
	(void)id_span_parse(parent, req->parent_span);
	if (!id_trace_parse(parent, req->trace_id))
		id_trace(req->trace_id);
	buf_init(&req->head, &req->arena, REQ_HEAD_BYTES);
	req->method = req_env(req, "REQUEST_METHOD");
	(void)str_cut(uri, '?', &req->path, &req->query);
	while (req->path.n > 1 && req->path.p[req->path.n - 1] == '/')
		req->path.n--;
}

static enum err too_many(const struct worker *w, struct req *req)
{
	if ((int64_t)w->max_calls < w->conf.server.max_calls)
		return err_set(&req->err, ERR_BUSY,
			       "%zu calls are in flight, all that open files "
			       "allow: " PROCESS_FILES_HINT,
			       w->max_calls);
	return err_set(&req->err, ERR_BUSY,
		       "[server] max_calls of %zu are in flight", w->max_calls);
}

/* What is checked before the route's own code sees the request. */
static enum err req_check(struct worker *w, struct req *req)
{
	const struct route *const route = w->route;

	if (!w->cgi && in_flight(w) > w->max_calls)
		return too_many(w, req);
	if (!route_matches(route, req->path))
		return err_set(&req->err, ERR_NOT_FOUND,
			       "there is nothing at " STR_FMT,
			       STR_ARG(req->path));
	if (!route_allows(route, req->method)) {
		res_header(req, "Allow", str_from(route->methods));
		return err_set(&req->err, ERR_METHOD,
			       "this takes %s, not " STR_FMT, route->methods,
			       STR_ARG(req->method));
	}
	if (route->without_conf)
		return ERR_OK;
	if (w->state_err != ERR_OK)
		return err_set(&req->err, w->state_err, "%s", w->why.detail);
	return req_read_body(req, (size_t)w->conf.server.max_body_bytes);
}

static void req_log(const struct req *req, enum err err)
{
	const struct worker *const w = req->worker;
	struct log l;

	log_begin(&l, w->route->quiet && err == ERR_OK ? LOG_DEBUG : LOG_INFO,
		  "request");
	log_c(&l, "request_id", req->id);
	log_c(&l, "trace_id", req->trace_id);
	log_c(&l, "route", w->route->name);
	log_str(&l, "method", req->method);
	log_int(&l, "status", req->status);
	log_int(&l, "latency_ms", (clock_mono_us() - req->accepted_us) / 1000);
	if (err != ERR_OK)
		log_c(&l, "error", err_entry(err)->code);
	if (req->err.detail[0] != '\0')
		log_c(&l, "detail", req->err.detail);
	log_end(&l);
}

void worker_end(struct req *req)
{
	struct worker *const w = req->worker;

	conn_finish(&req->conn);
	req_free(req);
	(void)pthread_mutex_lock(&w->lock);
	w->in_flight--;
	const bool last = w->draining && w->in_flight == 0;
	const bool burst_over = w->in_flight == 0 && w->peak >= WORKER_BURST;
	if (burst_over)
		w->peak = 0;
	(void)pthread_mutex_unlock(&w->lock);
	if (burst_over)
		(void)malloc_trim(0);
	if (last)
		wake_intake(w, WORKER_MAX_INTAKE);
}

static void count_in(struct worker *w)
{
	(void)pthread_mutex_lock(&w->lock);
	w->in_flight++;
	if (w->in_flight > w->peak)
		w->peak = w->in_flight;
	(void)pthread_mutex_unlock(&w->lock);
}

struct req *worker_detached(struct worker *w, const struct req *like,
			    bool waits)
{
	(void)pthread_mutex_lock(&w->lock);
	const bool ends = w->cgi ? w->left || !waits : w->draining;
	(void)pthread_mutex_unlock(&w->lock);
	if (ends)
		return NULL;
	struct req *const req = req_new(w);
	conn_none(&req->conn);
	id_request(req->id);
	memcpy(req->trace_id, like->trace_id, sizeof(req->trace_id));
	req->accepted_us = clock_mono_us();
	buf_init(&req->head, &req->arena, REQ_HEAD_BYTES);
	count_in(w);
	return req;
}

static void on_finished(struct worker_job *job)
{
	worker_end(CONTAINER_OF(job, struct req, end));
}

void worker_finish(struct worker *w, struct req *req)
{
	req->end.run = on_finished;
	worker_post(w, &req->end);
}

static void serve(struct worker *w, struct req *req)
{
	enum err err = ERR_OK;

	conn_timeouts(&req->conn, w->conf.server.body_timeout_ms,
		      w->conf.server.write_timeout_ms);
	if (conn_begin(&req->conn) != ERR_OK) {
		req_free(req);
		return;
	}
	count_in(w);
	req_describe(req);
	if (w->route->cors && cors_answer(req, w->conf.server.cors_origins))
		goto out;
	err = req_check(w, req);
	if (err == ERR_OK)
		err = w->route->handle(req, w->state);
	if (err == ERR_OK && w->route->hands_over)
		return;
	if (err != ERR_OK && !req->head_sent) {
		req_discard_body(req);
		problem_send(req, err, w->route->problem);
	}
out:
	req_log(req, err);
	worker_end(req);
}

static void run_job(struct worker *w)
{
	(void)pthread_mutex_lock(&w->lock);
	struct worker_job *const job = w->jobs;
	if (job != NULL) {
		w->jobs = job->next;
		if (w->jobs == NULL)
			w->jobs_last = &w->jobs;
	}
	(void)pthread_mutex_unlock(&w->lock);
	if (job != NULL)
		job->run(job);
}

enum turn { TURN_END, TURN_ACCEPT, TURN_JOB };

/* Wait, as the leader, until there is something to do; *fd: what it took. */
static enum turn wait_for_turn(struct worker *w, int *fd)
{
	(void)pthread_mutex_lock(&w->lock);
	const bool draining = w->draining;
	const bool idle = w->in_flight == 0;
	(void)pthread_mutex_unlock(&w->lock);
	struct pollfd fds[2] = {
		{.fd = w->job_fd, .events = POLLIN},
		{.fd = conn_listen_fd(), .events = POLLIN},
	};

	if (draining && idle)
		return TURN_END;
	if (poll(fds, draining ? 1 : 2, -1) < 0)
		return TURN_JOB;
	if ((fds[0].revents & POLLIN) != 0) {
		uint64_t one = 0;
		(void)!read(w->job_fd, &one, sizeof(one));
		return TURN_JOB;
	}
	*fd = conn_take();
	/* the socket stays readable: do not spin */
	if (*fd < 0 && process_exhausted(errno, &w->told_us))
		(void)poll(fds, 1, EXHAUSTED_MS);
	return *fd >= 0 ? TURN_ACCEPT : TURN_JOB;
}

static void accept_one(struct worker *w, int fd)
{
	struct req *const req = req_new(w);

	conn_open(&req->conn, &req->arena, fd);
	serve(w, req);
}

static void *intake_run(void *arg)
{
	struct worker *const w = arg;
	int fd = -1;

	for (;;) {
		(void)pthread_mutex_lock(&w->lead);
		const enum turn turn = wait_for_turn(w, &fd);
		(void)pthread_mutex_unlock(&w->lead);
		if (turn == TURN_END)
			return NULL;
		if (turn == TURN_ACCEPT)
			accept_one(w, fd);
		else
			run_job(w);
	}
}

/* Draining ----------------------------------------------------------- */

static void on_drain_over(struct loop_timer *t)
{
	client_shutdown_all(
		CONTAINER_OF(t, struct worker, drain_timer)->clients, false);
}

static void start_draining(struct worker *w)
{
	(void)pthread_mutex_lock(&w->lock);
	const bool again = w->draining;
	w->draining = w->left = true;
	(void)pthread_mutex_unlock(&w->lock);
	wake_intake(w, WORKER_MAX_INTAKE);
	/* under plain CGI the signal means that the client left: 3 s remain */
	if (w->cgi)
		client_shutdown_all(w->clients, true);
	else if (!again)
		loop_timer_set(w->loop, &w->drain_timer,
			       w->conf.server.drain_ms);
}

static void on_signal(struct loop_watch *watch, uint32_t events)
{
	struct worker *const w =
		CONTAINER_OF(watch, struct worker, signal_watch);
	struct signalfd_siginfo info;

	(void)events;
	if (read(watch->fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	log_msg(LOG_INFO, "draining", "signal %u", info.ssi_signo);
	start_draining(w);
}

static void *loop_thread(void *arg)
{
	loop_run(arg);
	return NULL;
}

/* Start and end ------------------------------------------------------ */

static void watch_signals(struct worker *w)
{
	w->signal_watch.fd = process_signals();
	w->signal_watch.ready = on_signal;
	if (w->signal_watch.fd >= 0)
		loop_watch_set(w->loop, &w->signal_watch, EPOLLIN);
}

/* Everything that can fail in a way that the operator has to mend. */
static void worker_configure(struct worker *w)
{
	err_clear(&w->why);
	w->state_err = conf_load(&w->arena, NULL, &w->conf, &w->why);
	log_open(w->route->name, w->conf.server.log_file,
		 w->conf.server.log_level);
	if (!w->cgi)
		w->max_calls = process_max_calls(w->conf.server.max_calls);
	if (w->state_err == ERR_OK && w->route->open != NULL) {
		w->state_err = w->route->open(w, &w->state, &w->why);
		w->opened = w->state_err == ERR_OK;
	}
	if (w->state_err != ERR_OK)
		log_msg(LOG_ERROR, "start_failed", "%s", w->why.detail);
}

static void run_cgi(struct worker *w)
{
	struct req *const req = req_new(w);

	w->draining = true; /* there is no next request */
	conn_cgi(&req->conn);
	serve(w, req);
	(void)intake_run(w);
}

static void run_fastcgi(struct worker *w)
{
	pthread_t threads[WORKER_MAX_INTAKE];
	/* 1 to WORKER_MAX_INTAKE; 0 when there is no configuration */
	const int64_t n = w->conf.server.intake_threads;

	for (int64_t i = 1; i < n; i++)
		process_thread(&threads[i], intake_run, w);
	(void)intake_run(w);
	for (int64_t i = 1; i < n; i++)
		(void)pthread_join(threads[i], NULL);
}

static struct worker *worker_new(const struct route *route)
{
	struct arena arena;
	struct errbuf e = {0};

	arena_init(&arena, WORKER_ARENA_BYTES);
	struct worker *const w = ARENA_NEW(&arena, struct worker);
	w->arena = arena;
	w->route = route;
	w->jobs_last = &w->jobs;
	w->drain_timer.fire = on_drain_over;
	w->job_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
	(void)pthread_mutex_init(&w->lead, NULL);
	(void)pthread_mutex_init(&w->lock, NULL);
	if (loop_new(&w->loop, &e) != ERR_OK || w->job_fd < 0) {
		log_msg(LOG_ERROR, "start_failed", "%s", e.detail);
		_exit(1);
	}
	return w;
}

int worker_main(const struct route *route, int argc, char **argv)
{
	pthread_t loop;

	(void)argc, (void)argv;
	process_setup();
	struct worker *const w = worker_new(route);
	watch_signals(w);
	w->cgi = conn_init();
	worker_configure(w);
	process_thread(&loop, loop_thread, w->loop);
	if (w->cgi)
		run_cgi(w);
	else
		run_fastcgi(w);
	loop_stop(w->loop);
	(void)pthread_join(loop, NULL);
	if (w->opened && route->close != NULL)
		route->close(w->state);
	if (w->cgi)
		_exit(0); /* the kernel tidies up quicker than libraries */
	loop_free(w->loop);
	struct arena arena = w->arena;
	arena_release(&arena);
	return 0;
}
