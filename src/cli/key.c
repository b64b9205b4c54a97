/*
 * `slipway key`: API keys.  A key is made here, printed once, and only its hash
 * goes to the database.
 */
#include "auth/key.h"
#include "base/clock.h"
#include "base/num.h"
#include "cli/commands.h"
#include "db/db.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* "90d" from now as a time for PostgreSQL; empty stays NULL. */
static enum err expiry(struct cli *cli, const char *text,
		       char out[static CLOCK_TEXT_BYTES], struct str *at)
{
	int64_t ms = 0;

	*at = STR_NONE;
	if (text == NULL)
		return ERR_OK;
	if (num_parse_ms(str_from(text), &ms) != ERR_OK || ms == 0)
		return err_set(&cli->err, ERR_INVALID_REQUEST,
			       "--expires takes a time from now, such as 90d "
			       "or 12h");
	*at = str_from(clock_format(num_add(clock_wall_ms(), ms), out));
	return ERR_OK;
}

/* What a key may do, as the arguments say. */
struct scope {
	const char *expires;
	const char *features;
	const char *models;
	const char *rpm;
	const char *usd;
};

/* Parameters 5 to 9 of slipway.key_create(). */
static enum err read_scope(struct cli *cli, const struct scope *s,
			   struct str params[static 5])
{
	char *const when = arena_alloc(&cli->arena, CLOCK_TEXT_BYTES);
	char *const rpm = arena_alloc(&cli->arena, CLI_NUMBER_BYTES);
	char *const usd = arena_alloc(&cli->arena, CLI_NUMBER_BYTES);

	ERR_TRY(expiry(cli, s->expires, when, &params[0]));
	params[1] = cli_list(cli, s->features);
	params[2] = cli_list(cli, s->models);
	ERR_TRY(cli_rpm(cli, s->rpm, rpm, &params[3]));
	return cli_usd(cli, s->usd, usd, &params[4]);
}

static enum err register_key(struct cli *cli, const char *key,
			     struct str params[static 9], struct db_rows *rows)
{
	char prefix[AUTH_PREFIX_BYTES];
	char hash[AUTH_HEX_BYTES];

	auth_key_prefix(str_from(key), prefix);
	auth_sha256_hex(str_from(key), hash);
	params[1] = str_from(hash);
	params[2] = str_from(prefix);
	return cli_call(cli,
			"SELECT slipway.key_create($1, $2, $3, $4, $5, $6, "
			"$7, $8, $9)",
			params, 9, rows);
}

/* A name that nothing has is a key that opens nothing, and no fault here. */
static void note_unknown(const struct cli *cli, const struct scope *s)
{
	struct str rest = str_from(s->features);
	struct str one;

	while (rest.n > 0) {
		(void)str_cut(rest, ',', &one, &rest);
		one = str_trim(one);
		if (one.n > 0 && conf_feature(&cli->conf, one) == NULL)
			(void)fprintf(stderr,
				      "note: there is no [feature " STR_FMT
				      "] in %s\n",
				      STR_ARG(one), cli->conf.path);
	}
	rest = str_from(s->models);
	while (rest.n > 0) {
		struct str provider;
		struct str model;
		(void)str_cut(rest, ',', &one, &rest);
		one = str_trim(one);
		(void)str_cut(one, '/', &provider, &model);
		if (provider.n > 0 &&
		    memchr(provider.p, '*', provider.n) == NULL &&
		    conf_provider(&cli->conf, provider) == NULL)
			(void)fprintf(stderr,
				      "note: there is no [provider " STR_FMT
				      "] in %s; a model is provider/model or "
				      "provider/*\n",
				      STR_ARG(provider), cli->conf.path);
	}
}

static enum cli_exit create(struct cli *cli, int argc, char **argv)
{
	const char *tenant = NULL;
	const char *label = "";
	const char *user = NULL;
	struct scope scope = {.expires = NULL};
	const struct cli_option options[] = {
		{.name = "--tenant", .value = &tenant},
		{.name = "--label", .value = &label},
		{.name = "--expires", .value = &scope.expires},
		{.name = "--feature", .value = &scope.features},
		{.name = "--model", .value = &scope.models},
		{.name = "--rpm", .value = &scope.rpm},
		{.name = "--daily-usd", .value = &scope.usd},
	};
	char key[AUTH_KEY_BYTES];
	struct str params[9];
	struct db_rows rows;
	size_t n = 0;

	if (cli_args(cli, argc, argv, options, 7, &user, 1, &n) != ERR_OK ||
	    read_scope(cli, &scope, &params[4]) != ERR_OK)
		return cli_usage(cli, argv[0]);
	if (n == 0)
		return cli_missing(cli, argv[0], "the USER it is for");
	auth_key_generate(key);
	params[0] = cli_user_name(cli, tenant, user);
	params[3] = str_from(label);
	const enum err err = register_key(cli, key, params, &rows);
	if (err != ERR_OK) {
		auth_key_wipe(key);
		return cli_fail(cli, argv[0], err);
	}
	/* the key alone on stdout, so that scripts can take it from there */
	(void)printf("%s\n", key);
	(void)fflush(stdout);
	auth_key_wipe(key);
	(void)fprintf(stderr,
		      "This is key %" PRId64 " of %s. It is not shown again.\n",
		      db_i64(&rows, 0, 0), user);
	note_unknown(cli, &scope);
	return CLI_OK;
}

static enum cli_exit list(struct cli *cli, int argc, char **argv)
{
	static const char *const titles[] = {"ID",      "TENANT",  "USER",
					     "PREFIX",  "LABEL",   "STATE",
					     "CREATED", "EXPIRES", "MAY"};
	static const struct cli_listing listing = {
		.sql = "SELECT id, tenant, \"user\", prefix, label, state, "
		       "to_char(created_at" CLI_MINUTE
		       ", to_char(expires_at" CLI_MINUTE ", "
		       "concat_ws('; ', "
		       "'features ' || array_to_string(features, ', '), "
		       "'models ' || array_to_string(models, ', '), "
		       "nullif(rpm, 0) || ' rpm', '$' || round("
		       "nullif(daily_cap_pico, -1) / 1e12, 2) || ' a day') "
		       "FROM slipway.key_list($1)",
		.titles = titles,
	};
	const char *tenant = NULL;
	const char *user = NULL;
	const struct cli_option options[] = {
		{.name = "--tenant", .value = &tenant},
	};
	struct str param = STR_NONE;
	size_t n = 0;

	if (cli_args(cli, argc, argv, options, 1, &user, 1, &n) != ERR_OK)
		return cli_usage(cli, argv[0]);
	if (user != NULL)
		param = cli_user_name(cli, tenant, user);
	return cli_show(cli, argv[0], &listing, &param, 1);
}

static enum cli_exit revoke(struct cli *cli, int argc, char **argv)
{
	const char *key = NULL;
	struct db_rows rows;
	size_t n = 0;

	if (cli_args(cli, argc, argv, NULL, 0, &key, 1, &n) != ERR_OK)
		return cli_usage(cli, argv[0]);
	if (n == 0)
		return cli_missing(cli, argv[0],
				   "the ID or the PREFIX that `slipway key "
				   "list` shows");
	const struct str param = str_from(key);
	const enum err err = cli_call(cli, "SELECT slipway.key_revoke($1)",
				      &param, 1, &rows);
	if (err != ERR_OK)
		return cli_fail(cli, argv[0], err);
	(void)printf("key %" PRId64 " is refused from now on\n",
		     db_i64(&rows, 0, 0));
	return CLI_OK;
}

enum cli_exit cli_key(struct cli *cli, int argc, char **argv)
{
	static const struct cli_action actions[] = {
		{"create", create},
		{"list", list},
		{"revoke", revoke},
	};

	return cli_dispatch(cli, argc, argv, actions, 3);
}
