/*
 * `slipway ingest`: index a folder of documents into a collection.
 */
#include "docs/ingest.h"
#include "base/arena.h"
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#define SUMMARY_BYTES 1024

const struct cli_command cli_ingest;

/* The option's target, or NULL when nobody knows it. */
static const char **option(struct docs_ingest *job, const char *name)
{
	const struct {
		const char *name;
		const char **value;
	} options[] = {
		{"--collection", &job->collection},
		{"--tenant", &job->tenant},
		{"--base-url", &job->base_url},
		{"--language", &job->language},
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (strcmp(name, options[i].name) == 0)
			return options[i].value;
	}
	return NULL;
}

/* Fill job from the command line; false when it is not understood. */
static bool parse(struct docs_ingest *job, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char **const value = option(job, argv[i]);
		if (value != NULL && i + 1 < argc)
			*value = argv[++i];
		else if (strcmp(argv[i], "--dry-run") == 0)
			job->dry_run = true;
		else if (argv[i][0] != '-' && job->path == NULL)
			job->path = argv[i];
		else
			return false;
	}
	return job->path != NULL && job->collection != NULL;
}

static enum cli_exit run(struct cli *cli, int argc, char **argv)
{
	struct docs_ingest job = {.tenant = "default"};
	struct docs_ingest_report report;
	struct buf line;
	struct db *db;

	if (!parse(&job, argc, argv)) {
		(void)fprintf(stderr, "usage: slipway %s\n", cli_ingest.usage);
		return CLI_USAGE;
	}
	enum err err = cli_db(cli, &db);
	if (err == ERR_OK)
		err = docs_ingest(db, &cli->arena, &job, &report, &cli->err);
	if (err != ERR_OK)
		return cli_fail(cli, "ingest", err);
	buf_init(&line, &cli->arena, SUMMARY_BYTES);
	docs_ingest_summary(&report, &line);
	(void)printf("%s%s\n", job.dry_run ? "would be: " : "", buf_c(&line));
	if (!job.dry_run)
		(void)printf("collection %s: %lld documents, %lld chunks\n",
			     job.collection, (long long)report.ndocuments,
			     (long long)report.nchunks);
	return CLI_OK;
}

const struct cli_command cli_ingest = {
	.name = "ingest",
	.run = run,
	.usage = "ingest PATH --collection NAME [--tenant NAME] "
		 "[--base-url URL] [--language NAME] [--dry-run]",
	.help = "index a folder of HTML, Markdown or text for search",
};
