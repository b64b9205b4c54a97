/*
 * `slipway config`: the effective configuration, or the table of all settings
 * for the README.
 */
#include "base/buf.h"
#include "cli/commands.h"

#include <stdio.h>

#define CONFIG_MAX_BYTES ((size_t)1024 * 1024)

enum cli_exit cli_config(struct cli *cli, int argc, char **argv)
{
	bool markdown = false;
	const struct cli_option options[] = {
		{.name = "--markdown", .flag = &markdown},
	};
	struct buf out;
	size_t nwords = 0;

	if (cli_args(cli, argc, argv, options, 1, NULL, 0, &nwords) != ERR_OK)
		return cli_usage(cli, argv[0]);
	buf_init(&out, &cli->arena, CONFIG_MAX_BYTES);
	if (markdown) {
		conf_print_markdown(&out);
	} else {
		const enum err err = conf_load(&cli->arena, cli->conf_path,
					       &cli->conf, &cli->err);
		if (err != ERR_OK)
			return cli_fail(cli, argv[0], err);
		conf_print(&cli->conf, &out);
	}
	(void)fputs(buf_c(&out), stdout);
	return CLI_OK;
}
