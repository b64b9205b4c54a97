/*
 * `slipway report evals`: the runs of evaluations that were kept, and the
 * cases of one.
 */
#include "base/clock.h"
#include "base/num.h"
#include "cli/eval.h"
#include "db/db.h"

#include <stdio.h>

#define MAX_RUNS 10000

static enum cli_exit list(struct cli *cli, const char *command, int64_t ms,
			  const char *limit)
{
	static const char *const titles[] = {
		"RUN", "TIME",   "PASSED", "FAILED", "ERRORS",   "NOT RUN",
		"USD", "P50 MS", "P95 MS", "TAG",    "REVISION", "SUITE"};
	static const struct cli_listing listing = {
		.sql = "SELECT id, to_char(created_at" CLI_MINUTE ", passed, "
		       "failed, errors, not_run, "
		       "trim_scale(cost_pico * 1e-12), p50_ms, "
		       "p95_ms, tag, left(revision, 12), suite "
		       "FROM slipway.eval_list($1, $2)",
		.titles = titles,
	};
	char from[CLOCK_TEXT_BYTES];
	const struct str params[] = {
		str_from(clock_format(clock_wall_ms() - ms, from)),
		str_from(limit)};

	return cli_show(cli, command, &listing, params, 2);
}

static enum cli_exit one(struct cli *cli, const char *command, const char *id)
{
	static const char *const titles[] = {"CASE",   "TARGET", "TRY", "STATE",
					     "FAILED", "USD",    "MS",  "MODEL",
					     "PROMPT", "REQUEST"};
	const struct str param = str_from(id);
	struct db_rows rows;
	const enum err err = cli_call(
		cli,
		"SELECT case_id, target, attempt, state, failed_checks, "
		"trim_scale(cost_pico * 1e-12), latency_ms, model_route, "
		"left(prompt_version, 12), request_id "
		"FROM slipway.eval_of($1::bigint)",
		&param, 1, &rows);

	if (err != ERR_OK)
		return cli_fail(cli, command, err);
	if (rows.nrows == 0) {
		(void)fprintf(stderr, "slipway %s: there is no run %s\n",
			      command, id);
		return CLI_FAILED;
	}
	cli_table(titles, &rows);
	return CLI_OK;
}

enum cli_exit cli_eval_past(struct cli *cli, int argc, char **argv)
{
	const char *since = "30d";
	const char *limit = "20";
	const char *run = NULL;
	const struct cli_option options[] = {
		{.name = "--since", .value = &since},
		{.name = "--limit", .value = &limit},
		{.name = "--run", .value = &run},
	};
	int64_t number = 0;
	int64_t ms = 0;
	size_t n = 0;

	if (cli_args(cli, argc, argv, options, 3, NULL, 0, &n) != ERR_OK)
		return cli_usage(cli, argv[0]);
	if (num_parse_ms(str_from(since), &ms) != ERR_OK ||
	    num_parse_i64(str_from(limit), 1, MAX_RUNS, &number) != ERR_OK ||
	    (run != NULL &&
	     num_parse_i64(str_from(run), 1, INT64_MAX, &number) != ERR_OK)) {
		(void)err_set(&cli->err, ERR_INVALID_REQUEST,
			      "--since takes a time such as 30d, --limit and "
			      "--run a number");
		return cli_usage(cli, argv[0]);
	}
	if (run != NULL)
		return one(cli, argv[0], run);
	return list(cli, argv[0], ms, limit);
}
