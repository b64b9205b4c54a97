/*
 * `slipway probe`: look at the service as the workers see it, and write the
 * status page.  Run every minute by cron or a timer.  It writes a true page
 * also when nothing works, so what it finds down is no failure of its own.
 */
#include "base/clock.h"
#include "cli/commands.h"
#include "db/db.h"
#include "ops/publish.h"
#include "ops/selfcheck.h"
#include "ops/status_page.h"
#include "ops/status_store.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#define PROBE_TIMEOUT_MS 5000

/* Say on stderr what the public page must not tell. */
static void complain(const char *part, const struct errbuf *e)
{
	if (e->code != ERR_OK)
		(void)fprintf(stderr, "slipway probe: %s: %s\n", part,
			      e->detail);
}

static enum status_check ask_site(const struct cli *cli, const char *path)
{
	struct errbuf e = {0};
	const enum status_check c = selfcheck_get(cli->conf.server.public_url,
						  path, PROBE_TIMEOUT_MS, &e);

	complain(path, &e);
	return c;
}

/* What was seen and said before, from the file of this host. */
static void read_past(struct cli *cli, const char *path,
		      struct status_past *past)
{
	struct str text = STR_NONE;
	struct errbuf e = {0};

	if (access(path, F_OK) == 0 &&
	    cli_read_file(cli, path, STATUS_PAST_MAX_BYTES, &text) != ERR_OK) {
		complain("history", &cli->err);
		err_clear(&cli->err);
	}
	if (status_past_read(&cli->arena, text, past, &e) != ERR_OK)
		complain(path, &e);
}

static void write_past(const char *path, const struct status_past *past)
{
	struct errbuf e = {0};
	struct buf out;

	buf_init(&out, past->arena, STATUS_PAST_MAX_BYTES);
	status_past_write(past, &out);
	if (buf_err(&out) != ERR_OK ||
	    publish_file(path, buf_str(&out), &e) != ERR_OK) {
		(void)err_set(&e, ERR_TOO_LARGE, "too large to keep");
		complain("history", &e);
	}
}

static void look(struct cli *cli, struct db *db, struct status_facts *facts)
{
	struct errbuf e = {0};

	facts->database = STATUS_FAILED;
	if (db != NULL && status_ask(db, &cli->arena, facts, &e) == ERR_OK)
		facts->database = STATUS_PASSED;
	complain("database", &e);
	facts->web = ask_site(cli, "/healthz");
	facts->ready = ask_site(cli, "/ready");
	status_probe_providers(&cli->conf, &cli->arena, facts, complain);
	facts->now_ms = clock_wall_ms();
}

/* As a worker connects: its role, its timeouts.  NULL when it is away. */
static struct db *connect_db(struct cli *cli)
{
	struct errbuf e = {0};
	struct db *db = NULL;

	if (db_open(&db, &cli->conf.database, "slipway probe", &e) == ERR_OK)
		return db;
	complain("database", &e);
	db_close(db);
	return NULL;
}

static enum err probe(struct cli *cli, const char *dir, struct status_now *now)
{
	struct status_facts facts = {
		.documents = STATUS_UNKNOWN,
		.ttft_p50_ms = STATUS_UNKNOWN,
		.ttft_p95_ms = STATUS_UNKNOWN,
	};
	struct status_past *const past =
		ARENA_NEW(&cli->arena, struct status_past);
	const struct status_view view = {
		.conf = &cli->conf, .now = now, .past = past};
	struct errbuf e = {0};
	char path[PATH_MAX];
	struct db *const db = connect_db(cli);

	(void)snprintf(path, sizeof(path), "%s/status-history.json",
		       cli->conf.server.state_dir);
	look(cli, db, &facts);
	read_past(cli, path, past);
	status_judge(&cli->conf, &facts, now);
	status_past_apply(past, now);
	status_past_add(past, now);
	if (facts.database == STATUS_PASSED &&
	    status_exchange(db, past, &e) == ERR_OK) {
		/* an incident may be new */
		status_judge(&cli->conf, &facts, now);
		status_past_apply(past, now);
	}
	complain("history", &e);
	db_close(db);
	write_past(path, past);
	return status_publish(&view, dir, &cli->err);
}

enum cli_exit cli_probe(struct cli *cli, int argc, char **argv)
{
	const char *output = cli->conf.status.dir;
	const struct cli_option options[] = {
		{.name = "--output", .value = &output},
	};
	struct status_now *const now =
		ARENA_NEW(&cli->arena, struct status_now);
	size_t nwords = 0;

	if (cli_args(cli, argc, argv, options, 1, NULL, 0, &nwords) != ERR_OK)
		return cli_usage(cli, argv[0]);
	const enum err err = probe(cli, output, now);
	if (err != ERR_OK)
		return cli_fail(cli, argv[0], err);
	(void)printf("%s: %s\n", status_indicator_name(now->indicator),
		     now->banner);
	return CLI_OK;
}
