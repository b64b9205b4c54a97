/*
 * db/spool: what was acknowledged comes back, once, from our own file and from
 * those of dead processes, and nobody takes the file of a living one.
 */
#include "base/arena.h"
#include "db/spool.h"
#include "temp.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define TEXT_BYTES 65536

/* A state_dir of its own for each test. */
struct place {
	char dir[TEMP_BYTES];
};

/* What replay handed over, one entry a line. */
struct got {
	char text[TEXT_BYTES];
	size_t entries;
	size_t calls;
	enum err answer; /* what send says */
};

static int setup(void **state)
{
	static struct place place;

	*state = &place;
	return mkdtemp(temp_name(place.dir, "spool")) == NULL;
}

static void path_in(const struct place *p, const char *name, char out[1024])
{
	(void)snprintf(out, 1024, "%s/spool/%s", p->dir, name);
}

static size_t count_files(const struct place *p, bool remove_them)
{
	char path[1024];
	const struct dirent *entry = NULL;
	size_t n = 0;

	path_in(p, "", path);
	DIR *const d = opendir(path);
	if (d == NULL)
		return 0;
	while ((entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		n++;
		path_in(p, entry->d_name, path);
		if (remove_them)
			(void)unlink(path);
	}
	(void)closedir(d);
	return n;
}

static int teardown(void **state)
{
	char path[1024];

	(void)count_files(*state, true);
	path_in(*state, "", path);
	(void)rmdir(path);
	return rmdir(((struct place *)*state)->dir);
}

static enum err take(void *arg, const struct str *entries, size_t n)
{
	struct got *const g = arg;
	size_t used = strlen(g->text);

	g->calls++;
	if (g->answer != ERR_OK)
		return g->answer;
	for (size_t i = 0; i < n; i++) {
		assert_true(used + entries[i].n + 2 < sizeof(g->text));
		memcpy(g->text + used, entries[i].p, entries[i].n);
		used += entries[i].n;
		g->text[used++] = '\n';
		g->text[used] = '\0';
	}
	g->entries += n;
	return ERR_OK;
}

/* Replay until nothing is left. */
static void replay_all(struct spool *s, struct got *g)
{
	struct errbuf e = {.code = ERR_OK};
	bool more = true;

	*g = (struct got){.answer = ERR_OK};
	while (more)
		assert_int_equal(spool_replay(s, take, g, &more, &e), ERR_OK);
}

static void append(struct spool *s, const char *entry)
{
	const struct str text = str_from(entry);
	struct errbuf e = {.code = ERR_OK};

	assert_int_equal(spool_append(s, &text, 1, &e), ERR_OK);
}

static void own_file(void **state)
{
	static struct got g;
	const struct place *const p = *state;
	struct spool *const s = spool_new(p->dir);

	replay_all(s, &g);
	assert_int_equal(g.entries, 0);
	assert_int_equal(count_files(p, false), 0); /* nothing is made early */
	append(s, "{\"a\":1}");
	append(s, "{\"b\":2}");
	assert_int_equal(count_files(p, false), 1);
	replay_all(s, &g);
	assert_string_equal(g.text, "{\"a\":1}\n{\"b\":2}\n");
	assert_int_equal(count_files(p, false), 0);
	replay_all(s, &g);
	assert_int_equal(g.entries, 0);
	append(s, "{\"c\":3}");
	replay_all(s, &g);
	assert_string_equal(g.text, "{\"c\":3}\n");
	spool_free(s);
}

/* Entries that send refuses come again; those it took do not. */
static void refused(void **state)
{
	static struct got g;
	const struct place *const p = *state;
	struct spool *const s = spool_new(p->dir);
	struct errbuf e = {.code = ERR_OK};
	char entry[32];
	bool more = false;

	for (int i = 0; i < SPOOL_BATCH + 3; i++) {
		(void)snprintf(entry, sizeof(entry), "{\"n\":%d}", i);
		append(s, entry);
	}
	g = (struct got){.answer = ERR_DB};
	assert_int_equal(spool_replay(s, take, &g, &more, &e), ERR_DB);
	assert_true(more);
	g = (struct got){.answer = ERR_OK};
	assert_int_equal(spool_replay(s, take, &g, &more, &e), ERR_OK);
	assert_int_equal(g.entries, SPOOL_BATCH);
	g = (struct got){.answer = ERR_DB};
	assert_int_equal(spool_replay(s, take, &g, &more, &e), ERR_DB);
	append(s, "{\"n\":\"late\"}");
	replay_all(s, &g);
	assert_string_equal(g.text, "{\"n\":64}\n{\"n\":65}\n{\"n\":66}\n"
				    "{\"n\":\"late\"}\n");
	spool_free(s);
}

/* A process that dies with entries in its spool; the next one takes them. */
static void dead_process(void **state)
{
	static struct got g;
	const struct place *const p = *state;
	const pid_t child = fork();
	int status = 0;

	if (child == 0) {
		struct spool *const s = spool_new(p->dir);
		const struct str entry = STR("{\"orphan\":1}");
		struct errbuf e = {.code = ERR_OK};
		_exit(spool_append(s, &entry, 1, &e) == ERR_OK ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	struct spool *const s = spool_new(p->dir);
	append(s, "{\"own\":1}");
	replay_all(s, &g);
	assert_string_equal(g.text, "{\"own\":1}\n{\"orphan\":1}\n");
	assert_int_equal(count_files(p, false), 0);
	spool_free(s);
}

/* Two living spools: each keeps to its own file. */
static void living_process(void **state)
{
	static struct got g;
	const struct place *const p = *state;
	struct spool *const one = spool_new(p->dir);
	struct spool *const two = spool_new(p->dir);

	append(one, "{\"one\":1}");
	append(two, "{\"two\":2}");
	replay_all(two, &g);
	assert_string_equal(g.text, "{\"two\":2}\n");
	assert_int_equal(count_files(p, false), 1);
	spool_free(one); /* now it is dead, and its file for the taking */
	replay_all(two, &g);
	assert_string_equal(g.text, "{\"one\":1}\n");
	spool_free(two);
}

static void write_file(const struct place *p, const char *name,
		       const char *text)
{
	char path[1024];

	path_in(p, "", path);
	(void)mkdir(path, 0700);
	path_in(p, name, path);
	FILE *const f = fopen(path, "wb");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* A line without its end was never acknowledged; other files are not ours. */
static void torn_and_foreign(void **state)
{
	static struct got g;
	const struct place *const p = *state;
	struct spool *const s = spool_new(p->dir);

	write_file(p, "settle-1-aa.jsonl", "{\"whole\":1}\n{\"to");
	write_file(p, "settle-2-bb.jsonl", "");
	write_file(p, "settle-3-cc.jsonl", "{\"torn");
	write_file(p, "rejected.jsonl", "{\"rejected\":1}\n");
	write_file(p, "settle-4.jsonl.bak", "{\"backup\":1}\n");
	replay_all(s, &g);
	assert_string_equal(g.text, "{\"whole\":1}\n");
	assert_int_equal(count_files(p, false), 2);
	spool_free(s);
}

/* What stands behind a line that nobody of us wrote is still sent. */
static void damaged(void **state)
{
	static struct got g;
	static char text[300 * 1024];
	static const char end[] = "\n{\"after\":1}\n";
	const struct place *const p = *state;
	struct spool *const s = spool_new(p->dir);

	memset(text, 'x', sizeof(text));
	memcpy(text + sizeof(text) - sizeof(end), end, sizeof(end));
	write_file(p, "settle-1-aa.jsonl", text);
	replay_all(s, &g);
	assert_int_equal(g.entries, 2);
	assert_non_null(strstr(g.text, end));
	assert_int_equal(count_files(p, false), 0);
	spool_free(s);
}

static void reject(void **state)
{
	const struct place *const p = *state;
	struct spool *const s = spool_new(p->dir);
	struct errbuf e = {.code = ERR_OK};
	char path[1024];
	char line[64] = "";

	assert_int_equal(spool_reject(s, STR("{\"bad\":1}"), &e), ERR_OK);
	assert_int_equal(spool_reject(s, STR("{\"bad\":2}"), &e), ERR_OK);
	path_in(p, "rejected.jsonl", path);
	FILE *const f = fopen(path, "rb");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	assert_string_equal(line, "{\"bad\":1}\n");
	assert_non_null(fgets(line, sizeof(line), f));
	assert_string_equal(line, "{\"bad\":2}\n");
	(void)fclose(f);
	spool_free(s);
}

static enum err reject_first(void *arg, const struct str *entries, size_t n)
{
	static struct got g;
	struct errbuf e = {.code = ERR_OK};

	g = (struct got){.answer = ERR_OK};
	assert_int_equal(n, 3);
	assert_int_equal(spool_reject(arg, entries[0], &e), ERR_OK);
	assert_int_equal(take(&g, entries + 1, n - 1), ERR_OK);
	assert_string_equal(g.text, "{\"good\":2}\n{\"good\":3}\n");
	return ERR_OK;
}

/* The entries behind one that the database refuses are what they were. */
static void rejected_while_replayed(void **state)
{
	const struct place *const p = *state;
	struct spool *const s = spool_new(p->dir);
	struct errbuf e = {.code = ERR_OK};
	bool more = false;

	append(s, "{\"bad\":1}");
	append(s, "{\"good\":2}");
	append(s, "{\"good\":3}");
	assert_int_equal(spool_replay(s, reject_first, s, &more, &e), ERR_OK);
	spool_free(s);
}

static void no_folder(void **state)
{
	const struct str entry = STR("{}");
	static const char *const dirs[] = {"", "/nonexistent/slipway"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct spool *const s = spool_new(dirs[i]);
		struct errbuf e = {.code = ERR_OK};
		static struct got g;

		assert_int_equal(spool_append(s, &entry, 1, &e), ERR_IO);
		assert_non_null(strstr(e.detail, "[server] state_dir"));
		replay_all(s, &g); /* not worth an error: nothing is there */
		assert_int_equal(g.entries, 0);
		spool_free(s);
	}
}

/* The disk is full: the file is as before, and what is in it comes back. */
static void disk_full(void **state)
{
	static struct got g;
	const struct place *const p = *state;
	int status = 0;
	const pid_t child = fork();

	if (child == 0) {
		const struct str small = STR("{\"fits\":1}");
		const struct str big = {g.text, sizeof(g.text)};
		const struct rlimit limit = {1024, 1024};
		struct spool *const s = spool_new(p->dir);
		struct errbuf e = {.code = ERR_OK};

		memset(g.text, 'x', sizeof(g.text));
		(void)signal(SIGXFSZ, SIG_IGN);
		(void)setrlimit(RLIMIT_FSIZE, &limit);
		if (spool_append(s, &small, 1, &e) != ERR_OK)
			_exit(1);
		_exit(spool_append(s, &big, 1, &e) == ERR_IO ? 0 : 2);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	struct spool *const s = spool_new(p->dir);
	replay_all(s, &g);
	assert_string_equal(g.text, "{\"fits\":1}\n");
	spool_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(own_file, setup, teardown),
		cmocka_unit_test_setup_teardown(refused, setup, teardown),
		cmocka_unit_test_setup_teardown(dead_process, setup, teardown),
		cmocka_unit_test_setup_teardown(living_process, setup,
						teardown),
		cmocka_unit_test_setup_teardown(torn_and_foreign, setup,
						teardown),
		cmocka_unit_test_setup_teardown(damaged, setup, teardown),
		cmocka_unit_test_setup_teardown(reject, setup, teardown),
		cmocka_unit_test_setup_teardown(rejected_while_replayed, setup,
						teardown),
		cmocka_unit_test_setup_teardown(disk_full, setup, teardown),
		cmocka_unit_test(no_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
