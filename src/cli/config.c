/*
 * `slipway config`: the effective configuration, or the table of all settings
 * for the README; `slipway config import-litellm`: one of LiteLLM's as ours.
 */
#include "base/buf.h"
#include "cli/commands.h"
#include "cli/litellm.h"
#include "llm/setup.h"
#include "json/yaml.h"

#include <stdio.h>
#include <string.h>

#define CONFIG_MAX_BYTES ((size_t)1024 * 1024)

/* A file that we make. */
static enum err write_file(struct cli *cli, const char *path,
			   const struct buf *text)
{
	FILE *const f = fopen(path, "we");

	if (f == NULL)
		return err_set(&cli->err, ERR_IO, "could not write %s", path);
	const bool ok = fputs(buf_c(text), f) >= 0;
	if (fclose(f) != 0 || !ok)
		return err_set(&cli->err, ERR_IO, "could not write %s", path);
	return ERR_OK;
}

/* JSON is YAML, but ours reads it with better errors. */
static enum err read_litellm(struct cli *cli, const char *path,
			     struct json *root)
{
	struct str text = STR_NONE;
	struct errbuf quiet = {.code = ERR_OK};
	struct buf json;

	ERR_TRY(cli_read_file(cli, path, CONFIG_MAX_BYTES, &text));
	if (json_parse(&cli->arena, text, root, &quiet) == ERR_OK)
		return ERR_OK;
	buf_init(&json, &cli->arena, 2 * CONFIG_MAX_BYTES);
	ERR_TRY(yaml_to_json(text, &json, &cli->err));
	return json_parse(&cli->arena, buf_str(&json), root, &cli->err);
}

static enum err import_litellm(struct cli *cli, const char *path,
			       const char *prices_path)
{
	struct buf prices;
	struct buf ini;
	struct json root;

	ERR_TRY(read_litellm(cli, path, &root));
	buf_init(&ini, &cli->arena, CONFIG_MAX_BYTES);
	buf_init(&prices, &cli->arena, CONFIG_MAX_BYTES);
	ERR_TRY(litellm_convert(&cli->arena, root, &ini, &prices, &cli->err));
	if (prices_path != NULL)
		ERR_TRY(write_file(cli, prices_path, &prices));
	else if (prices.n > 2)
		buf_add_c(&ini, "# Its prices: run this again with --prices "
				"FILE, then slipway prices import FILE\n");
	(void)fputs(buf_c(&ini), stdout);
	return ERR_OK;
}

static enum cli_exit config_import(struct cli *cli, int argc, char **argv)
{
	const char *prices = NULL;
	const char *file = NULL;
	const struct cli_option options[] = {
		{.name = "--prices", .value = &prices},
	};
	size_t n = 0;

	if (cli_args(cli, argc, argv, options, 1, &file, 1, &n) != ERR_OK)
		return cli_usage(cli, "config");
	if (n == 0)
		return cli_missing(cli, "config", "FILE");
	const enum err err = import_litellm(cli, file, prices);
	return err == ERR_OK ? CLI_OK : cli_fail(cli, "config", err);
}

enum cli_exit cli_config(struct cli *cli, int argc, char **argv)
{
	bool markdown = false;
	const struct cli_option options[] = {
		{.name = "--markdown", .flag = &markdown},
	};
	struct buf out;
	size_t nwords = 0;

	if (argc > 1 && strcmp(argv[1], "import-litellm") == 0)
		return config_import(cli, argc - 1, argv + 1);
	if (cli_args(cli, argc, argv, options, 1, NULL, 0, &nwords) != ERR_OK)
		return cli_usage(cli, argv[0]);
	buf_init(&out, &cli->arena, CONFIG_MAX_BYTES);
	if (markdown) {
		conf_print_markdown(&out);
	} else {
		enum err err = conf_load(&cli->arena, cli->conf_path,
					 &cli->conf, &cli->err);
		if (err == ERR_OK)
			err = setup_check(&cli->conf, &cli->err);
		if (err != ERR_OK)
			return cli_fail(cli, argv[0], err);
		conf_print(&cli->conf, &out);
	}
	(void)fputs(buf_c(&out), stdout);
	return CLI_OK;
}
