#ifndef SLIPWAY_CLI_CLI_H
#define SLIPWAY_CLI_CLI_H

#include "base/arena.h"
#include "base/err.h"
#include "conf/conf.h"

struct db;

/* Exit statuses of the `slipway` command. */
enum cli_exit { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

/* What every subcommand gets: the configuration and one connection. */
struct cli {
	struct arena arena;
	struct conf conf;
	struct db *db; /* opened by cli_db(), closed by main */
	struct errbuf err;
};

/*
 * The connection, opened at first use: as the schema owner when [database]
 * admin_dsn is set, else as [database] dsn.
 */
ERR_MUST_USE enum err cli_db(struct cli *cli, struct db **out);

/*
 * Print what went wrong (a sentence for err, the detail of cli->err) to
 * stderr as "slipway COMMAND: …".  Returns CLI_FAILED.
 */
enum cli_exit cli_fail(struct cli *cli, const char *command, enum err err);

/*
 * One subcommand.  argv[0] is its name.  Each lives in cli/<name>.c and stands
 * in the table of main.c with its usage line.
 */
struct cli_command {
	const char *name;
	enum cli_exit (*run)(struct cli *cli, int argc, char **argv);
	const char *usage; /* "ingest PATH --collection NAME [--tenant NAME]" */
	const char *help;  /* one line */
};

#endif
