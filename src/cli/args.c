/*
 * Arguments of subcommands: long options and words, in any order.
 */
#include "base/str.h"
#include "cli/cli.h"

#include <string.h>

/* The arguments that are left, and the options there are. */
struct reader {
	struct cli *cli;
	const struct cli_option *options;
	size_t noptions;
	int argc;
	char **argv;
	int at; /* in argv */
};

static const struct cli_option *find_option(const struct reader *r,
					    struct str name)
{
	for (size_t i = 0; i < r->noptions; i++)
		if (str_eq_c(name, r->options[i].name))
			return &r->options[i];
	return NULL;
}

/* Take the option at r->at: `--name`, `--name=VALUE` or `--name VALUE`. */
static enum err take_option(struct reader *r)
{
	struct errbuf *const e = &r->cli->err;
	const char *const arg = r->argv[r->at];
	const char *const eq = strchr(arg, '=');
	const size_t n = eq != NULL ? (size_t)(eq - arg) : strlen(arg);
	const struct cli_option *const o = find_option(r, (struct str){arg, n});

	if (o == NULL)
		return err_set(e, ERR_INVALID_REQUEST, "unknown option %.*s",
			       (int)n, arg);
	if (o->flag != NULL && eq != NULL)
		return err_set(e, ERR_INVALID_REQUEST, "%s takes no value",
			       o->name);
	if (o->flag != NULL) {
		*o->flag = true;
		return ERR_OK;
	}
	if (eq == NULL && r->at + 1 >= r->argc)
		return err_set(e, ERR_INVALID_REQUEST, "%s needs a value",
			       o->name);
	*o->value = eq != NULL ? eq + 1 : r->argv[++r->at];
	return ERR_OK;
}

/* "-" alone is a word, as a file name it means standard input elsewhere */
static bool is_option(const char *arg)
{
	return arg[0] == '-' && arg[1] != '\0';
}

enum err cli_args(struct cli *cli, int argc, char **argv,
		  const struct cli_option *options, size_t noptions,
		  const char **words, size_t max_words, size_t *nwords)
{
	struct reader r = {cli, options, noptions, argc, argv, 1};
	bool only_words = false;

	*nwords = 0;
	for (; r.at < argc; r.at++) {
		const char *const arg = argv[r.at];

		if (!only_words && strcmp(arg, "--") == 0)
			only_words = true;
		else if (!only_words && is_option(arg))
			ERR_TRY(take_option(&r));
		else if (*nwords < max_words)
			words[(*nwords)++] = arg;
		else
			return err_set(&cli->err, ERR_INVALID_REQUEST,
				       "unexpected argument %s", arg);
	}
	return ERR_OK;
}

enum cli_exit cli_dispatch(struct cli *cli, int argc, char **argv,
			   const struct cli_action *actions, size_t n)
{
	char *const command = argv[0];

	for (size_t i = 0; argc > 1 && i < n; i++)
		if (strcmp(argv[1], actions[i].name) == 0) {
			argv[1] = command;
			return actions[i].run(cli, argc - 1, argv + 1);
		}
	if (argc > 1)
		(void)err_set(&cli->err, ERR_INVALID_REQUEST,
			      "there is no `%s %s`", command, argv[1]);
	else
		(void)err_set(&cli->err, ERR_INVALID_REQUEST, "say what to do");
	return cli_usage(cli, command);
}
