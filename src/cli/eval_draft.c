/*
 * `slipway eval from-feedback`: answers that readers called bad, as cases that
 * wait for somebody to say what a right answer holds.  A draft without that is
 * refused by `slipway eval run`, so none passes by accident.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "base/num.h"
#include "cli/eval.h"
#include "db/db.h"
#include "json/json.h"

#include <stdio.h>

#define MAX_DRAFTS  10000
#define QUOTE_BYTES ((size_t)4 * 1024 * 1024)

enum {
	COL_TIME,
	COL_REQUEST,
	COL_COMMENT,
	COL_QUESTION,
	COL_ANSWER,
	COL_FEATURE,
	COL_PROMPT
};

/* A text in quotes, as JSON and YAML both read it. */
static void put_quoted(struct cli *cli, const char *lead, struct str text)
{
	struct buf quoted;

	buf_init(&quoted, &cli->arena, QUOTE_BYTES);
	json_quote(&quoted, text);
	(void)printf("%s", lead);
	cli_print(buf_str(&quoted), false);
	(void)printf("\n");
}

static void put_draft(struct cli *cli, const struct db_rows *rows, size_t i)
{
	const struct str id = db_str(rows, i, COL_REQUEST);
	const struct str question = db_str(rows, i, COL_QUESTION);

	if (question.n == 0) {
		(void)printf("  # " STR_FMT ", " STR_FMT
			     ": the question is not kept; "
			     "`slipway replay " STR_FMT "` has the rest\n",
			     STR_ARG(id), STR_ARG(db_str(rows, i, COL_TIME)),
			     STR_ARG(id));
		put_quoted(cli,
			   "  # the reader: ", db_str(rows, i, COL_COMMENT));
		return;
	}
	put_quoted(cli, "  - description: ", id);
	put_quoted(cli,
		   "    metadata:\n      tags: [feedback]\n      feature: ",
		   db_str(rows, i, COL_FEATURE));
	put_quoted(cli, "    vars:\n      question: ", question);
	(void)printf("    # " STR_FMT ", prompt " STR_FMT "\n",
		     STR_ARG(db_str(rows, i, COL_TIME)),
		     STR_ARG(db_str(rows, i, COL_PROMPT)));
	put_quoted(cli, "    # the reader: ", db_str(rows, i, COL_COMMENT));
	put_quoted(cli, "    # the answer: ", db_str(rows, i, COL_ANSWER));
	(void)printf("    assert: [] # say here what a right answer holds\n");
}

static enum err read_bad(struct cli *cli, int64_t ms, const char *limit,
			 struct db_rows *rows)
{
	char from[CLOCK_TEXT_BYTES];
	const struct str params[] = {
		str_from(clock_format(clock_wall_ms() - ms, from)),
		str_from(limit)};

	return cli_call(
		cli,
		"SELECT to_char(f.created_at" CLI_MINUTE
		", f.request_id, f.comment, "
		"f.question, f.answer, c.feature, left(c.prompt_version, 12) "
		"FROM slipway.feedback_list($1, 10000) AS f "
		"LEFT JOIN LATERAL slipway.call_find(f.request_id) AS c "
		"ON true WHERE f.rating < 0 LIMIT $2::integer",
		params, 2, rows);
}

enum cli_exit cli_eval_draft(struct cli *cli, int argc, char **argv)
{
	const char *since = "7d";
	const char *limit = "100";
	const struct cli_option options[] = {
		{.name = "--since", .value = &since},
		{.name = "--limit", .value = &limit},
	};
	struct db_rows rows;
	int64_t most = 0;
	int64_t ms = 0;
	size_t n = 0;

	if (cli_args(cli, argc, argv, options, 2, NULL, 0, &n) != ERR_OK)
		return cli_usage(cli, argv[0]);
	if (num_parse_ms(str_from(since), &ms) != ERR_OK ||
	    num_parse_i64(str_from(limit), 1, MAX_DRAFTS, &most) != ERR_OK) {
		(void)err_set(&cli->err, ERR_INVALID_REQUEST,
			      "--since takes a time such as 7d, --limit a "
			      "number up to %d",
			      MAX_DRAFTS);
		return cli_usage(cli, argv[0]);
	}
	enum err err =
		conf_load(&cli->arena, cli->conf_path, &cli->conf, &cli->err);
	if (err == ERR_OK)
		err = read_bad(cli, ms, limit, &rows);
	if (err != ERR_OK)
		return cli_fail(cli, argv[0], err);
	(void)printf("# %zu answers that readers called bad, of the last %s\n"
		     "prompts: ['{{question}}']\ntests:\n",
		     rows.nrows, since);
	for (size_t i = 0; i < rows.nrows; i++)
		put_draft(cli, &rows, i);
	return CLI_OK;
}
