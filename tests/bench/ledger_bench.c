/*
 * How many calls a second the ledger admits and settles: a number of callers
 * that each admit, settle and begin again, through db/ledger as the workers
 * do.  Prints "pairs seconds p50_us p99_us", the times of whole pairs.
 *
 * Usage: ledger_bench DSN KEY_HASH CALLERS SECONDS
 */
#include "base/arena.h"
#include "base/clock.h"
#include "base/container.h"
#include "base/num.h"
#include "conf/conf.h"
#include "db/ledger.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CALLERS 1024
#define MAX_TIMES   1000000
#define CONNECT_MS  5000

struct bench {
	struct ledger *ledger;
	unsigned char key_hash[LEDGER_HASH_BYTES];
	pthread_mutex_t lock;
	pthread_cond_t ended;
	int64_t stop_ms;
	int64_t pairs;
	int32_t times_us[MAX_TIMES];
	int64_t refused;
	int running;
};

struct caller {
	struct bench *bench;
	struct ledger_op op;
	struct ledger_settle settle;
	int64_t begun_us;
};

static struct bench bench;
static struct caller callers[MAX_CALLERS];

static void on_admitted(struct ledger_op *op);

static void admit(struct caller *c)
{
	struct ledger_admit *const in = &c->op.admit;

	memset(&c->op, 0, sizeof(c->op));
	c->begun_us = clock_mono_us();
	memcpy(in->key_hash, c->bench->key_hash, sizeof(in->key_hash));
	id_request(in->request_id);
	(void)snprintf(in->feature, sizeof(in->feature), "chat");
	in->input_pico = 1000;
	in->output_pico = 10;
	in->max_output_tokens = 100;
	in->min_output_tokens = 10;
	in->lease_ms = 60000;
	c->op.kind = LEDGER_ADMIT;
	c->op.done = on_admitted;
	ledger_submit(c->bench->ledger, &c->op);
}

static void on_settled(struct ledger_op *op)
{
	struct caller *const c = CONTAINER_OF(op, struct caller, op);
	struct bench *const b = c->bench;

	/* ledger thread only */
	if (op->result == ERR_OK && b->pairs < MAX_TIMES)
		b->times_us[b->pairs++] =
			(int32_t)(clock_mono_us() - c->begun_us);
	if (clock_mono_ms() < b->stop_ms) {
		admit(c);
		return;
	}
	(void)pthread_mutex_lock(&b->lock);
	b->running--;
	(void)pthread_cond_signal(&b->ended);
	(void)pthread_mutex_unlock(&b->lock);
}

static void on_admitted(struct ledger_op *op)
{
	struct caller *const c = CONTAINER_OF(op, struct caller, op);
	struct ledger_settle *const s = &c->settle;

	if (op->admission.verdict != ERR_OK) {
		c->bench->refused++;
		op->result = ERR_DB;
		on_settled(op);
		return;
	}
	memset(s, 0, sizeof(*s));
	memcpy(s->request_id, op->admit.request_id, sizeof(s->request_id));
	s->basis = LEDGER_BASIS_PROVIDER_USAGE;
	s->cost_pico = 1500;
	s->usage.input_tokens = 100;
	s->usage.output_tokens = 50;
	s->ttft_ms = 10;
	s->latency_ms = 20;
	(void)snprintf(s->model_route, sizeof(s->model_route), "mock/mock");
	s->nattempts = 1;
	op->kind = LEDGER_SETTLE;
	op->settle = s;
	op->done = on_settled;
	ledger_submit(c->bench->ledger, op);
}

static void read_hash(const char *hex, unsigned char *out)
{
	for (size_t i = 0; i < LEDGER_HASH_BYTES; i++) {
		unsigned v = 0;
		for (size_t j = 0; j < 2; j++) {
			const char d = hex[2 * i + j];
			v = v * 16 +
			    (unsigned)(d <= '9' ? d - '0' : d - 'a' + 10);
		}
		out[i] = (unsigned char)v;
	}
}

static int compare(const void *a, const void *b)
{
	const int32_t x = *(const int32_t *)a;
	const int32_t y = *(const int32_t *)b;

	return x < y ? -1 : x > y;
}

static void report(int64_t begin_ms)
{
	const double seconds = (double)(clock_mono_ms() - begin_ms) / 1000.0;
	const size_t n = (size_t)bench.pairs;

	qsort(bench.times_us, n, sizeof(bench.times_us[0]), compare);
	(void)printf("%zu %.3f %d %d\n", n, seconds,
		     n > 0 ? bench.times_us[n / 2] : 0,
		     n > 0 ? bench.times_us[n * 99 / 100] : 0);
	if (bench.refused > 0)
		(void)fprintf(stderr, "ledger_bench: %lld refused\n",
			      (long long)bench.refused);
}

/*
 * All callers begin in the ledger thread, between two batches, so their first
 * admissions go out together.  Callers that begin one by one fall into groups
 * whose admissions and settlements take turns; the groups stay as chance made
 * them for the whole run, and so does the width of the batches, which differs
 * by half from run to run.
 */
static void begin_all(struct ledger_op *op)
{
	(void)op;
	for (int i = 0; i < bench.running; i++) {
		callers[i].bench = &bench;
		admit(&callers[i]);
	}
}

static void run(int64_t n, int64_t seconds)
{
	/* an unknown key: an answer and nothing else */
	static struct ledger_op first = {.kind = LEDGER_ADMIT,
					 .done = begin_all};
	const int64_t begin_ms = clock_mono_ms();

	bench.stop_ms = begin_ms + seconds * 1000;
	bench.running = (int)n;
	id_request(first.admit.request_id);
	ledger_submit(bench.ledger, &first);
	(void)pthread_mutex_lock(&bench.lock);
	while (bench.running > 0)
		(void)pthread_cond_wait(&bench.ended, &bench.lock);
	(void)pthread_mutex_unlock(&bench.lock);
	report(begin_ms);
}

int main(int argc, char **argv)
{
	static struct conf conf;
	struct errbuf e = {0};
	int64_t n = 0;
	int64_t seconds = 0;

	if (argc != 5 || strlen(argv[2]) != (size_t)2 * LEDGER_HASH_BYTES ||
	    num_parse_i64(str_from(argv[3]), 1, MAX_CALLERS, &n) != ERR_OK ||
	    num_parse_i64(str_from(argv[4]), 1, 3600, &seconds) != ERR_OK) {
		(void)fprintf(stderr, "usage: ledger_bench DSN KEY_HASH "
				      "CALLERS SECONDS\n");
		return 2;
	}
	conf.database.dsn = argv[1];
	conf.database.connect_timeout_ms = 3000;
	conf.database.statement_timeout_ms = 30000;
	conf.server.state_dir = "/tmp";
	conf.limits = (struct conf_limits){.user_daily_pico = -1,
					   .tenant_daily_pico = -1,
					   .system_daily_pico = -1,
					   .lease_ms = 60000};
	read_hash(argv[2], bench.key_hash);
	(void)pthread_mutex_init(&bench.lock, NULL);
	(void)pthread_cond_init(&bench.ended, NULL);
	if (ledger_new(&bench.ledger, &conf, NULL, "bench", &e) != ERR_OK) {
		(void)fprintf(stderr, "ledger_bench: %s\n", e.detail);
		return 1;
	}
	const int64_t give_up_ms = clock_mono_ms() + CONNECT_MS;
	while (ledger_state(bench.ledger, &e) != ERR_OK) {
		if (clock_mono_ms() > give_up_ms) {
			(void)fprintf(stderr, "ledger_bench: %s\n", e.detail);
			return 1;
		}
		err_clear(&e);
		(void)sched_yield();
	}
	run(n, seconds);
	ledger_free(bench.ledger);
	return 0;
}
