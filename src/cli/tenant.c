/*
 * `slipway tenant`: organisations, each with its users, budget and time zone.
 */
#include "cli/commands.h"
#include "db/db.h"

#include <inttypes.h>
#include <stdio.h>

static enum cli_exit create(struct cli *cli, int argc, char **argv)
{
	const char *zone = "UTC";
	const char *name = NULL;
	const struct cli_option options[] = {
		{.name = "--timezone", .value = &zone},
	};
	struct db_rows rows;
	size_t n = 0;

	if (cli_args(cli, argc, argv, options, 1, &name, 1, &n) != ERR_OK)
		return cli_usage(cli, argv[0]);
	if (n == 0)
		return cli_missing(cli, argv[0], "the NAME of the tenant");
	const struct str params[] = {str_from(name), str_from(zone)};
	const enum err err = cli_call(
		cli, "SELECT slipway.tenant_create($1, $2)", params, 2, &rows);
	if (err != ERR_OK)
		return cli_fail(cli, argv[0], err);
	(void)printf("tenant %s has the id %" PRId64 "\n", name,
		     db_i64(&rows, 0, 0));
	return CLI_OK;
}

static enum cli_exit list(struct cli *cli, int argc, char **argv)
{
	static const char *const titles[] = {
		"ID",        "NAME", "TIMEZONE",    "USERS",
		"DAILY USD", "RPM",  "SPENT TODAY", "STATE"};
	static const struct cli_listing listing = {
		.sql = "SELECT id, name, timezone, users, "
		       "CASE daily_cap_pico WHEN -1 THEN 'none' ELSE "
		       "round(daily_cap_pico / 1e12, 2)::text END, "
		       "CASE rpm WHEN 0 THEN 'none' ELSE rpm::text END, "
		       "round((settled_pico + reserved_pico) / 1e12, 6), "
		       "CASE WHEN disabled_at IS NULL THEN 'in use' ELSE "
		       "'disabled' END FROM slipway.tenant_list()",
		.titles = titles,
	};
	size_t n = 0;

	if (cli_args(cli, argc, argv, NULL, 0, NULL, 0, &n) != ERR_OK)
		return cli_usage(cli, argv[0]);
	return cli_show(cli, argv[0], &listing, NULL, 0);
}

static enum cli_exit timezone_set(struct cli *cli, int argc, char **argv)
{
	const char *words[2] = {NULL, NULL};
	size_t n = 0;

	if (cli_args(cli, argc, argv, NULL, 0, words, 2, &n) != ERR_OK)
		return cli_usage(cli, argv[0]);
	if (n < 2)
		return cli_missing(cli, argv[0],
				   "the NAME of the tenant and a time zone, "
				   "such as Europe/Berlin");
	const struct str params[] = {str_from(words[0]), str_from(words[1])};
	const enum err err =
		cli_call(cli, "SELECT slipway.tenant_timezone_set($1, $2)",
			 params, 2, NULL);
	if (err != ERR_OK)
		return cli_fail(cli, argv[0], err);
	(void)printf("the days of tenant %s begin at midnight in %s from the "
		     "next call on\n",
		     words[0], words[1]);
	return CLI_OK;
}

static const struct cli_holder holder = {
	.sql = "SELECT slipway.tenant_disable($1, $2)",
	.missing = "the NAME of the tenant",
	.kind = "tenant ",
};

static enum cli_exit disable(struct cli *cli, int argc, char **argv)
{
	return cli_set_disabled(cli, argc, argv, &holder, true);
}

static enum cli_exit enable(struct cli *cli, int argc, char **argv)
{
	return cli_set_disabled(cli, argc, argv, &holder, false);
}

enum cli_exit cli_tenant(struct cli *cli, int argc, char **argv)
{
	static const struct cli_action actions[] = {
		{"create", create},         {"list", list},
		{"timezone", timezone_set}, {"disable", disable},
		{"enable", enable},
	};

	return cli_dispatch(cli, argc, argv, actions, 5);
}
