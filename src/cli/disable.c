/*
 * `disable` and `enable`, of users and of tenants: their keys are refused, or
 * taken again, from the next request on.
 */
#include "cli/cli.h"

#include <stdio.h>

enum cli_exit cli_set_disabled(struct cli *cli, int argc, char **argv,
			       const struct cli_holder *holder, bool disabled)
{
	const char *tenant = NULL;
	const char *name = NULL;
	const struct cli_option options[] = {
		{.name = "--tenant", .value = &tenant},
	};
	size_t n = 0;

	if (cli_args(cli, argc, argv, options, holder->in_tenant ? 1 : 0, &name,
		     1, &n) != ERR_OK)
		return cli_usage(cli, argv[0]);
	if (n == 0)
		return cli_missing(cli, argv[0], holder->missing);
	const struct str params[] = {cli_user_name(cli, tenant, name),
				     str_from(disabled ? "true" : "false")};
	const enum err err = cli_call(cli, holder->sql, params, 2, NULL);
	if (err != ERR_OK)
		return cli_fail(cli, argv[0], err);
	(void)printf("the keys of %s%s are %s\n", holder->kind, name,
		     disabled ? "refused from now on" : "taken again");
	return CLI_OK;
}
