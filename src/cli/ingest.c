/*
 * `slipway ingest`: index a folder of documents into a collection.
 */
#include "docs/ingest.h"
#include "base/arena.h"
#include "base/buf.h"
#include "cli/commands.h"

#include <stdio.h>
#include <unistd.h>

#define SUMMARY_BYTES 1024

/* A page may be made so that its tree is a thousand times its size. */
static void say_out_of_memory(void)
{
	static const char msg[] =
		"slipway ingest: out of memory: one document takes over 2 GiB "
		"to read; those before it, in the order of names, are "
		"indexed\n";
	const ssize_t n = write(STDERR_FILENO, msg, sizeof(msg) - 1);

	(void)n; /* nowhere else to say it */
}

static enum err parse(struct cli *cli, int argc, char **argv,
		      struct docs_ingest *job)
{
	const struct cli_option options[] = {
		{"--collection", &job->collection, NULL},
		{"--tenant", &job->tenant, NULL},
		{"--base-url", &job->base_url, NULL},
		{"--language", &job->language, NULL},
		{"--dry-run", NULL, &job->dry_run},
	};
	struct str tenant;
	struct str name;
	size_t nwords;

	ERR_TRY(cli_args(cli, argc, argv, options,
			 sizeof(options) / sizeof(options[0]), &job->path, 1,
			 &nwords));
	if (nwords == 0)
		return err_set(&cli->err, ERR_INVALID_REQUEST,
			       "the folder or file to index is missing");
	if (job->collection == NULL)
		return err_set(&cli->err, ERR_INVALID_REQUEST,
			       "--collection NAME is missing");
	/* TENANT/NAME, as [feature] collection has it */
	if (str_cut(str_from(job->collection), '/', &tenant, &name)) {
		job->tenant = str_dup(&cli->arena, tenant);
		job->collection = str_dup(&cli->arena, name);
	}
	return ERR_OK;
}

enum cli_exit cli_ingest(struct cli *cli, int argc, char **argv)
{
	struct docs_ingest job = {.tenant = "default"};
	struct docs_ingest_report report;
	struct buf line;
	struct db *db;

	if (parse(cli, argc, argv, &job) != ERR_OK)
		return cli_usage(cli, argv[0]);
	arena_on_exhaustion(say_out_of_memory);
	enum err err = cli_db(cli, &db);
	if (err == ERR_OK)
		err = docs_ingest(db, &cli->arena, &job, &report, &cli->err);
	if (err != ERR_OK)
		return cli_fail(cli, argv[0], err);
	buf_init(&line, &cli->arena, SUMMARY_BYTES);
	docs_ingest_summary(&report, &line);
	(void)printf("%s%s\n", job.dry_run ? "would be: " : "", buf_c(&line));
	if (!job.dry_run)
		(void)printf("collection %s: %lld documents, %lld chunks\n",
			     job.collection, (long long)report.ndocuments,
			     (long long)report.nchunks);
	return CLI_OK;
}
