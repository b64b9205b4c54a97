/*
 * `slipway incident`: what the operator tells people on the status page.  The
 * next `slipway probe` shows it.
 */
#include "base/num.h"
#include "cli/commands.h"
#include "db/db.h"
#include "ops/status.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LIST_BYTES ((size_t)16 * 1024)

/* Is it a part that the status page has? */
static bool is_part(const struct conf *conf, struct str id)
{
	static const char *const ours[STATUS_OURS] = {"web", "chat",
						      "documents", "database"};
	struct str head;
	struct str name;

	for (size_t i = 0; i < STATUS_OURS; i++)
		if (str_eq_c(id, ours[i]))
			return true;
	(void)str_cut(id, ':', &head, &name);
	return str_eq_c(head, "upstream") && conf_provider(conf, name) != NULL;
}

/* "chat,upstream:openai" as a PostgreSQL array. */
static enum err parts_array(struct cli *cli, const char *text, struct str *out)
{
	struct buf list;
	struct str rest = str_from(text);
	struct str one;

	buf_init(&list, &cli->arena, LIST_BYTES);
	db_array_begin(&list);
	while (rest.n > 0) {
		(void)str_cut(rest, ',', &one, &rest);
		one = str_trim(one);
		if (!is_part(&cli->conf, one))
			return err_set(&cli->err, ERR_INVALID_REQUEST,
				       "there is no part \"" STR_FMT
				       "\"; there are web, chat, documents, "
				       "database and upstream:PROVIDER",
				       STR_ARG(str_utf8_prefix(one, 64)));
		db_array_str(&list, one);
	}
	db_array_end(&list);
	*out = buf_str(&list);
	return buf_err(&list);
}

struct news {
	const char *title;
	const char *message;
	const char *impact;
	const char *parts;
	const char *from; /* NULL: an incident */
	const char *until;
};

static enum cli_exit tell(struct cli *cli, const char *command,
			  const struct news *n)
{
	struct str parts = STR_NONE;
	struct db_rows rows;

	if (parts_array(cli, n->parts, &parts) != ERR_OK)
		return cli_usage(cli, command);
	const struct str params[] = {
		str_from(n->title),
		str_from(n->message != NULL ? n->message : n->title),
		str_from(n->impact),
		parts,
		str_from(n->from),
		str_from(n->until),
	};
	const enum err err = cli_call(
		cli, "SELECT slipway.incident_open($1, $2, $3, $4, $5, $6)",
		params, 6, &rows);
	if (err != ERR_OK)
		return cli_fail(cli, command, err);
	(void)printf("incident %" PRId64 " is on the status page after the "
		     "next `slipway probe`\n",
		     db_i64(&rows, 0, 0));
	return CLI_OK;
}

static enum cli_exit open_one(struct cli *cli, int argc, char **argv)
{
	struct news n = {.impact = "minor", .parts = ""};
	const struct cli_option options[] = {
		{.name = "--message", .value = &n.message},
		{.name = "--impact", .value = &n.impact},
		{.name = "--parts", .value = &n.parts},
	};
	size_t words = 0;

	if (cli_args(cli, argc, argv, options, 3, &n.title, 1, &words) !=
	    ERR_OK)
		return cli_usage(cli, argv[0]);
	if (words == 0)
		return cli_missing(cli, argv[0], "the TITLE");
	return tell(cli, argv[0], &n);
}

static enum cli_exit plan(struct cli *cli, int argc, char **argv)
{
	struct news n = {.impact = "none", .parts = ""};
	const struct cli_option options[] = {
		{.name = "--message", .value = &n.message},
		{.name = "--parts", .value = &n.parts},
		{.name = "--from", .value = &n.from},
		{.name = "--until", .value = &n.until},
	};
	size_t words = 0;

	if (cli_args(cli, argc, argv, options, 4, &n.title, 1, &words) !=
	    ERR_OK)
		return cli_usage(cli, argv[0]);
	if (words == 0)
		return cli_missing(cli, argv[0], "the TITLE");
	if (n.from == NULL || n.until == NULL)
		return cli_missing(cli, argv[0], "--from or --until");
	return tell(cli, argv[0], &n);
}

/* state NULL: as before */
static enum cli_exit go_on(struct cli *cli, const char *command, const char *id,
			   const char *state, const char *message)
{
	const struct str params[] = {str_from(id), str_from(state),
				     str_from(message)};
	int64_t number = 0;
	struct db_rows rows;

	if (num_parse_i64(str_from(id), 1, INT64_MAX, &number) != ERR_OK) {
		(void)err_set(&cli->err, ERR_INVALID_REQUEST,
			      "%s is not the number of an incident; `slipway "
			      "incident list` shows them",
			      id);
		return cli_usage(cli, command);
	}
	const enum err err =
		cli_call(cli, "SELECT slipway.incident_update($1, $2, $3)",
			 params, 3, &rows);
	if (err != ERR_OK)
		return cli_fail(cli, command, err);
	(void)printf("incident %s is %.*s\n", id, STR_ARG(db_str(&rows, 0, 0)));
	return CLI_OK;
}

static enum cli_exit update(struct cli *cli, int argc, char **argv)
{
	const char *id = NULL;
	const char *state = NULL;
	const char *message = NULL;
	const struct cli_option options[] = {
		{.name = "--message", .value = &message},
		{.name = "--state", .value = &state},
	};
	size_t words = 0;

	if (cli_args(cli, argc, argv, options, 2, &id, 1, &words) != ERR_OK)
		return cli_usage(cli, argv[0]);
	if (words == 0)
		return cli_missing(cli, argv[0], "the number of the incident");
	if (message == NULL)
		return cli_missing(cli, argv[0], "--message");
	return go_on(cli, argv[0], id, state, message);
}

static enum cli_exit resolve(struct cli *cli, int argc, char **argv)
{
	const char *id = NULL;
	const char *message = "This is over.";
	const struct cli_option options[] = {
		{.name = "--message", .value = &message},
	};
	size_t words = 0;

	if (cli_args(cli, argc, argv, options, 1, &id, 1, &words) != ERR_OK)
		return cli_usage(cli, argv[0]);
	if (words == 0)
		return cli_missing(cli, argv[0], "the number of the incident");
	return go_on(cli, argv[0], id, "resolved", message);
}

static enum cli_exit list(struct cli *cli, int argc, char **argv)
{
	static const char *const titles[] = {"ID",     "KIND",  "STATE",
					     "IMPACT", "SINCE", "UNTIL",
					     "PARTS",  "TITLE"};
	static const struct cli_listing listing = {
		.sql = "SELECT id, kind, state, impact, "
		       "to_char(starts_at" CLI_MINUTE
		       ", to_char(ends_at" CLI_MINUTE ", "
		       "array_to_string(components, ','), title "
		       "FROM slipway.incident_list($1)",
		.titles = titles,
		.none = "nothing is open",
	};
	bool all = false;
	const struct cli_option options[] = {{.name = "--all", .flag = &all}};
	size_t words = 0;

	if (cli_args(cli, argc, argv, options, 1, NULL, 0, &words) != ERR_OK)
		return cli_usage(cli, argv[0]);
	const struct str param = str_from(all ? "true" : "false");
	return cli_show(cli, argv[0], &listing, &param, 1);
}

enum cli_exit cli_incident(struct cli *cli, int argc, char **argv)
{
	static const struct cli_action actions[] = {
		{"open", open_one},   {"plan", plan}, {"update", update},
		{"resolve", resolve}, {"list", list},
	};

	return cli_dispatch(cli, argc, argv, actions, 5);
}
