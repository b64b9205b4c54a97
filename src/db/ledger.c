/*
 * The ledger thread: its queue, its connection, its clock.  What is said to
 * PostgreSQL is in ledger_batch.c.  Nothing here waits for the server except a
 * statement that was sent; connecting goes on beside the queue, so an outage
 * is answered at once.
 */
#include "db/ledger.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/num.h"
#include "conf/conf.h"
#include "db/db.h"
#include "db/ledger_thread.h"
#include "db/spool.h"

#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define LEDGER_ARENA_BYTES ((size_t)64 * 1024)
#define BATCH_ARENA_BYTES  ((size_t)64 * 1024 * 1024)
#define BACKOFF_FIRST_MS   250
#define BACKOFF_MAX_MS     2000
#define WAIT_MAX_MS        60000

static void list_add(struct ledger_list *list, struct ledger_op *op)
{
	op->next = NULL;
	if (list->tail != NULL)
		list->tail->next = op;
	else
		list->head = op;
	list->tail = op;
	list->n++;
}

struct ledger_op *ledger_list_pop(struct ledger_list *list)
{
	struct ledger_op *const op = list->head;

	if (op == NULL)
		return NULL;
	list->head = op->next;
	if (list->head == NULL)
		list->tail = NULL;
	op->next = NULL;
	list->n--;
	return op;
}

static void wake(struct ledger *l)
{
	const uint64_t one = 1;

	/* it can only fail because it is far above zero already */
	if (write(l->wake_fd, &one, sizeof(one)) < 0)
		return;
}

void ledger_submit(struct ledger *l, struct ledger_op *op)
{
	err_clear(&op->err);
	op->result = ERR_OK;
	op->in_doubt = false;
	const bool settles = op->kind == LEDGER_SETTLE;
	(void)pthread_mutex_lock(&l->lock);
	list_add(&l->queue, op);
	l->queued_settles += settles;
	const bool gathers = settles && l->gathers &&
			     l->queued_settles < LEDGER_GATHER_ENOUGH;
	const bool wakes = !gathers && !l->woken;
	l->woken = l->woken || wakes;
	(void)pthread_mutex_unlock(&l->lock);
	if (wakes)
		wake(l);
}

static void post(struct ledger_op *op)
{
	(void)sem_post(op->waiter);
}

void ledger_admit_wait(struct ledger *l, struct ledger_op *op)
{
	sem_t answered;

	(void)sem_init(&answered, 0, 0);
	op->waiter = &answered;
	op->done = post;
	ledger_submit(l, op);
	while (sem_wait(&answered) != 0)
		; /* EINTR: a signal for someone else */
	(void)sem_destroy(&answered);
	op->waiter = NULL;
}

enum err ledger_state(struct ledger *l, struct errbuf *e)
{
	(void)pthread_mutex_lock(&l->lock);
	const struct errbuf state = l->state;
	(void)pthread_mutex_unlock(&l->lock);
	if (state.code != ERR_OK)
		return err_set(e, state.code, "%s", state.detail);
	return ERR_OK;
}

/* One line when it goes wrong and one when it is well again. */
static void log_change(const struct errbuf *was, const struct errbuf *now)
{
	if (now->code == was->code && strcmp(now->detail, was->detail) == 0)
		return;
	if (now->code == ERR_OK)
		log_msg(LOG_INFO, "database_up", "connected, schema found");
	else
		log_msg(LOG_ERROR, "database_down", "%s", now->detail);
}

void ledger_note(struct ledger *l, enum err err, const struct errbuf *e)
{
	struct errbuf now = {.code = ERR_OK, .detail = ""};

	/* a single bad entry says nothing about the database */
	if (err != ERR_OK && err != ERR_DB && err != ERR_CONFIG)
		return;
	if (err != ERR_OK)
		now = *e;
	now.code = err;
	(void)pthread_mutex_lock(&l->lock);
	const struct errbuf was = l->state;

	l->state = now;
	(void)pthread_mutex_unlock(&l->lock);
	log_change(&was, &now);
}

void ledger_disconnected(struct ledger *l)
{
	db_close(l->db);
	l->db = NULL;
	l->connected = false;
	l->schema_old = false;
	l->failures = 0;
	l->next_connect_ms = 0;
}

static void connect_failed(struct ledger *l, const struct errbuf *e)
{
	int64_t pause_ms = BACKOFF_FIRST_MS;

	for (int i = 0; i < l->failures && pause_ms < BACKOFF_MAX_MS; i++)
		pause_ms *= 2;
	l->failures++;
	db_close(l->db);
	l->db = NULL;
	l->connected = false;
	l->schema_old = false;
	l->next_connect_ms = clock_mono_ms() + pause_ms;
	ledger_note(l, ERR_DB, e);
}

/*
 * Ask what schema is there.  Without an answer this connection is none: a
 * pooler in between takes connections while the server behind it is away.
 */
static void check_schema(struct ledger *l)
{
	struct errbuf e = {.code = ERR_OK};

	if (ledger_check_schema(l, &e) == ERR_DB)
		connect_failed(l, &e);
	else
		l->failures = 0;
}

static void connected(struct ledger *l)
{
	const int64_t now = clock_mono_ms();

	l->connected = true;
	l->next_renew_ms = now; /* before another process may reap */
	if (l->live.n == 0)     /* all to come have a new lease */
		l->next_renew_ms += l->conf->limits.lease_ms / LEDGER_RENEWALS;
	l->next_replay_ms = now; /* ours, and what dead processes left */
	l->next_reap_ms = now + LEDGER_REAP_EVERY_MS;
	check_schema(l);
}

static bool has_work(const struct ledger *l)
{
	return l->admits.head != NULL || l->settles.head != NULL ||
	       l->takes.head != NULL;
}

/* Without a connection, and nothing needs one: for a single request. */
static bool rests(const struct ledger *l)
{
	return l->pool != NULL && l->db == NULL && !has_work(l);
}

static bool take_over(struct ledger *l)
{
	if (l->pool != NULL)
		l->db = db_pool_take(l->pool);
	if (l->db != NULL)
		connected(l);
	return l->db != NULL;
}

/* Bring the connection one step further, without waiting. */
static void step_connection(struct ledger *l)
{
	struct errbuf e = {.code = ERR_OK};

	/* alive until it said something, or a statement dropped it */
	if (l->connected && (l->heard || db_fd(l->db) < 0) && !db_alive(l->db))
		ledger_disconnected(l);
	if (l->connected)
		return;
	if (l->db == NULL) {
		if (clock_mono_ms() < l->next_connect_ms || rests(l) ||
		    take_over(l))
			return;
		if (db_connect_start(&l->db, &l->conf->database, l->app_name,
				     &e) != ERR_OK) {
			connect_failed(l, &e);
			return;
		}
	}
	switch (db_connect_step(l->db, &l->connecting, &e)) {
	case DB_STEP_READY:
		connected(l);
		break;
	case DB_STEP_FAILED:
		connect_failed(l, &e);
		break;
	case DB_STEP_WAIT:
		break;
	}
}

/* Move what was queued to our own lists.  Returns whether to stop. */
static bool take(struct ledger *l)
{
	(void)pthread_mutex_lock(&l->lock);
	struct ledger_list all = l->queue;
	l->queue = (struct ledger_list){NULL, NULL, 0};
	l->queued_settles = 0;
	l->woken = false;
	const bool stopping = l->stopping;
	l->gathers = !stopping && l->live.n > LEDGER_GATHER_ABOVE;
	(void)pthread_mutex_unlock(&l->lock);

	struct ledger_op *op = NULL;
	while ((op = ledger_list_pop(&all)) != NULL) {
		struct ledger_list *const lists[] = {
			[LEDGER_ADMIT] = &l->admits,
			[LEDGER_SETTLE] = &l->settles,
			[LEDGER_TAKE] = &l->takes,
		};
		list_add(lists[op->kind], op);
	}
	return stopping;
}

/*
 * One due chore of those that no request waits for.  An old schema is only
 * looked at again.
 */
static void run_chore(struct ledger *l)
{
	const int64_t now = clock_mono_ms();

	if (!l->connected)
		return;
	if (now >= l->next_check_ms)
		check_schema(l);
	else if (l->schema_old)
		return;
	else if (now >= l->next_renew_ms)
		ledger_renew(l);
	else if (now >= l->next_replay_ms)
		ledger_replay(l);
	else if (now >= l->next_reap_ms)
		ledger_reap(l);
}

/* Is there a settlement that waits for no others? */
static bool settles_due(const struct ledger *l)
{
	return l->settles.head != NULL &&
	       (!l->gathers || l->settles.n >= LEDGER_GATHER_ENOUGH ||
		clock_mono_ms() >= l->next_settle_ms);
}

static void run_work(struct ledger *l)
{
	ledger_run_takes(l);
	const bool usable = l->connected && !l->schema_old;

	if (usable && l->admits.head != NULL)
		ledger_run_admits(l);
	if (usable && l->connected && settles_due(l)) {
		ledger_run_settles(l);
		l->next_settle_ms = clock_mono_ms() + LEDGER_GATHER_MS;
	}
	if (usable || (!l->connected && l->failures == 0))
		return;
	(void)pthread_mutex_lock(&l->lock);
	const struct errbuf why = l->state;
	(void)pthread_mutex_unlock(&l->lock);
	ledger_turn_away(l, l->connected ? ERR_CONFIG : ERR_DB, &why);
}

static int64_t min_ms(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* How long there is nothing to do. */
static int wait_ms(const struct ledger *l, int64_t now)
{
	int64_t due = now + WAIT_MAX_MS;

	if (l->connected && (l->admits.head != NULL || settles_due(l)))
		return 0;
	if (l->gathers)
		due = now + LEDGER_GATHER_MS;
	if (l->gathers && l->connected && l->settles.head != NULL)
		due = l->next_settle_ms;
	if (l->connected)
		due = min_ms(due, l->next_check_ms);
	if (l->connected && !l->schema_old) {
		due = min_ms(due, l->next_renew_ms);
		due = min_ms(due, l->next_replay_ms);
		due = min_ms(due, l->next_reap_ms);
	} else if (!l->connected && l->db == NULL && !rests(l)) {
		due = min_ms(due, l->next_connect_ms);
	} else if (!l->connected && l->db != NULL) {
		due = min_ms(due, now + BACKOFF_FIRST_MS); /* its time-out */
	}
	return due > now ? (int)(due - now) : 0;
}

/* Is less waiting than a batch should have when many calls are under way? */
static bool is_short(struct ledger *l)
{
	(void)pthread_mutex_lock(&l->lock);
	const size_t n = l->queue.n;
	(void)pthread_mutex_unlock(&l->lock);
	return n < LEDGER_GATHER_ENOUGH;
}

/* Wait for the queue, the connection or the clock, whichever comes first. */
static void wait_for_work(struct ledger *l)
{
	struct pollfd p[2] = {{.fd = l->wake_fd, .events = POLLIN}, {.fd = -1}};
	uint64_t count = 0;

	if (l->connected)
		p[1] = (struct pollfd){.fd = db_fd(l->db), .events = POLLIN};
	else if (l->db != NULL)
		p[1] = l->connecting;
	const int n = poll(p, 2, wait_ms(l, clock_mono_ms()));
	l->heard = n > 0 && p[1].revents != 0;
	if (n > 0 && p[0].revents != 0 &&
	    read(l->wake_fd, &count, sizeof(count)) < 0)
		return; /* EAGAIN: another wake-up took it */
	if (l->gathers && is_short(l))
		(void)poll(NULL, 0, LEDGER_JOIN_MS);
}

static void *ledger_main(void *arg)
{
	struct ledger *const l = arg;

	for (;;) {
		const bool stopping = take(l);
		step_connection(l);
		run_work(l);
		const bool idle =
			l->admits.head == NULL && l->settles.head == NULL;
		if (stopping && idle)
			break;
		run_chore(l);
		wait_for_work(l);
	}
	ledger_last_chores(l);
	return NULL;
}

static void release(struct ledger *l)
{
	db_close(l->db);
	spool_free(l->spool);
	live_release(&l->live);
	if (l->wake_fd >= 0)
		(void)close(l->wake_fd);
	(void)pthread_mutex_destroy(&l->lock);
	arena_release(&l->batch);
	struct arena a = l->arena; /* l itself is in it */
	arena_release(&a);
}

/* Signals are the main thread's. */
static int start_thread(struct ledger *l)
{
	sigset_t all;
	sigset_t old;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	const int rc = pthread_create(&l->thread, NULL, ledger_main, l);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	return rc;
}

enum err ledger_new(struct ledger **out, const struct conf *conf,
		    struct db_pool *pool, const char *app_name,
		    struct errbuf *e)
{
	struct arena a;
	struct buf defaults;

	arena_init(&a, LEDGER_ARENA_BYTES);
	struct ledger *const l = ARENA_NEW(&a, struct ledger);
	buf_init(&defaults, &a, LEDGER_ARENA_BYTES / 4);
	ledger_defaults(&defaults, &conf->limits);
	l->defaults = buf_str(&defaults);
	l->conf = conf;
	l->app_name = app_name;
	l->pool = pool;
	l->spool = spool_new(conf->server.state_dir);
	l->next_replay_ms = INT64_MAX;
	(void)err_set(&l->state, ERR_DB, "not connected to PostgreSQL yet");
	arena_init(&l->batch, BATCH_ARENA_BYTES);
	live_init(&l->live);
	l->arena = a;
	l->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (pthread_mutex_init(&l->lock, NULL) != 0 || l->wake_fd < 0 ||
	    start_thread(l) != 0) {
		release(l);
		return err_set(e, ERR_INTERNAL,
			       "could not start the ledger thread: %s",
			       strerror(errno));
	}
	*out = l;
	return ERR_OK;
}

void ledger_free(struct ledger *l)
{
	if (l == NULL)
		return;
	(void)pthread_mutex_lock(&l->lock);
	l->stopping = true;
	(void)pthread_mutex_unlock(&l->lock);
	wake(l);
	(void)pthread_join(l->thread, NULL);
	release(l);
}
