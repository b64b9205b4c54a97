/*
 * `slipway privacy`: what is kept of a person, and the end of it.
 */
#include "cli/commands.h"
#include "db/db.h"
#include "json/json.h"

#include <stdio.h>

static enum cli_exit export_user(struct cli *cli, int argc, char **argv)
{
	const char *tenant = NULL;
	const char *name = NULL;
	const struct cli_option options[] = {
		{.name = "--tenant", .value = &tenant},
	};
	struct db_rows rows;
	size_t n = 0;

	if (cli_args(cli, argc, argv, options, 1, &name, 1, &n) != ERR_OK)
		return cli_usage(cli, argv[0]);
	if (n == 0)
		return cli_missing(cli, argv[0], "the NAME of the user");
	const struct str user = cli_user_name(cli, tenant, name);
	const enum err err =
		cli_call(cli, "SELECT jsonb_pretty(slipway.privacy_export($1))",
			 &user, 1, &rows);
	if (err != ERR_OK)
		return cli_fail(cli, argv[0], err);
	(void)printf(STR_FMT "\n", STR_ARG(db_str(&rows, 0, 0)));
	return CLI_OK;
}

static enum err print_count(void *arg, struct str name, struct json value)
{
	(void)arg;
	if (json_type(value) != JSON_STRING)
		(void)printf("  %-14.*s " STR_FMT "\n", (int)name.n, name.p,
			     STR_ARG(json_text(value)));
	return ERR_OK;
}

static enum err purge(struct cli *cli, struct str user, bool account)
{
	const struct str params[] = {user, str_from(account ? "t" : "f")};
	struct db_rows rows;
	struct json done;

	ERR_TRY(cli_call(cli, "SELECT slipway.privacy_purge($1, $2)", params, 2,
			 &rows));
	ERR_TRY(json_parse(&cli->arena, db_str(&rows, 0, 0), &done, &cli->err));
	(void)printf("deleted rows:\n");
	ERR_TRY(json_each(done, print_count, NULL));
	const struct str left = json_str(json_get(done, "left"));
	(void)printf(account ? "the ledger knows the user as " STR_FMT " now\n"
			     : "the account " STR_FMT " stays\n",
		     STR_ARG(left));
	return ERR_OK;
}

static enum cli_exit purge_user(struct cli *cli, int argc, char **argv)
{
	const char *tenant = NULL;
	const char *name = NULL;
	bool keep = false;
	const struct cli_option options[] = {
		{.name = "--tenant", .value = &tenant},
		{.name = "--keep-account", .flag = &keep},
	};
	size_t n = 0;

	if (cli_args(cli, argc, argv, options, 2, &name, 1, &n) != ERR_OK)
		return cli_usage(cli, argv[0]);
	if (n == 0)
		return cli_missing(cli, argv[0], "the NAME of the user");
	const enum err err =
		purge(cli, cli_user_name(cli, tenant, name), !keep);
	return err == ERR_OK ? CLI_OK : cli_fail(cli, argv[0], err);
}

enum cli_exit cli_privacy(struct cli *cli, int argc, char **argv)
{
	static const struct cli_action actions[] = {
		{"export", export_user},
		{"purge", purge_user},
	};

	return cli_dispatch(cli, argc, argv, actions, 2);
}
