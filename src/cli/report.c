/*
 * `slipway report`: does the ledger agree with the provider's bill, and what
 * did readers say of answers?
 */
#include "base/clock.h"
#include "base/num.h"
#include "cli/commands.h"
#include "cli/eval.h"
#include "db/db.h"
#include "ops/usage.h"

#include <inttypes.h>
#include <stdio.h>

#define FILE_MAX_BYTES ((size_t)32 * 1024 * 1024)
#define MAX_FEEDBACK   10000

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

static enum cli_exit compare(struct cli *cli, int argc, char **argv)
{
	const char *path = NULL;
	const char *provider = "openai";
	const struct cli_option options[] = {
		{.name = "--provider", .value = &provider},
	};
	struct db_rows rows;
	size_t n = 0;

	if (cli_args(cli, argc, argv, options, 1, &path, 1, &n) != ERR_OK)
		return cli_usage(cli, argv[0]);
	if (n == 0)
		return cli_missing(cli, argv[0], "the FILE of the provider");
	const enum err err = reconcile(cli, path, provider, &rows);
	if (err != ERR_OK)
		return cli_fail(cli, argv[0], err);
	return print_rows(&rows) == 0 ? CLI_OK : CLI_FAILED;
}

static enum cli_exit feedback(struct cli *cli, int argc, char **argv)
{
	static const char *const titles[] = {"TIME", "USER", "REQUEST", "THUMB",
					     "COMMENT"};
	static const struct cli_listing listing = {
		.sql = "SELECT to_char(created_at" CLI_MINUTE ", "
		       "tenant || '/' || \"user\", request_id, "
		       "CASE WHEN rating > 0 THEN 'up' ELSE 'down' END, "
		       "comment FROM slipway.feedback_list($1, $2)",
		.titles = titles,
	};
	const char *since = "7d";
	const char *limit = "100";
	const struct cli_option options[] = {
		{.name = "--since", .value = &since},
		{.name = "--limit", .value = &limit},
	};
	char from[CLOCK_TEXT_BYTES];
	int64_t ms = 0;
	int64_t most = 0;
	size_t n = 0;

	if (cli_args(cli, argc, argv, options, 2, NULL, 0, &n) != ERR_OK)
		return cli_usage(cli, argv[0]);
	if (num_parse_ms(str_from(since), &ms) != ERR_OK ||
	    num_parse_i64(str_from(limit), 1, MAX_FEEDBACK, &most) != ERR_OK) {
		(void)err_set(&cli->err, ERR_INVALID_REQUEST,
			      "--since takes a time such as 7d, --limit a "
			      "number up to %d",
			      MAX_FEEDBACK);
		return cli_usage(cli, argv[0]);
	}
	const struct str params[] = {
		str_from(clock_format(clock_wall_ms() - ms, from)),
		str_from(limit)};
	return cli_show(cli, argv[0], &listing, params, 2);
}

enum cli_exit cli_report(struct cli *cli, int argc, char **argv)
{
	static const struct cli_action actions[] = {
		{"reconcile", compare},
		{"feedback", feedback},
		{"evals", cli_eval_past},
	};

	return cli_dispatch(cli, argc, argv, actions, 3);
}
