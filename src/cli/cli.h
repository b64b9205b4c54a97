#ifndef SLIPWAY_CLI_CLI_H
#define SLIPWAY_CLI_CLI_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "conf/conf.h"

#include <stdbool.h>
#include <stddef.h>

struct db;
struct db_rows;

/* Exit statuses of the `slipway` command. */
enum cli_exit { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

/* What every subcommand gets: the configuration and one connection. */
struct cli {
	struct arena arena;
	const char *conf_path; /* of -c; NULL: conf_default_path() */
	struct conf conf;
	struct conf_database admin; /* how cli_db() connects */
	struct db *db;              /* opened by cli_db(), closed by main */
	char app_name[64];          /* "slipway LOGIN", for db */
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
 * Print what is wrong with the arguments (the detail of cli->err) and how the
 * command is used, to stderr.  Returns CLI_USAGE.
 */
enum cli_exit cli_usage(struct cli *cli, const char *command);

/* cli_usage() for an argument that is not there. */
enum cli_exit cli_missing(struct cli *cli, const char *command,
			  const char *what);

/*
 * One subcommand.  argv[0] is its name.  Each lives in cli/<name>.c and stands
 * in the table of main.c with its usage line.
 */
struct cli_command {
	const char *name;
	enum cli_exit (*run)(struct cli *cli, int argc, char **argv);
	const char *usage; /* "ingest PATH --collection NAME [--tenant NAME]" */
	const char *help;  /* one line */
	bool without_conf; /* runs before the configuration is read */
};

/* An option: `--name VALUE` or `--name=VALUE`; without value `--name`. */
struct cli_option {
	const char *name;   /* "--label" */
	const char **value; /* set to what was given, or ... */
	bool *flag;         /* ... set to true; the other is NULL */
};

/*
 * Take argv apart: options anywhere, "--" ends them, the rest are words.
 *
 * words      argv's own strings, argv[0] not among them
 * max_words  more are an error
 *
 * Returns ERR_OK, or ERR_INVALID_REQUEST with the sentence in cli->err: end
 * with `return cli_usage(cli, argv[0])`.
 */
ERR_MUST_USE enum err cli_args(struct cli *cli, int argc, char **argv,
			       const struct cli_option *options,
			       size_t noptions, const char **words,
			       size_t max_words, size_t *nwords);

/* One action of a command: `slipway user create ...`. */
struct cli_action {
	const char *name;
	enum cli_exit (*run)(struct cli *cli, int argc, char **argv);
};

/* Run the action that argv[1] names, with argv[0] still the command. */
enum cli_exit cli_dispatch(struct cli *cli, int argc, char **argv,
			   const struct cli_action *actions, size_t n);

/*
 * Call a function of the schema on the connection of cli_db().  Parameters
 * and rows as in db_call().
 */
ERR_MUST_USE enum err cli_call(struct cli *cli, const char *sql,
			       const struct str *params, size_t nparams,
			       struct db_rows *rows);

/*
 * Print text that others wrote: a character that a terminal would obey, or
 * that turns the line around, becomes "?".  lines: line ends and tabs stay.
 */
void cli_print(struct str s, bool lines);

/*
 * "TENANT/NAME", which the functions of the schema take for a user; NAME alone
 * when tenant is NULL.
 */
struct str cli_user_name(struct cli *cli, const char *tenant, const char *name);

/* Whose keys `disable` refuses and `enable` takes again. */
struct cli_holder {
	const char *sql;     /* $1 the name, $2 disabled or not */
	const char *missing; /* what to say without a name */
	const char *kind;    /* before the name in what is printed */
	bool in_tenant;      /* takes --tenant */
};

/* `slipway … disable NAME` and `enable NAME`. */
enum cli_exit cli_set_disabled(struct cli *cli, int argc, char **argv,
			       const struct cli_holder *holder, bool disabled);

#define CLI_NUMBER_BYTES 24

/* "1.50" in pico-dollars, "none" as -1; without text SQL NULL. */
ERR_MUST_USE enum err cli_usd(struct cli *cli, const char *text,
			      char out[static CLI_NUMBER_BYTES],
			      struct str *param);

/* "20", "none" as 0; without text SQL NULL. */
ERR_MUST_USE enum err cli_rpm(struct cli *cli, const char *text,
			      char out[static CLI_NUMBER_BYTES],
			      struct str *param);

/* "a, b" as an array of PostgreSQL; without text SQL NULL. */
struct str cli_list(struct cli *cli, const char *text);

/* Print rows below titles, in aligned columns; SQL NULL as "-". */
void cli_table(const char *const *titles, const struct db_rows *rows);

/* Behind "to_char(column" in SQL: a moment as "2026-11-27 09:30Z". */
#define CLI_MINUTE " AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI\"Z\"')"

/* A question whose answer is a table. */
struct cli_listing {
	const char *sql;
	const char *const *titles; /* of its columns */
	const char *none; /* said instead of a table without rows; NULL: not */
};

/*
 * Ask as cli_call() does and print the table.
 *
 * Returns CLI_OK, or CLI_FAILED with the error printed.
 */
enum cli_exit cli_show(struct cli *cli, const char *command,
		       const struct cli_listing *listing,
		       const struct str *params, size_t nparams);

/*
 * Read a file of at most max bytes into cli->arena.
 *
 * Returns ERR_OK, ERR_IO or ERR_TOO_LARGE, with the path in cli->err.
 */
ERR_MUST_USE enum err cli_read_file(struct cli *cli, const char *path,
				    size_t max, struct str *out);

#endif
