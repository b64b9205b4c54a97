/*
 * `slipway cap`: daily budgets and requests per minute of single users and
 * tenants.  Where they have none of their own, those of [limits] count.
 */
#include "base/num.h"
#include "cli/commands.h"
#include "db/db.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What `set` and `clear` are about. */
struct target {
	const char *words[2]; /* scope, name */
	const char *tenant;
	struct str name;
};

/* Check the words; the sentence of what is missing is in cli->err. */
static enum err read_target(struct cli *cli, size_t nwords, struct target *t)
{
	const char *const scope = t->words[0];

	if (nwords < 2 ||
	    (strcmp(scope, "user") != 0 && strcmp(scope, "tenant") != 0))
		return err_set(&cli->err, ERR_INVALID_REQUEST,
			       "say whose: `user NAME` or `tenant NAME`");
	if (strcmp(scope, "tenant") == 0 && t->tenant != NULL)
		return err_set(&cli->err, ERR_INVALID_REQUEST,
			       "--tenant goes with a user");
	t->name = cli_user_name(cli, t->tenant, t->words[1]);
	return ERR_OK;
}

static enum cli_exit set(struct cli *cli, int argc, char **argv)
{
	struct target t = {.tenant = NULL};
	const char *usd = NULL;
	const char *rpm = NULL;
	const struct cli_option options[] = {
		{.name = "--tenant", .value = &t.tenant},
		{.name = "--daily-usd", .value = &usd},
		{.name = "--rpm", .value = &rpm},
	};
	char usd_text[CLI_NUMBER_BYTES];
	char rpm_text[CLI_NUMBER_BYTES];
	struct str params[4];
	size_t n = 0;

	if (cli_args(cli, argc, argv, options, 3, t.words, 2, &n) != ERR_OK ||
	    read_target(cli, n, &t) != ERR_OK ||
	    cli_usd(cli, usd, usd_text, &params[2]) != ERR_OK ||
	    cli_rpm(cli, rpm, rpm_text, &params[3]) != ERR_OK)
		return cli_usage(cli, argv[0]);
	if (usd == NULL && rpm == NULL)
		return cli_missing(cli, argv[0], "--daily-usd or --rpm");
	params[0] = str_from(t.words[0]);
	params[1] = t.name;
	const enum err err = cli_call(
		cli, "SELECT slipway.cap_set($1, $2, $3, $4)", params, 4, NULL);
	if (err != ERR_OK)
		return cli_fail(cli, argv[0], err);
	(void)printf(
		"%s %s: the new limits hold now; who was just refused waits "
		"two seconds more\n",
		t.words[0], t.words[1]);
	return CLI_OK;
}

static enum cli_exit clear(struct cli *cli, int argc, char **argv)
{
	struct target t = {.tenant = NULL};
	const struct cli_option options[] = {
		{.name = "--tenant", .value = &t.tenant},
	};
	size_t n = 0;

	if (cli_args(cli, argc, argv, options, 1, t.words, 2, &n) != ERR_OK ||
	    read_target(cli, n, &t) != ERR_OK)
		return cli_usage(cli, argv[0]);
	const struct str params[] = {str_from(t.words[0]), t.name};
	const enum err err = cli_call(cli, "SELECT slipway.cap_clear($1, $2)",
				      params, 2, NULL);
	if (err != ERR_OK)
		return cli_fail(cli, argv[0], err);
	(void)printf("%s %s: the limits of the configuration hold again\n",
		     t.words[0], t.words[1]);
	return CLI_OK;
}

static void print_defaults(const struct conf_limits *l)
{
	char user[NUM_USD_BYTES];
	char tenant[NUM_USD_BYTES];
	char all[NUM_USD_BYTES];

	(void)printf("[limits] user %s USD a day, %" PRId64
		     " rpm; tenant %s USD a day, %" PRId64
		     " rpm; system %s USD a day; 0 rpm is no limit\n"
		     "A dash below means that these hold.\n\n",
		     num_format_usd(l->user_daily_pico, user), l->user_rpm,
		     num_format_usd(l->tenant_daily_pico, tenant),
		     l->tenant_rpm, num_format_usd(l->system_daily_pico, all));
}

static enum cli_exit show(struct cli *cli, int argc, char **argv)
{
	static const char *const titles[] = {
		"SCOPE", "NAME", "DAILY USD", "RPM", "SPENT TODAY", "RESERVED"};
	struct db_rows rows;
	size_t n = 0;

	if (cli_args(cli, argc, argv, NULL, 0, NULL, 0, &n) != ERR_OK)
		return cli_usage(cli, argv[0]);
	const enum err err = cli_call(
		cli,
		"SELECT scope, name, CASE daily_cap_pico WHEN -1 THEN 'none' "
		"ELSE to_char(daily_cap_pico / 1e12, "
		"'FM999999999990.009999999999') END, "
		"CASE rpm WHEN 0 THEN 'none' ELSE rpm::text END, "
		"round(settled_pico / 1e12, 6), round(reserved_pico / 1e12, 6) "
		"FROM (SELECT 1 AS o, 'tenant' AS scope, t.name, "
		"t.daily_cap_pico, t.rpm, t.settled_pico, t.reserved_pico "
		"FROM slipway.tenant_list() AS t UNION ALL "
		"SELECT 2, 'user', u.tenant || '/' || u.name, "
		"u.daily_cap_pico, u.rpm, u.settled_pico, u.reserved_pico "
		"FROM slipway.user_list() AS u) AS x ORDER BY o, name",
		NULL, 0, &rows);
	if (err != ERR_OK)
		return cli_fail(cli, argv[0], err);
	print_defaults(&cli->conf.limits);
	cli_table(titles, &rows);
	return CLI_OK;
}

enum cli_exit cli_cap(struct cli *cli, int argc, char **argv)
{
	static const struct cli_action actions[] = {
		{"set", set},
		{"clear", clear},
		{"show", show},
	};

	return cli_dispatch(cli, argc, argv, actions, 3);
}
