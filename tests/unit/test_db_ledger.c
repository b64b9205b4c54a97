/*
 * db/ledger while PostgreSQL is away: nobody waits for it, nobody is taken for
 * a stranger, no settlement is lost.
 */
#include "base/arena.h"
#include "conf/conf.h"
#include "db/ledger.h"
#include "temp.h"

#include <dirent.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define NOPS       200
#define FILE_BYTES ((size_t)512 * 1024)

struct place {
	char dir[TEMP_BYTES];
	struct conf *conf;
	struct arena arena;
};

static int setup(void **state)
{
	static struct place place;

	if (mkdtemp(temp_name(place.dir, "ledger")) == NULL)
		return 1;
	arena_init(&place.arena, (size_t)1024 * 1024);
	place.conf = ARENA_NEW(&place.arena, struct conf);
	place.conf->server.state_dir = place.dir;
	place.conf->database = (struct conf_database){
		.dsn = "host=/nonexistent dbname=x",
		.admin_dsn = "",
		.pool_size = 1,
		.connect_timeout_ms = 1000,
		.statement_timeout_ms = 1000,
	};
	*state = &place;
	return 0;
}

/* The text of all files in the spool; they are removed. */
static size_t read_spool(const struct place *p, char *out)
{
	char path[600];
	const struct dirent *entry = NULL;
	size_t n = 0;

	(void)snprintf(path, sizeof(path), "%s/spool", p->dir);
	DIR *const d = opendir(path);
	while (d != NULL && (entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/spool/%s", p->dir,
			       entry->d_name);
		FILE *const f = fopen(path, "rb");
		assert_non_null(f);
		n += fread(out + n, 1, FILE_BYTES - 1 - n, f);
		(void)fclose(f);
		(void)unlink(path);
	}
	if (d != NULL)
		(void)closedir(d);
	out[n] = '\0';
	return n;
}

static int teardown(void **state)
{
	static char text[FILE_BYTES];
	struct place *const p = *state;
	char path[600];

	(void)read_spool(p, text);
	(void)snprintf(path, sizeof(path), "%s/spool", p->dir);
	(void)rmdir(path);
	arena_release(&p->arena);
	return rmdir(p->dir);
}

static void admissions(void **state)
{
	const struct place *const p = *state;
	struct errbuf e = {.code = ERR_OK};
	struct ledger *l = NULL;

	assert_int_equal(ledger_new(&l, p->conf, NULL, "test", &e), ERR_OK);
	for (int i = 0; i < 3; i++) {
		struct ledger_op op = {.kind = LEDGER_ADMIT};

		(void)snprintf(op.admit.request_id, sizeof(op.admit.request_id),
			       "req_%d", i);
		ledger_admit_wait(l, &op);
		assert_int_equal(op.admission.verdict, ERR_DB);
		assert_int_equal(op.admission.granted_output_tokens, 0);
		assert_non_null(strstr(op.err.detail, "/nonexistent"));
	}
	assert_int_equal(ledger_state(l, &e), ERR_DB);
	assert_non_null(strstr(e.detail, "[database] dsn"));
	ledger_free(l);
}

struct settled {
	struct ledger_op op; /* first: done() gets its address */
	struct ledger_settle settle;
	sem_t *done;
};

static void settled(struct ledger_op *op)
{
	(void)sem_post(((struct settled *)(void *)op)->done);
}

/* More than a batch, submitted at once: all are durable before done(). */
static void settlements(void **state)
{
	static struct settled ops[NOPS];
	static char text[FILE_BYTES];
	const struct place *const p = *state;
	struct errbuf e = {.code = ERR_OK};
	struct ledger *l = NULL;
	sem_t done;
	char id[64];

	assert_int_equal(sem_init(&done, 0, 0), 0);
	assert_int_equal(ledger_new(&l, p->conf, NULL, "test", &e), ERR_OK);
	for (int i = 0; i < NOPS; i++) {
		struct settled *const s = &ops[i];

		s->op.kind = LEDGER_SETTLE;
		s->op.settle = &s->settle;
		s->op.done = settled;
		s->done = &done;
		(void)snprintf(s->settle.request_id,
			       sizeof(s->settle.request_id), "req_%03d", i);
		ledger_submit(l, &s->op);
	}
	for (int i = 0; i < NOPS; i++)
		assert_int_equal(sem_wait(&done), 0);
	assert_in_range(read_spool(p, text), 1, FILE_BYTES - 1);
	for (int i = 0; i < NOPS; i++) {
		assert_int_equal(ops[i].op.result, ERR_OK);
		(void)snprintf(id, sizeof(id), "{\"request_id\":\"req_%03d\"",
			       i);
		const char *const at = strstr(text, id);
		assert_non_null(at);
		assert_null(strstr(at + 1, id));
	}
	ledger_free(l);
	(void)sem_destroy(&done);
}

/* Neither database nor disk: the caller hears of it. */
static void nowhere_to_write(void **state)
{
	struct place *const p = *state;
	struct errbuf e = {.code = ERR_OK};
	struct ledger *l = NULL;
	struct settled s = {.op = {.kind = LEDGER_SETTLE}};
	sem_t done;

	p->conf->server.state_dir = "/nonexistent";
	assert_int_equal(sem_init(&done, 0, 0), 0);
	s.op.settle = &s.settle;
	s.op.done = settled;
	s.done = &done;
	assert_int_equal(ledger_new(&l, p->conf, NULL, "test", &e), ERR_OK);
	ledger_submit(l, &s.op);
	assert_int_equal(sem_wait(&done), 0);
	assert_int_equal(s.op.result, ERR_IO);
	assert_non_null(strstr(s.op.err.detail, "[server] state_dir"));
	ledger_free(l);
	(void)sem_destroy(&done);
}

/* The end answers what is queued. */
static void end_with_work(void **state)
{
	static struct settled ops[NOPS];
	static char text[FILE_BYTES];
	const struct place *const p = *state;
	struct errbuf e = {.code = ERR_OK};
	struct ledger *l = NULL;
	sem_t done;
	int count = 0;

	assert_int_equal(sem_init(&done, 0, 0), 0);
	assert_int_equal(ledger_new(&l, p->conf, NULL, "test", &e), ERR_OK);
	for (int i = 0; i < NOPS; i++) {
		ops[i].op.kind = LEDGER_SETTLE;
		ops[i].op.settle = &ops[i].settle;
		ops[i].op.done = settled;
		ops[i].done = &done;
		ledger_submit(l, &ops[i].op);
	}
	ledger_free(l);
	assert_int_equal(sem_getvalue(&done, &count), 0);
	assert_int_equal(count, NOPS);
	assert_in_range(read_spool(p, text), 1, FILE_BYTES - 1);
	(void)sem_destroy(&done);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(admissions, setup, teardown),
		cmocka_unit_test_setup_teardown(settlements, setup, teardown),
		cmocka_unit_test_setup_teardown(nowhere_to_write, setup,
						teardown),
		cmocka_unit_test_setup_teardown(end_with_work, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
