/*
 * `slipway probe`: look at the service as the workers see it, and write the
 * status file.  Run every minute by cron or a timer.  It writes a true file
 * also when nothing works, so what it finds down is no failure of its own.
 */
#include "base/clock.h"
#include "cli/commands.h"
#include "db/db.h"
#include "ops/publish.h"
#include "ops/selfcheck.h"
#include "ops/status.h"

#include <stdio.h>

#define PROBE_FILE_BYTES ((size_t)64 * 1024)
#define PROBE_TIMEOUT_MS 5000
#define WINDOW_BYTES     16

/* Columns of slipway.status_facts() and slipway.provider_health(). */
enum { FACT_DOCUMENTS, FACT_P50, FACT_P95 };
enum { HEALTH_PROVIDER, HEALTH_CALLS, HEALTH_ERRORS };

static int64_t known(const struct db_rows *r, size_t col)
{
	return db_str(r, 0, col).p != NULL ? db_i64(r, 0, col) : STATUS_UNKNOWN;
}

static enum err ask(struct db *db, struct arena *a, struct status_facts *f,
		    struct errbuf *e)
{
	char text[WINDOW_BYTES];
	struct db_rows facts;
	struct db_rows health;

	(void)snprintf(text, sizeof(text), "%d", STATUS_WINDOW_MINUTES);
	const struct str minutes = str_from(text);
	ERR_TRY(db_call(db, a,
			"SELECT documents, ttft_p50_ms, ttft_p95_ms "
			"FROM slipway.status_facts($1)",
			&minutes, 1, &facts, e));
	f->documents = known(&facts, FACT_DOCUMENTS);
	f->ttft_p50_ms = known(&facts, FACT_P50);
	f->ttft_p95_ms = known(&facts, FACT_P95);
	ERR_TRY(db_call(db, a,
			"SELECT provider, calls, errors "
			"FROM slipway.provider_health($1)",
			&minutes, 1, &health, e));
	struct status_traffic *const list =
		ARENA_ARRAY(a, health.nrows + 1, struct status_traffic);
	for (size_t i = 0; i < health.nrows; i++)
		list[i] = (struct status_traffic){
			.provider = db_str(&health, i, HEALTH_PROVIDER),
			.calls = db_i64(&health, i, HEALTH_CALLS),
			.errors = db_i64(&health, i, HEALTH_ERRORS),
		};
	f->traffic = list;
	f->ntraffic = health.nrows;
	return ERR_OK;
}

/* Say on stderr what the public file must not tell. */
static void complain(const char *part, const struct errbuf *e)
{
	if (e->code != ERR_OK)
		(void)fprintf(stderr, "slipway probe: %s: %s\n", part,
			      e->detail);
}

/* As a worker connects: its role, its timeouts. */
static void ask_database(struct cli *cli, struct status_facts *f)
{
	struct errbuf e = {0};
	struct db *db = NULL;
	enum err err = db_open(&db, &cli->conf.database, "slipway probe", &e);

	if (err == ERR_OK)
		err = ask(db, &cli->arena, f, &e);
	db_close(db);
	f->database = err == ERR_OK ? STATUS_PASSED : STATUS_FAILED;
	complain("database", &e);
}

static enum status_check ask_site(const struct cli *cli, const char *path)
{
	struct errbuf e = {0};
	const enum status_check c = selfcheck_get(cli->conf.server.public_url,
						  path, PROBE_TIMEOUT_MS, &e);

	complain(path, &e);
	return c;
}

enum cli_exit cli_probe(struct cli *cli, int argc, char **argv)
{
	const char *output = cli->conf.status.file;
	const struct cli_option options[] = {
		{.name = "--output", .value = &output},
	};
	struct status_facts facts = {
		.documents = STATUS_UNKNOWN,
		.ttft_p50_ms = STATUS_UNKNOWN,
		.ttft_p95_ms = STATUS_UNKNOWN,
	};
	struct buf out;
	size_t nwords = 0;

	if (cli_args(cli, argc, argv, options, 1, NULL, 0, &nwords) != ERR_OK)
		return cli_usage(cli, argv[0]);
	ask_database(cli, &facts);
	facts.web = ask_site(cli, "/healthz");
	facts.ready = ask_site(cli, "/ready");
	facts.now_ms = clock_wall_ms();
	buf_init(&out, &cli->arena, PROBE_FILE_BYTES);
	const enum status_indicator i = status_json(&cli->conf, &facts, &out);
	enum err err = buf_err(&out);
	if (err == ERR_OK)
		err = publish_file(output, buf_str(&out), &cli->err);
	if (err != ERR_OK)
		return cli_fail(cli, argv[0], err);
	(void)printf("%s: %s\n", status_indicator_name(i),
		     status_indicator_banner(i));
	return CLI_OK;
}
