/*
 * What the owner of a transfer may do with it, when and from where: cancel,
 * pause, resume, detach, and start another.
 */
#include "llm/transfer.h"
#include "probe.h"

#define PAUSE_MS 150

/* The caller's side ---------------------------------------------------- */

static void a_call_can_be_cancelled_before_it_begins(void **state)
{
	struct world w;
	struct probe p[2];

	(void)state;
	world_open(&w);
	probe_init(&p[0], &w, "/length");
	probe_init(&p[1], &w, "/length");
	probe_start(&p[0]);
	probe_start(&p[1]);
	cancel(&p[0]);
	loop_run(w.loop);
	assert_false(p[0].ended);
	assert_int_equal(p[1].err, ERR_OK);
	assert_int_equal(w.server->nrequests, 1);
	world_close(&w);
}

static void a_callback_can_cancel_its_call(void **state)
{
	(void)state;
	for (int in_head = 0; in_head < 2; in_head++) {
		struct world w;
		struct probe p;
		world_open(&w);
		probe_init(&p, &w, "/trickle-forever");
		if (in_head)
			p.in_head = cancel;
		else
			p.in_body = cancel;
		probe_run(&p);
		assert_false(p.ended);
		assert_int_equal(p.nbodies, in_head ? 0 : 1);
		(void)server_wait(w.server, &w.server->nclosed, 1);
		world_close(&w);
	}
}

static void cancel_other(struct probe *p)
{
	if (p->other->call != NULL)
		cancel(p->other);
}

static void a_callback_can_cancel_another_call(void **state)
{
	struct world w;
	struct probe p[2];

	(void)state;
	world_open(&w);
	probe_init(&p[0], &w, "/trickle");
	probe_init(&p[1], &w, "/trickle-forever");
	p[0].in_body = cancel_other;
	p[0].other = &p[1];
	probe_start(&p[0]);
	probe_start(&p[1]);
	loop_run(w.loop);
	assert_false(p[1].ended);
	assert_string_equal(buf_c(&p[0].body), "0123456789");
	(void)server_wait(w.server, &w.server->nclosed, 1);
	world_close(&w);
}

/* What a fallback does: an error as first event of a 200. */
static void cancel_and_start_other(struct probe *p)
{
	upstream_cancel(p->call);
	p->call = NULL;
	probe_start(p->other);
	gone(p);
}

static void a_callback_can_cancel_and_start_the_next(void **state)
{
	(void)state;
	for (int in_head = 0; in_head < 2; in_head++) {
		struct world w;
		struct probe p[2];
		world_open(&w);
		probe_init(&p[0], &w, "/hang-body");
		probe_init(&p[1], &w, "/length");
		p[0].other = &p[1];
		if (in_head)
			p[0].in_head = cancel_and_start_other;
		else
			p[0].in_body = cancel_and_start_other;
		probe_run(&p[0]);
		assert_false(p[0].ended);
		assert_int_equal(p[1].err, ERR_OK);
		assert_string_equal(buf_c(&p[1].body), "hello");
		world_close(&w);
	}
}

static void the_end_of_all_ends_calls_in_silence(void **state)
{
	struct world w;
	struct probe p[2];

	(void)state;
	world_open(&w);
	probe_init(&p[0], &w, "/hang-head");
	probe_init(&p[1], &w, "/length");
	probe_start(&p[0]);
	w.running--;
	probe_run(&p[1]);
	world_close(&w);
	assert_false(p[0].ended);
	assert_true(p[1].ended);
}

/* Pausing ------------------------------------------------------------- */

struct pause {
	struct probe probe;
	struct loop_timer timer;
	int64_t ms;
	size_t at; /* bytes of the body when it was paused */
	size_t sent;
	size_t total;
};

static void pause_now(struct probe *p)
{
	struct pause *const s = CONTAINER_OF(p, struct pause, probe);

	if (s->timer.due_ms != 0)
		return;
	upstream_pause(p->call);
	s->at = p->body.n;
	loop_timer_set(p->w->loop, &s->timer, s->ms);
}

static void resume_later(struct loop_timer *t)
{
	struct pause *const s = CONTAINER_OF(t, struct pause, timer);
	struct probe *const p = &s->probe;

	/* nothing came while paused, and the server was held up */
	assert_int_equal(p->body.n, s->at);
	s->sent = server_sent(p->w->server);
	upstream_resume(p->call);
	assert_int_equal(p->body.n, s->at);
}

static void count_and_forget(struct probe *p)
{
	struct pause *const s = CONTAINER_OF(p, struct pause, probe);

	s->total += p->body.n;
	buf_reset(&p->body);
	pause_now(p);
}

/* False: the server itself was silent for so long, on a machine this slow. */
static bool is_held_up(int64_t idle_ms)
{
	struct world w;
	struct pause s = {.timer = {.fire = resume_later},
			  .ms = idle_ms + idle_ms / 2};
	struct probe other;

	world_open(&w);
	probe_init(&s.probe, &w, "/big");
	/* shorter than the pause, in which it must not count */
	s.probe.conf.timeout_idle_ms = idle_ms;
	s.probe.in_body = count_and_forget;
	probe_init(&other, &w, "/trickle");
	probe_start(&s.probe);
	probe_start(&other);
	loop_run(w.loop);
	const bool is_whole = s.probe.err == ERR_OK;
	assert_true(is_whole || s.probe.err == ERR_UPSTREAM_TIMEOUT);
	if (is_whole)
		assert_int_equal(s.total, SERVER_BIG_BYTES);
	assert_true(s.sent < SERVER_BIG_BYTES);
	assert_int_equal(other.err, ERR_OK);
	world_close(&w);
	return is_whole;
}

static void a_paused_call_holds_up_its_server_only(void **state)
{
	int64_t idle_ms = 100;

	(void)state;
	while (!is_held_up(idle_ms)) {
		idle_ms *= 4;
		assert_true(idle_ms <= 6400);
	}
}

static void nothing_is_lost_by_a_pause(void **state)
{
	static const char *const paths[] = {"/length", "/chunked", "/trickle",
					    "/until-close"};

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(paths); i++) {
		struct world w;
		struct pause s = {.timer = {.fire = resume_later},
				  .ms = PAUSE_MS};
		world_open(&w);
		probe_init(&s.probe, &w, paths[i / 2]);
		if (i % 2 == 0)
			s.probe.in_head = pause_now;
		else
			s.probe.in_body = pause_now;
		probe_run(&s.probe);
		assert_int_equal(s.probe.err, ERR_OK);
		assert_string_equal(buf_c(&s.probe.body),
				    i / 2 == 2 ? "0123456789" : "hello");
		world_close(&w);
	}
}

static void cancel_later(struct loop_timer *t)
{
	cancel(&CONTAINER_OF(t, struct pause, timer)->probe);
}

static void a_paused_call_can_be_cancelled(void **state)
{
	struct world w;
	struct pause s = {.timer = {.fire = cancel_later}, .ms = PAUSE_MS};

	(void)state;
	world_open(&w);
	probe_init(&s.probe, &w, "/trickle-forever");
	s.probe.in_body = pause_now;
	probe_run(&s.probe);
	assert_false(s.probe.ended);
	(void)server_wait(w.server, &w.server->nclosed, 1);
	world_close(&w);
}

/* Detaching ----------------------------------------------------------- */

static void detach(struct probe *p)
{
	upstream_detach(p->call);
	gone(p);
}

/* Keeps the loop running until the server has come to the end of a script. */
struct relay {
	struct loop_task task;
	struct world *w;
	struct probe *next; /* started then; NULL: none */
};

static void run_relay(struct loop_task *t)
{
	struct relay *const r = CONTAINER_OF(t, struct relay, task);

	if (r->next != NULL)
		probe_start(r->next);
	if (--r->w->running == 0)
		loop_stop(r->w->loop);
}

/* On a thread of the server. */
static void notify_relay(void *arg)
{
	struct relay *const r = arg;

	r->w->server->notify = NULL;
	loop_post(r->w->loop, &r->task);
}

/* Run p until it is detached and the server is done with it, then next. */
static void run_detached(struct probe *p, struct probe *next)
{
	struct relay relay = {
		.task = {.run = run_relay}, .w = p->w, .next = next};

	p->w->server->notify = notify_relay;
	p->w->server->notify_arg = &relay;
	p->w->running++;
	p->in_body = detach;
	probe_run(p);
	assert_string_equal(buf_c(&p->body), "[DONE]");
	assert_false(p->ended);
}

static void a_detached_call_keeps_its_connection(void **state)
{
	struct world w;
	struct probe p[2];

	(void)state;
	world_open(&w);
	probe_init(&p[0], &w, "/done-then-end");
	probe_init(&p[1], &w, "/length");
	run_detached(&p[0], &p[1]);
	assert_string_equal(buf_c(&p[1].body), "hello");
	assert_int_equal(w.server->naccepted, 1);
	world_close(&w);
}

static void a_detached_call_is_closed_when_it_does_not_end(void **state)
{
	static const char *const paths[] = {"/done-then-more", "/hang-done"};

	(void)state;
	for (size_t i = 0; i < COUNT(paths); i++) {
		struct world w;
		struct probe p;
		world_open(&w);
		probe_init(&p, &w, paths[i]);
		run_detached(&p, NULL);
		/* what the sockets hold, but no stream without an end */
		assert_true(server_sent(w.server) < SERVER_BIG_BYTES);
		(void)server_wait(w.server, &w.server->nclosed, 1);
		world_close(&w);
	}
}

/* Pools --------------------------------------------------------------- */

#define MANY (TRANSFER_POOL_CALLS + 1)

/* Twice one call more than a pool takes; what a second pool came to. */
struct crowd {
	struct loop_timer timer;
	struct world *w;
	struct probe *probes;
	int rounds;
	bool grown; /* the second pool was seen in this round */
};

static void start_crowd(struct crowd *k)
{
	for (size_t i = 0; i < MANY; i++) {
		probe_init(&k->probes[i], k->w, "/length");
		probe_start(&k->probes[i]);
	}
	k->grown = false;
}

static void look(struct loop_timer *t)
{
	struct crowd *const k = CONTAINER_OF(t, struct crowd, timer);
	const bool many = k->w->u->pools->next != NULL;

	k->grown = k->grown || many;
	loop_timer_set(k->w->loop, t, 1);
	if (!k->grown || many || k->w->running > 1)
		return;
	/* its connection was closed, and its memory waits for the next */
	(void)server_wait(k->w->server, &k->w->server->nclosed, ++k->rounds);
	assert_non_null(k->w->u->idle_pools);
	for (size_t i = 0; i < MANY; i++)
		assert_string_equal(buf_c(&k->probes[i].body), "hello");
	if (k->rounds < 2)
		start_crowd(k);
	else
		loop_stop(k->w->loop);
}

static void a_pool_that_nobody_needs_is_given_up(void **state)
{
	struct world w;
	struct crowd k = {.timer = {.fire = look}, .w = &w};

	(void)state;
	world_open(&w);
	w.u->pool_idle_ms = 20;
	w.running = 1; /* the crowd itself */
	k.probes = ARENA_ARRAY(&w.arena, MANY, struct probe);
	start_crowd(&k);
	loop_timer_set(w.loop, &k.timer, 0);
	loop_run(w.loop);
	assert_int_equal(k.rounds, 2);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_can_be_cancelled_before_it_begins),
		cmocka_unit_test(a_callback_can_cancel_its_call),
		cmocka_unit_test(a_callback_can_cancel_another_call),
		cmocka_unit_test(a_callback_can_cancel_and_start_the_next),
		cmocka_unit_test(the_end_of_all_ends_calls_in_silence),
		cmocka_unit_test(a_paused_call_holds_up_its_server_only),
		cmocka_unit_test(nothing_is_lost_by_a_pause),
		cmocka_unit_test(a_paused_call_can_be_cancelled),
		cmocka_unit_test(a_detached_call_keeps_its_connection),
		cmocka_unit_test(
			a_detached_call_is_closed_when_it_does_not_end),
		cmocka_unit_test(a_pool_that_nobody_needs_is_given_up),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
