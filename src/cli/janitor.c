/*
 * `slipway janitor`: the daily upkeep, for cron or a systemd timer.  Harmless
 * at any time and as often as one likes.
 */
#include "base/num.h"
#include "cli/commands.h"
#include "db/db.h"

#include <stdio.h>

#define DAYS_MAX 36500

static enum err check_days(struct cli *cli, const char *option,
			   const char *text)
{
	int64_t days = 0;

	if (text == NULL ||
	    num_parse_i64(str_from(text), 1, DAYS_MAX, &days) == ERR_OK)
		return ERR_OK;
	return err_set(&cli->err, ERR_INVALID_REQUEST,
		       "%s takes a number of days", option);
}

enum cli_exit cli_janitor(struct cli *cli, int argc, char **argv)
{
	const char *retention = NULL;
	const char *ahead = "14";
	const struct cli_option options[] = {
		{.name = "--retention-days", .value = &retention},
		{.name = "--ahead-days", .value = &ahead},
	};
	struct db_rows rows;
	size_t n = 0;

	if (cli_args(cli, argc, argv, options, 2, NULL, 0, &n) != ERR_OK ||
	    check_days(cli, "--retention-days", retention) != ERR_OK ||
	    check_days(cli, "--ahead-days", ahead) != ERR_OK)
		return cli_usage(cli, argv[0]);
	/* without a retention every call is kept */
	char days[16];
	if (retention == NULL && cli->conf.database.retention_days > 0) {
		(void)snprintf(days, sizeof(days), "%d",
			       (int)cli->conf.database.retention_days);
		retention = days;
	}
	const struct str params[] = {str_from(retention), str_from(ahead)};
	const enum err err = cli_call(
		cli, "SELECT action, detail FROM slipway.janitor($1, $2)",
		params, 2, &rows);
	if (err != ERR_OK)
		return cli_fail(cli, argv[0], err);
	const enum err tidied = cli_call(cli,
					 "SELECT slipway.people_tidy(), "
					 "slipway.streams_expire(NULL)",
					 NULL, 0, NULL);
	if (tidied != ERR_OK)
		return cli_fail(cli, argv[0], tidied);
	for (size_t i = 0; i < rows.nrows; i++)
		(void)printf(STR_FMT " " STR_FMT "\n",
			     STR_ARG(db_str(&rows, i, 0)),
			     STR_ARG(db_str(&rows, i, 1)));
	if (rows.nrows == 0)
		(void)printf("nothing to do\n");
	return CLI_OK;
}
