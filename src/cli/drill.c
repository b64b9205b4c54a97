/*
 * `slipway drill`: let a provider fail on purpose for a while, to see that the
 * fallback works, before it has to.
 */
#include "base/num.h"
#include "cli/commands.h"
#include "db/db.h"

#include <stdio.h>

#define DEFAULT_MS INT64_C(600000)
#define TEXT_BYTES 24

static enum cli_exit list(struct cli *cli, const char *command)
{
	static const char *const titles[] = {"PROVIDER", "SECONDS LEFT"};
	static const struct cli_listing listing = {
		.sql = "SELECT name, (for_ms + 999) / 1000 "
		       "FROM slipway.upstream_state() WHERE kind = 'drill' "
		       "ORDER BY name",
		.titles = titles,
		.none = "no drill is under way",
	};

	return cli_show(cli, command, &listing, NULL, 0);
}

static enum cli_exit set(struct cli *cli, const char *command,
			 const char *provider, int64_t seconds)
{
	char text[TEXT_BYTES];
	struct db_rows rows;

	(void)snprintf(text, sizeof(text), "%lld", (long long)seconds);
	const struct str params[] = {str_from(provider), str_from(text)};
	if (conf_provider(&cli->conf, str_from(provider)) == NULL) {
		(void)fprintf(stderr,
			      "slipway %s: there is no [provider %s] in %s\n",
			      command, provider, cli->conf.path);
		return CLI_FAILED;
	}
	const enum err err =
		cli_call(cli, "SELECT slipway.drill_set($1, $2::bigint)",
			 params, 2, &rows);
	if (err != ERR_OK)
		return cli_fail(cli, command, err);
	if (seconds > 0)
		(void)printf("%s fails on purpose for %lld s, from within 2 s "
			     "on; end it with: slipway drill --end %s\n",
			     provider, (long long)seconds, provider);
	else
		(void)printf(db_str(&rows, 0, 0).p != NULL
				     ? "%s is asked again\n"
				     : "there was no drill of %s\n",
			     provider);
	return CLI_OK;
}

enum cli_exit cli_drill(struct cli *cli, int argc, char **argv)
{
	const char *block = NULL;
	const char *end = NULL;
	const char *duration = NULL;
	const struct cli_option options[] = {
		{.name = "--block", .value = &block},
		{.name = "--end", .value = &end},
		{.name = "--for", .value = &duration},
	};
	int64_t ms = DEFAULT_MS;
	size_t n = 0;

	if (cli_args(cli, argc, argv, options, 3, NULL, 0, &n) != ERR_OK)
		return cli_usage(cli, argv[0]);
	if ((block != NULL && end != NULL) ||
	    (duration != NULL &&
	     (block == NULL ||
	      num_parse_ms(str_from(duration), &ms) != ERR_OK || ms < 1000)))
		return cli_usage(cli, argv[0]);
	if (block != NULL)
		return set(cli, argv[0], block, ms / 1000);
	if (end != NULL)
		return set(cli, argv[0], end, 0);
	return list(cli, argv[0]);
}
