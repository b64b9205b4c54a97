/*
 * Arguments of subcommands: long options and words, in any order.
 */
#include "base/str.h"
#include "cli/cli.h"

#include <string.h>

/* Set option o from argv[*i], which is `--name` or `--name=VALUE`. */
static enum err take_option(struct cli *cli, const struct cli_option *o,
			    const char *inline_value, int argc, char **argv,
			    int *i)
{
	if (o->flag != NULL && inline_value != NULL)
		return err_set(&cli->err, ERR_INVALID_REQUEST,
			       "%s takes no value", o->name);
	if (o->flag != NULL) {
		*o->flag = true;
		return ERR_OK;
	}
	if (inline_value == NULL && *i + 1 >= argc)
		return err_set(&cli->err, ERR_INVALID_REQUEST,
			       "%s needs a value", o->name);
	*o->value = inline_value != NULL ? inline_value : argv[++*i];
	return ERR_OK;
}

static enum err find_option(struct cli *cli, const struct cli_option *options,
			    size_t noptions, const char *arg,
			    const struct cli_option **found,
			    const char **inline_value)
{
	const char *const eq = strchr(arg, '=');
	const struct str name = {arg,
				 eq != NULL ? (size_t)(eq - arg) : strlen(arg)};

	*inline_value = eq != NULL ? eq + 1 : NULL;
	for (size_t i = 0; i < noptions; i++)
		if (str_eq_c(name, options[i].name)) {
			*found = &options[i];
			return ERR_OK;
		}
	return err_set(&cli->err, ERR_INVALID_REQUEST,
		       "unknown option " STR_FMT, STR_ARG(name));
}

enum err cli_args(struct cli *cli, int argc, char **argv,
		  const struct cli_option *options, size_t noptions,
		  const char **words, size_t max_words, size_t *nwords)
{
	bool only_words = false;

	*nwords = 0;
	for (int i = 1; i < argc; i++) {
		const struct cli_option *o = NULL;
		const char *value = NULL;

		if (!only_words && strcmp(argv[i], "--") == 0) {
			only_words = true;
			continue;
		}
		if (!only_words && argv[i][0] == '-' && argv[i][1] != '\0') {
			ERR_TRY(find_option(cli, options, noptions, argv[i], &o,
					    &value));
			ERR_TRY(take_option(cli, o, value, argc, argv, &i));
			continue;
		}
		if (*nwords == max_words)
			return err_set(&cli->err, ERR_INVALID_REQUEST,
				       "unexpected argument %s", argv[i]);
		words[(*nwords)++] = argv[i];
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
