/*
 * A process with a ledger, a pool and prices, driven line by line from stdin,
 * for tests/route/ledger_live.sh.  Each command is answered with one line.
 *
 *	admit KEY ID MAX_TOKENS LEASE_MS	VERDICT GRANTED RESERVED MS
 *	settle ID COST ATTEMPTS			RESULT
 *	mixed GOOD BAD				RESULT RESULT (sent together)
 *	burst KEY PREFIX N MAX_TOKENS		VERDICT=COUNT ...
 *	pairs KEY PREFIX N THREADS		"ok" COUNT
 *	state CODE				CODE, once it is that, or what
 *						it is after 20 s
 *	sql TEXT				CODE FIRST_VALUE
 *	kept FOLDER TEXT			CODE ROWS COLUMNS VALUE.
 *	price PROVIDER MODEL			CODE INPUT_PICO OUTPUT_PICO
 *	pool N					"N", or CODE
 *	detail					of the last failure
 *	quit
 */
#include "auth/key.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/num.h"
#include "conf/conf.h"
#include "db/db.h"
#include "db/kept.h"
#include "db/ledger.h"
#include "llm/prices.h"

#include <inttypes.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define LINE_BYTES   1024
#define MAX_WORDS    8
#define MAX_THREADS  256
#define STATE_MAX_MS 20000
#define OUTPUT_PICO  1000

struct live {
	struct arena arena;
	struct conf *conf;
	struct ledger *ledger;
	struct db *db;
	struct prices *prices;
	struct errbuf err;
};

static const char *code(enum err err)
{
	return err_entry(err)->code;
}

static int64_t number(const char *text)
{
	int64_t v = -1;

	return num_parse_i64(str_from(text), INT64_MIN, INT64_MAX, &v) == ERR_OK
		       ? v
		       : -1;
}

static void admit_op(struct ledger_op *op, const char *key, const char *id,
		     int64_t max_tokens, int64_t lease_ms)
{
	op->kind = LEDGER_ADMIT;
	auth_key_hash(str_from(key), op->admit.key_hash);
	(void)snprintf(op->admit.request_id, sizeof(op->admit.request_id), "%s",
		       id);
	(void)snprintf(op->admit.feature, sizeof(op->admit.feature), "chat");
	op->admit.output_pico = OUTPUT_PICO;
	op->admit.max_output_tokens = max_tokens;
	op->admit.min_output_tokens = max_tokens;
	op->admit.lease_ms = lease_ms;
}

static void do_admit(struct live *t, char **w)
{
	struct ledger_op op = {.kind = LEDGER_ADMIT};
	const int64_t begun = clock_mono_ms();

	admit_op(&op, w[1], w[2], number(w[3]), number(w[4]));
	ledger_admit_wait(t->ledger, &op);
	t->err = op.err;
	(void)printf("%s %" PRId64 " %" PRId64 " %" PRId64 "\n",
		     code(op.admission.verdict),
		     op.admission.granted_output_tokens,
		     op.admission.reserved_pico, clock_mono_ms() - begun);
}

struct settling {
	struct ledger_op op; /* first: done() gets its address */
	struct ledger_settle settle;
	sem_t done;
};

static void settled(struct ledger_op *op)
{
	(void)sem_post(&((struct settling *)(void *)op)->done);
}

static void settle_begin(struct live *t, struct settling *s, const char *id,
			 int64_t cost, int64_t attempts)
{
	s->op.kind = LEDGER_SETTLE;
	s->op.settle = &s->settle;
	s->op.done = settled;
	s->settle.outcome = LEDGER_DONE;
	s->settle.basis = LEDGER_BASIS_PROVIDER_USAGE;
	s->settle.cost_pico = cost;
	s->settle.usage.output_tokens = cost / OUTPUT_PICO;
	s->settle.ttft_ms = -1;
	s->settle.nattempts = (size_t)attempts;
	(void)snprintf(s->settle.request_id, sizeof(s->settle.request_id), "%s",
		       id);
	(void)snprintf(s->settle.model_route, sizeof(s->settle.model_route),
		       "openai/m");
	for (size_t i = 0; i < s->settle.nattempts; i++)
		s->settle.attempts[i] = (struct ledger_attempt){
			.model_route = STR("openai/m"),
			.result = i + 1 < s->settle.nattempts
					  ? ERR_UPSTREAM_RATE
					  : ERR_OK,
			.http_status = 200,
			.ttft_ms = -1,
		};
	(void)sem_init(&s->done, 0, 0);
	ledger_submit(t->ledger, &s->op);
}

static enum err settle_end(struct live *t, struct settling *s)
{
	while (sem_wait(&s->done) != 0)
		;
	(void)sem_destroy(&s->done);
	if (s->op.result != ERR_OK)
		t->err = s->op.err;
	return s->op.result;
}

static void do_settle(struct live *t, char **w)
{
	struct settling *const s = ARENA_NEW(&t->arena, struct settling);

	settle_begin(t, s, w[1], number(w[2]), number(w[3]));
	(void)printf("%s\n", code(settle_end(t, s)));
}

static void do_mixed(struct live *t, char **w)
{
	struct settling *const good = ARENA_NEW(&t->arena, struct settling);
	struct settling *const bad = ARENA_NEW(&t->arena, struct settling);

	settle_begin(t, bad, w[2], -5, 0);
	settle_begin(t, good, w[1], 1000, 1);
	const enum err first = settle_end(t, good);
	(void)printf("%s %s\n", code(first), code(settle_end(t, bad)));
}

struct one {
	struct live *live;
	const char *key;
	char id[ID_REQUEST_BYTES];
	int64_t max_tokens;
	int64_t pairs;
	int64_t good;
	enum err verdict;
	pthread_t thread;
};

static void *burst_main(void *arg)
{
	struct one *const o = arg;
	struct ledger_op op = {.kind = LEDGER_ADMIT};

	admit_op(&op, o->key, o->id, o->max_tokens, 600000);
	ledger_admit_wait(o->live->ledger, &op);
	o->verdict = op.admission.verdict;
	return NULL;
}

static struct one *start_all(struct live *t, char **w, int64_t n,
			     void *(*run)(void *))
{
	struct one *const all = ARENA_ARRAY(&t->arena, (size_t)n, struct one);

	for (int64_t i = 0; i < n; i++) {
		all[i].live = t;
		all[i].key = w[1];
		all[i].max_tokens = number(w[4]);
		all[i].pairs = number(w[3]);
		(void)snprintf(all[i].id, sizeof(all[i].id), "%.16s%d", w[2],
			       (int)i);
		if (pthread_create(&all[i].thread, NULL, run, &all[i]) != 0)
			log_msg(LOG_ERROR, "thread", "could not be made");
	}
	for (int64_t i = 0; i < n; i++)
		(void)pthread_join(all[i].thread, NULL);
	return all;
}

static void do_burst(struct live *t, char **w)
{
	const int64_t n = number(w[3]);
	int64_t counts[ERR_MAX] = {0};
	const char *lead = "";

	if (n < 1 || n > MAX_THREADS) {
		(void)printf("invalid_request\n");
		return;
	}
	const struct one *const all = start_all(t, w, n, burst_main);
	for (int64_t i = 0; i < n; i++)
		counts[all[i].verdict]++;
	for (int i = 0; i < ERR_MAX; i++)
		if (counts[i] > 0) {
			(void)printf("%s%s=%" PRId64, lead, code((enum err)i),
				     counts[i]);
			lead = " ";
		}
	(void)printf("\n");
}

/* Admit and settle, one after the other, as a call does. */
static void *pairs_main(void *arg)
{
	struct one *const o = arg;

	for (int64_t i = 0; i < o->pairs; i++) {
		struct ledger_op op = {.kind = LEDGER_ADMIT};
		struct settling s = {.op = {.kind = LEDGER_SETTLE}};
		char id[ID_REQUEST_BYTES];

		(void)snprintf(id, sizeof(id), "%.18s_%d", o->id, (int)i);
		admit_op(&op, o->key, id, 10, 600000);
		ledger_admit_wait(o->live->ledger, &op);
		if (op.admission.verdict != ERR_OK)
			continue;
		settle_begin(o->live, &s, id, 10000, 1);
		o->good += settle_end(o->live, &s) == ERR_OK;
	}
	return NULL;
}

static void do_pairs(struct live *t, char **w)
{
	const int64_t n = number(w[4]);
	int64_t good = 0;

	if (n < 1 || n > MAX_THREADS) {
		(void)printf("invalid_request\n");
		return;
	}
	const struct one *const all = start_all(t, w, n, pairs_main);
	for (int64_t i = 0; i < n; i++)
		good += all[i].good;
	(void)printf("ok %" PRId64 "\n", good);
}

static void do_state(struct live *t, char **w)
{
	const struct timespec pause = {.tv_nsec = 20 * 1000000};
	const int64_t until = clock_mono_ms() + STATE_MAX_MS;
	enum err err = ERR_OK;

	do {
		err_clear(&t->err);
		err = ledger_state(t->ledger, &t->err);
		if (strcmp(code(err), w[1]) == 0)
			break;
		(void)nanosleep(&pause, NULL);
	} while (clock_mono_ms() < until);
	(void)printf("%s\n", code(err));
}

static void do_sql(struct live *t, const char *sql)
{
	struct db_rows rows = {NULL, 0, 0};
	struct str first = STR("-");
	enum err err = ERR_OK;

	err_clear(&t->err);
	if (t->db == NULL)
		err = db_open(&t->db, &t->conf->database, "live", &t->err);
	if (err == ERR_OK)
		err = db_call(t->db, &t->arena, sql, NULL, 0, &rows, &t->err);
	if (err == ERR_OK && rows.nrows > 0 && rows.ncols > 0)
		first = db_str(&rows, 0, 0);
	(void)printf("%s " STR_FMT "\n", code(err), STR_ARG(first));
}

/* FOLDER STATEMENT: its first value, which may be kept there. */
static void do_kept(struct live *t, char *text)
{
	char *const space = strchr(text, ' ');
	struct db_rows rows = {NULL, 0, 0};
	enum err err = ERR_OK;

	if (space == NULL)
		return;
	*space = '\0';
	const struct db_kept q = {text, 60000, space + 1, STR_NONE};
	err_clear(&t->err);
	if (t->db == NULL)
		err = db_open(&t->db, &t->conf->database, "live", &t->err);
	if (err == ERR_OK)
		err = db_call_kept(t->db, &t->arena, &q, &rows, &t->err);
	const struct str first =
		rows.nrows > 0 ? db_str(&rows, 0, 0) : STR_NONE;
	(void)printf("%s %zu %zu %s" STR_FMT ".\n", code(err), rows.nrows,
		     rows.ncols, first.p == NULL ? "null" : "", STR_ARG(first));
}

static void do_price(struct live *t, char **w)
{
	const struct conf_provider conf = {
		.name = w[1],
		.kind = CONF_PROVIDER_OPENAI,
		.base_url = "http://127.0.0.1:1",
	};
	struct price price = {0, 0, 0, 0, 0};
	enum err err = ERR_OK;

	err_clear(&t->err);
	if (t->db == NULL)
		err = db_open(&t->db, &t->conf->database, "live", &t->err);
	if (err == ERR_OK)
		err = prices_load(t->prices, t->db, &t->err);
	if (err == ERR_OK && prices_stale(t->prices))
		err = ERR_INTERNAL;
	if (err == ERR_OK)
		err = prices_find(t->prices, &conf, str_from(w[2]), &price);
	(void)printf("%s %" PRId64 " %" PRId64 "\n", code(err),
		     price.input_pico, price.output_pico);
}

/* Take n connections at once, use each, give all back. */
static void do_pool(struct live *t, char **w)
{
	struct db *taken[MAX_THREADS];
	struct db_pool *pool = NULL;
	const int64_t n = number(w[1]);
	int64_t got = 0;
	enum err err = db_pool_new(&pool, &t->conf->database, "live", &t->err);

	err_clear(&t->err);
	while (err == ERR_OK && got < n && got < MAX_THREADS) {
		err = db_pool_get(pool, &taken[got], &t->err);
		if (err == ERR_OK)
			err = db_call(taken[got++], &t->arena, "SELECT 1", NULL,
				      0, NULL, &t->err);
	}
	for (int64_t i = 0; i < got; i++)
		db_pool_put(pool, taken[i]);
	db_pool_free(pool);
	if (err == ERR_OK)
		(void)printf("%" PRId64 "\n", got);
	else
		(void)printf("%s after %" PRId64 "\n", code(err), got);
}

struct command {
	const char *name;
	size_t nwords;
	void (*run)(struct live *t, char **w);
};

static void do_detail(struct live *t, char **w)
{
	(void)w;
	(void)printf("%s\n", t->err.detail);
}

static void run(struct live *t, char **w, size_t n)
{
	static const struct command commands[] = {
		{"admit", 5, do_admit},   {"settle", 4, do_settle},
		{"mixed", 3, do_mixed},   {"burst", 5, do_burst},
		{"pairs", 5, do_pairs},   {"state", 2, do_state},
		{"price", 3, do_price},   {"pool", 2, do_pool},
		{"detail", 1, do_detail},
	};

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(w[0], commands[i].name) == 0 &&
		    n == commands[i].nwords) {
			commands[i].run(t, w);
			return;
		}
	(void)printf("there is no command %s with %zu words\n", w[0], n);
}

static size_t split(char *line, char *words[static MAX_WORDS])
{
	size_t n = 0;

	while (n < MAX_WORDS && *line != '\0') {
		while (*line == ' ')
			*line++ = '\0';
		if (*line == '\0')
			break;
		words[n++] = line;
		while (*line != '\0' && *line != ' ')
			line++;
	}
	return n;
}

static void serve(struct live *t)
{
	char line[LINE_BYTES];
	char *words[MAX_WORDS];

	while (fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strcmp(line, "quit") == 0)
			break;
		if (strncmp(line, "sql ", 4) == 0) {
			do_sql(t, line + 4);
		} else if (strncmp(line, "kept ", 5) == 0) {
			do_kept(t, line + 5);
		} else {
			const size_t n = split(line, words);
			if (n > 0)
				run(t, words, n);
		}
		(void)fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	struct live t = {.db = NULL};

	arena_init(&t.arena, (size_t)256 * 1024 * 1024);
	t.conf = ARENA_NEW(&t.arena, struct conf);
	if (conf_load(&t.arena, argc > 1 ? argv[1] : NULL, t.conf, &t.err) !=
		    ERR_OK ||
	    prices_new(&t.prices, NULL, &t.err) != ERR_OK ||
	    ledger_new(&t.ledger, t.conf, NULL, "live", &t.err) != ERR_OK) {
		(void)fprintf(stderr, "%s\n", t.err.detail);
		return 1;
	}
	serve(&t);
	ledger_free(t.ledger);
	db_close(t.db);
	prices_free(t.prices);
	arena_release(&t.arena);
	return 0;
}
