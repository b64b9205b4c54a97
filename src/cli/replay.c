/*
 * `slipway replay`: the whole story of a request, from the tables and from the
 * log of this host: the answer to "what happened on req_...?".  What was said
 * is in neither, unless [feature] content keeps it.
 */
#include "cli/commands.h"
#include "db/db.h"
#include "json/json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LINE_BYTES ((size_t)64 * 1024)

/* One member as "name  value"; what is absent is passed over. */
static enum err print_member(void *arg, struct str name, struct json value)
{
	const char *const indent = arg;

	if (json_type(value) == JSON_NULL)
		return ERR_OK;
	const struct str text = json_type(value) == JSON_STRING
					? json_str(value)
					: json_text(value);
	if (text.n == 0)
		return ERR_OK;
	(void)printf("%s%-22.*s ", indent, (int)name.n, name.p);
	cli_print(text, true);
	(void)printf("\n");
	return ERR_OK;
}

static enum err print_object(const char *title, struct json v)
{
	static char indent[] = "  ";

	if (json_count(v) == 0)
		return ERR_OK;
	(void)printf("\n%s\n", title);
	return json_each(v, print_member, indent);
}

static enum err print_list(const char *title, struct json list)
{
	static char indent[] = "    ";

	if (json_count(list) == 0)
		return ERR_OK;
	(void)printf("\n%s\n", title);
	for (size_t i = 0; i < json_count(list); i++) {
		(void)printf("  %zu.\n", i + 1);
		ERR_TRY(json_each(json_at(list, i), print_member, indent));
	}
	return ERR_OK;
}

static enum err print_story(struct cli *cli, struct str text)
{
	struct json story;

	ERR_TRY(json_parse(&cli->arena, text, &story, &cli->err));
	ERR_TRY(print_object("The call", json_get(story, "call")));
	ERR_TRY(print_list("Attempts", json_get(story, "attempts")));
	ERR_TRY(print_object("Price of a million tokens, USD",
			     json_get(story, "price")));
	const struct str cost = json_str(json_get(story, "cost_by_price_usd"));
	if (cost.n > 0)
		(void)printf("\nBy this price the tokens cost " STR_FMT
			     " USD.\n",
			     STR_ARG(cost));
	ERR_TRY(print_list("Guards", json_get(story, "guard")));
	ERR_TRY(print_object("What was said", json_get(story, "content")));
	return print_list("Pauses around that time", json_get(story, "pauses"));
}

/* Lines of the log that name the request; *found: how many. */
static enum err print_log(struct cli *cli, const char *path, const char *id,
			  size_t *found)
{
	char *const line = arena_alloc(&cli->arena, LINE_BYTES);
	FILE *const f = fopen(path, "re");

	*found = 0;
	if (f == NULL)
		return err_set(&cli->err, ERR_IO, "cannot read %s: %s", path,
			       strerror(errno));
	while (fgets(line, (int)LINE_BYTES, f) != NULL) {
		if (strstr(line, id) == NULL)
			continue;
		if ((*found)++ == 0)
			(void)printf("\nLog lines of %s\n", path);
		(void)fputs(line, stdout);
		if (strchr(line, '\n') == NULL)
			(void)fputc('\n', stdout);
	}
	(void)fclose(f);
	return ERR_OK;
}

static enum err replay(struct cli *cli, const char *id, const char *log)
{
	const struct str param = str_from(id);
	struct db_rows rows;
	size_t lines = 0;

	ERR_TRY(cli_call(cli, "SELECT slipway.request_story($1)", &param, 1,
			 &rows));
	const struct str text = db_str(&rows, 0, 0);
	if (text.p != NULL)
		ERR_TRY(print_story(cli, text));
	if (log[0] != '\0')
		ERR_TRY(print_log(cli, log, id, &lines));
	if (text.p == NULL && lines == 0)
		return err_set(&cli->err, ERR_NOT_FOUND,
			       "neither the ledger nor the log knows %s", id);
	if (text.p == NULL)
		(void)printf("\nIt was not admitted (or its day was dropped), "
			     "so it cost nothing.\n");
	return ERR_OK;
}

enum cli_exit cli_replay(struct cli *cli, int argc, char **argv)
{
	const char *log = cli->conf.server.log_file;
	const char *id = NULL;
	const struct cli_option options[] = {
		{.name = "--log", .value = &log},
	};
	size_t n = 0;

	if (cli_args(cli, argc, argv, options, 1, &id, 1, &n) != ERR_OK)
		return cli_usage(cli, argv[0]);
	if (n == 0)
		return cli_missing(cli, argv[0],
				   "the id of a request, req_...");
	const enum err err = replay(cli, id, log);
	return err == ERR_OK ? CLI_OK : cli_fail(cli, argv[0], err);
}
