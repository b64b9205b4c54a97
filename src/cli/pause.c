/*
 * `slipway pause` and `slipway resume`: the operator's switch.  It works at the
 * next admission, on all hosts; calls under way finish.
 */
#include "base/buf.h"
#include "cli/commands.h"
#include "db/db.h"

#include <stdio.h>

#define NAMES_BYTES ((size_t)16 * 1024)

static enum cli_exit list(struct cli *cli, const char *command)
{
	static const char *const titles[] = {"FEATURE", "SINCE", "REASON"};
	static const struct cli_listing listing = {
		.sql = "SELECT feature, to_char(since" CLI_MINUTE ", reason "
		       "FROM slipway.pause_list()",
		.titles = titles,
		.none = "nothing is paused",
	};

	return cli_show(cli, command, &listing, NULL, 0);
}

/*
 * A name that nothing has would be a pause that stops nothing, and who types
 * it is in a hurry.
 */
static enum err no_feature(struct cli *cli, const char *feature)
{
	struct buf names;

	buf_init(&names, &cli->arena, NAMES_BYTES);
	for (size_t i = 0; i < cli->conf.nfeatures; i++)
		buf_addf(&names, "%s%s", i > 0 ? ", " : "",
			 cli->conf.features[i].name);
	return err_set(&cli->err, ERR_NOT_FOUND,
		       "nothing was changed: there is no [feature %s] in %s, "
		       "which has %s; `slipway pause` without a name pauses "
		       "everything",
		       feature, cli->conf.path, buf_c(&names));
}

/* feature NULL: all of them */
static enum cli_exit set(struct cli *cli, const char *command,
			 const char *feature, bool paused, const char *reason)
{
	const struct str params[] = {str_from(feature),
				     str_from(paused ? "true" : "false"),
				     str_from(reason)};
	struct db_rows rows;

	if (feature != NULL &&
	    conf_feature(&cli->conf, str_from(feature)) == NULL) {
		if (paused)
			return cli_fail(cli, command, no_feature(cli, feature));
		(void)fprintf(stderr,
			      "slipway %s: note: there is no [feature %s] in "
			      "%s\n",
			      command, feature, cli->conf.path);
	}
	const enum err err = cli_call(
		cli, "SELECT slipway.pause_set($1, $2, $3)", params, 3, &rows);
	if (err != ERR_OK)
		return cli_fail(cli, command, err);
	const char *const what = feature != NULL ? feature : "everything";
	if (db_i64(&rows, 0, 0) == 0)
		(void)printf("%s %s already\n", what,
			     paused ? "was paused" : "was not paused");
	else
		(void)printf("%s %s\n", what, paused ? "is paused" : "goes on");
	return CLI_OK;
}

enum cli_exit cli_pause(struct cli *cli, int argc, char **argv)
{
	const char *reason = "";
	const char *feature = NULL;
	bool only_list = false;
	const struct cli_option options[] = {
		{.name = "--reason", .value = &reason},
		{.name = "--list", .flag = &only_list},
	};
	size_t n = 0;

	if (cli_args(cli, argc, argv, options, 2, &feature, 1, &n) != ERR_OK)
		return cli_usage(cli, argv[0]);
	if (only_list)
		return list(cli, argv[0]);
	return set(cli, argv[0], feature, true, reason);
}

enum cli_exit cli_resume(struct cli *cli, int argc, char **argv)
{
	const char *feature = NULL;
	size_t n = 0;

	if (cli_args(cli, argc, argv, NULL, 0, &feature, 1, &n) != ERR_OK)
		return cli_usage(cli, argv[0]);
	return set(cli, argv[0], feature, false, "");
}
