/*
 * `slipway user`: who may call.  Users are disabled, never deleted, because
 * the ledger refers to them.
 */
#include "auth/password.h"
#include "base/num.h"
#include "cli/commands.h"
#include "db/db.h"

#include <inttypes.h>
#include <stdio.h>

#define DAYS_MAX 36500

static enum cli_exit create(struct cli *cli, int argc, char **argv)
{
	const char *tenant = NULL;
	const char *name = NULL;
	bool admin = false;
	const struct cli_option options[] = {
		{.name = "--tenant", .value = &tenant},
		{.name = "--admin", .flag = &admin},
	};
	struct db_rows rows;
	size_t n = 0;

	if (cli_args(cli, argc, argv, options, 2, &name, 1, &n) != ERR_OK)
		return cli_usage(cli, argv[0]);
	if (n == 0)
		return cli_missing(cli, argv[0], "the NAME of the user");
	const struct str params[] = {str_from(tenant), str_from(name),
				     str_from(admin ? "admin" : "user")};
	const enum err err =
		cli_call(cli, "SELECT slipway.user_create($1, $2, $3)", params,
			 3, &rows);
	if (err != ERR_OK)
		return cli_fail(cli, argv[0], err);
	(void)printf("user %s has the id %" PRId64 "; give it a key with "
		     "`slipway key create`\n",
		     name, db_i64(&rows, 0, 0));
	return CLI_OK;
}

static enum cli_exit list(struct cli *cli, int argc, char **argv)
{
	static const char *const titles[] = {"TENANT",      "NAME",      "ROLE",
					     "KEYS",        "DAILY USD", "RPM",
					     "SPENT TODAY", "STATE"};
	static const struct cli_listing listing = {
		.sql = "SELECT tenant, name, role, keys, "
		       "CASE daily_cap_pico WHEN -1 THEN 'none' ELSE "
		       "round(daily_cap_pico / 1e12, 2)::text END, "
		       "CASE rpm WHEN 0 THEN 'none' ELSE rpm::text END, "
		       "round((settled_pico + reserved_pico) / 1e12, 6), "
		       "CASE WHEN disabled_at IS NULL THEN 'in use' ELSE "
		       "'disabled' END FROM slipway.user_list($1)",
		.titles = titles,
	};
	const char *tenant = NULL;
	const struct cli_option options[] = {
		{.name = "--tenant", .value = &tenant},
	};
	size_t n = 0;

	if (cli_args(cli, argc, argv, options, 1, NULL, 0, &n) != ERR_OK)
		return cli_usage(cli, argv[0]);
	const struct str param = str_from(tenant);
	return cli_show(cli, argv[0], &listing, &param, 1);
}

static enum cli_exit usage(struct cli *cli, int argc, char **argv)
{
	static const char *const titles[] = {"DAY", "CALLS", "SPENT USD",
					     "RESERVED USD"};
	static const struct cli_listing listing = {
		.sql = "SELECT day, calls, round(settled_pico / 1e12, 6), "
		       "round(reserved_pico / 1e12, 6) "
		       "FROM slipway.usage_of($1, $2)",
		.titles = titles,
		.none = "no calls on these days",
	};
	const char *tenant = NULL;
	const char *days = "30";
	const char *name = NULL;
	const struct cli_option options[] = {
		{.name = "--tenant", .value = &tenant},
		{.name = "--days", .value = &days},
	};
	int64_t number = 0;
	size_t n = 0;

	if (cli_args(cli, argc, argv, options, 2, &name, 1, &n) != ERR_OK)
		return cli_usage(cli, argv[0]);
	if (n == 0)
		return cli_missing(cli, argv[0], "the NAME of the user");
	if (num_parse_i64(str_from(days), 1, DAYS_MAX, &number) != ERR_OK) {
		(void)err_set(&cli->err, ERR_INVALID_REQUEST,
			      "--days takes a number of days");
		return cli_usage(cli, argv[0]);
	}
	const struct str params[] = {cli_user_name(cli, tenant, name),
				     str_from(days)};
	return cli_show(cli, argv[0], &listing, params, 2);
}

static const struct cli_holder holder = {
	.sql = "SELECT slipway.user_disable($1, $2)",
	.missing = "the NAME of the user",
	.kind = "",
	.in_tenant = true,
};

static enum cli_exit disable(struct cli *cli, int argc, char **argv)
{
	return cli_set_disabled(cli, argc, argv, &holder, true);
}

static enum cli_exit enable(struct cli *cli, int argc, char **argv)
{
	return cli_set_disabled(cli, argc, argv, &holder, false);
}

/* The first line of standard input; it stays out of the list of processes. */
static enum err read_password(struct cli *cli, struct str *out)
{
	struct str rest;
	struct str line;

	ERR_TRY(cli_read_file(cli, "/dev/stdin", PASSWORD_MAX_BYTES + 2,
			      &line));
	(void)str_cut(line, '\n', out, &rest);
	return ERR_OK;
}

static enum cli_exit password(struct cli *cli, int argc, char **argv)
{
	const char *tenant = NULL;
	const char *email = NULL;
	const char *name = NULL;
	const struct cli_option options[] = {
		{.name = "--tenant", .value = &tenant},
		{.name = "--email", .value = &email},
	};
	struct str text = STR_NONE;
	struct str hash = STR_NONE;
	size_t n = 0;

	if (cli_args(cli, argc, argv, options, 2, &name, 1, &n) != ERR_OK)
		return cli_usage(cli, argv[0]);
	if (n == 0)
		return cli_missing(cli, argv[0], "the NAME of the user");
	enum err err = read_password(cli, &text);
	if (err == ERR_OK)
		err = password_accept(text, str_from(name), &cli->err);
	if (err == ERR_OK)
		err = password_hash(&cli->arena, text, &hash, &cli->err);
	if (err != ERR_OK)
		return cli_fail(cli, argv[0], err);
	const struct str params[] = {cli_user_name(cli, tenant, name), hash,
				     str_from(email)};
	err = cli_call(cli, "SELECT slipway.password_set($1, $2, $3)", params,
		       3, NULL);
	if (err != ERR_OK)
		return cli_fail(cli, argv[0], err);
	(void)printf("%s can sign in with this password; open sessions have "
		     "ended\n",
		     name);
	return CLI_OK;
}

enum cli_exit cli_user(struct cli *cli, int argc, char **argv)
{
	static const struct cli_action actions[] = {
		{"create", create}, {"list", list},
		{"usage", usage},   {"disable", disable},
		{"enable", enable}, {"password", password},
	};

	return cli_dispatch(cli, argc, argv, actions, 6);
}
