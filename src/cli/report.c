/*
 * `slipway report reconcile`: does the ledger agree with the provider's bill?
 */
#include "cli/commands.h"
#include "db/db.h"
#include "ops/usage.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FILE_MAX_BYTES ((size_t)32 * 1024 * 1024)

enum { COL_DAY, COL_MODEL, COL_DIFFERS = 10 };

static size_t print_rows(const struct db_rows *r)
{
	static const char *const titles[] = {
		"DAY",   "MODEL",       "CALLS",  "THEIR CALLS",
		"INPUT", "THEIR INPUT", "OUTPUT", "THEIR OUTPUT",
		"USD",   "THEIR USD",   "DIFFERS"};
	size_t different = 0;

	cli_table(titles, r);
	for (size_t i = 0; i < r->nrows; i++) {
		if (!str_eq_c(db_str(r, i, COL_DIFFERS), "t"))
			continue;
		different++;
		(void)printf("differs: " STR_FMT " " STR_FMT "\n",
			     STR_ARG(db_str(r, i, COL_DAY)),
			     STR_ARG(db_str(r, i, COL_MODEL)));
	}
	(void)printf("%zu of %zu days and models differ\n", different,
		     r->nrows);
	return different;
}

static enum err reconcile(struct cli *cli, const char *path,
			  const char *provider, struct db_rows *rows)
{
	struct str text;
	struct buf list;
	size_t n = 0;

	ERR_TRY(cli_read_file(cli, path, FILE_MAX_BYTES, &text));
	buf_init(&list, &cli->arena, 4 * FILE_MAX_BYTES);
	ERR_TRY(usage_read(&cli->arena, text, &list, &n, &cli->err));
	if (n == 0)
		return err_set(&cli->err, ERR_INVALID_REQUEST,
			       "%s has no row with a model", path);
	const struct str params[] = {str_from(provider), buf_str(&list)};
	return cli_call(cli, "SELECT * FROM slipway.reconcile($1, $2::jsonb)",
			params, 2, rows);
}

enum cli_exit cli_report(struct cli *cli, int argc, char **argv)
{
	const char *words[2] = {NULL, NULL};
	const char *provider = "openai";
	const struct cli_option options[] = {
		{.name = "--provider", .value = &provider},
	};
	struct db_rows rows;
	size_t n = 0;

	if (cli_args(cli, argc, argv, options, 1, words, 2, &n) != ERR_OK ||
	    n != 2 || strcmp(words[0], "reconcile") != 0)
		return cli_usage(cli, argv[0]);
	const enum err err = reconcile(cli, words[1], provider, &rows);
	if (err != ERR_OK)
		return cli_fail(cli, argv[0], err);
	return print_rows(&rows) == 0 ? CLI_OK : CLI_FAILED;
}
