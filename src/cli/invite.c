/*
 * `slipway invite` and `slipway waitlist`: who may make an account.  A code is
 * made here, shown or mailed once, and only its hash goes to the database.
 */
#include "auth/key.h"
#include "base/num.h"
#include "cli/commands.h"
#include "db/db.h"
#include "net/mail.h"
#include "json/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DEFAULT_DAYS 7
#define LIMITS_BYTES ((size_t)2048)
#define LINK_BYTES   ((size_t)2048)
#define MAIL_BYTES   ((size_t)8 * 1024)

/* What an invite is to say. */
struct invite {
	const char *tenant;
	const char *email;
	const char *note;
	const char *daily_usd;
	const char *rpm;
	const char *days;
	bool admin;
};

/* "none" is no limit, which the schema writes as `none`. */
static enum err add_limits(struct cli *cli, const struct invite *v,
			   struct jw *w)
{
	int64_t pico = -1;
	int64_t rpm = 0;

	if (v->daily_usd != NULL) {
		if (strcmp(v->daily_usd, "none") != 0 &&
		    num_parse_usd(str_from(v->daily_usd), &pico) != ERR_OK)
			return err_set(&cli->err, ERR_INVALID_REQUEST,
				       "--daily-usd takes dollars, such as "
				       "0.50, or none");
		jw_int(w, "daily_cap_pico", pico);
	}
	if (v->rpm != NULL) {
		if (strcmp(v->rpm, "none") != 0 &&
		    num_parse_i64(str_from(v->rpm), 1, 1000000, &rpm) != ERR_OK)
			return err_set(&cli->err, ERR_INVALID_REQUEST,
				       "--rpm takes a number from 1 to "
				       "1000000, or none");
		jw_int(w, "rpm", rpm);
	}
	return ERR_OK;
}

static enum err limits_of(struct cli *cli, const struct invite *v,
			  struct str *out)
{
	struct buf b;
	struct jw w;

	buf_init(&b, &cli->arena, LIMITS_BYTES);
	jw_init(&w, &b);
	jw_open_object(&w, NULL);
	jw_c(&w, "role", v->admin ? "admin" : "user");
	if (v->email != NULL)
		jw_c(&w, "email", v->email);
	if (v->note != NULL)
		jw_c(&w, "note", v->note);
	ERR_TRY(add_limits(cli, v, &w));
	jw_close(&w);
	*out = buf_str(&b);
	return buf_err(&b);
}

/* A new code, registered; its id in *id. */
static enum err make(struct cli *cli, const struct invite *v,
		     char code[static AUTH_KEY_BYTES], int64_t *id)
{
	char days_text[24];
	char hash[AUTH_HEX_BYTES];
	int64_t days = DEFAULT_DAYS;
	struct db_rows rows;
	struct str limits;

	if (v->days != NULL &&
	    num_parse_i64(str_from(v->days), 1, 3650, &days) != ERR_OK)
		return err_set(&cli->err, ERR_INVALID_REQUEST,
			       "--days takes a number from 1 to 3650");
	if (v->email != NULL && !mail_address_ok(str_from(v->email)))
		return err_set(&cli->err, ERR_INVALID_REQUEST,
			       "%s is no e-mail address", v->email);
	ERR_TRY(limits_of(cli, v, &limits));
	(void)snprintf(days_text, sizeof(days_text), "%" PRId64, days);
	auth_key_generate(code);
	memcpy(code, "inv", 3);
	auth_sha256_hex(str_from(code), hash);
	const struct str params[] = {str_from(v->tenant), str_from(hash),
				     str_from(days_text), limits};
	ERR_TRY(cli_call(cli, "SELECT slipway.invite_create($1, $2, $3, $4)",
			 params, 4, &rows));
	*id = db_i64(&rows, 0, 0);
	return ERR_OK;
}

/* Where the code is used: a link, when we know our own address. */
static const char *link_of(struct cli *cli, const char *code)
{
	struct buf b;

	if (cli->conf.server.public_url[0] == '\0')
		return code;
	buf_init(&b, &cli->arena, LINK_BYTES);
	buf_addf(&b, "%s/login/?invite=%s", cli->conf.server.public_url, code);
	return buf_c(&b);
}

/* Mail the link to whom the invite is for. */
static enum err mail_link(struct cli *cli, const char *email, const char *link)
{
	struct buf text;

	buf_init(&text, &cli->arena, MAIL_BYTES);
	buf_addf(&text,
		 "You are invited to %s. This link makes an account for this "
		 "address, once:\n\n%s\n",
		 cli->conf.server.name, link);
	const struct mail m = {
		.to = email, .subject = "Your invite", .text = buf_c(&text)};
	return mail_send(&cli->conf.mail, &m, &cli->err);
}

/* The link to stdout, and by mail where that is set up. */
static enum cli_exit deliver(struct cli *cli, const char *command,
			     const struct invite *v, const char *code)
{
	const char *const link = link_of(cli, code);

	(void)printf("%s\n", link);
	(void)fflush(stdout);
	if (v->email == NULL || !mail_is_on(&cli->conf.mail))
		return CLI_OK;
	const enum err err = mail_link(cli, v->email, link);
	if (err != ERR_OK)
		return cli_fail(cli, command, err);
	(void)fprintf(stderr, "sent to %s\n", v->email);
	return CLI_OK;
}

static enum cli_exit create(struct cli *cli, int argc, char **argv)
{
	struct invite v = {0};
	const struct cli_option options[] = {
		{.name = "--tenant", .value = &v.tenant},
		{.name = "--email", .value = &v.email},
		{.name = "--note", .value = &v.note},
		{.name = "--daily-usd", .value = &v.daily_usd},
		{.name = "--rpm", .value = &v.rpm},
		{.name = "--days", .value = &v.days},
		{.name = "--admin", .flag = &v.admin},
	};
	char code[AUTH_KEY_BYTES];
	int64_t id = 0;
	size_t n = 0;

	if (cli_args(cli, argc, argv, options, 7, NULL, 0, &n) != ERR_OK)
		return cli_usage(cli, argv[0]);
	const enum err err = make(cli, &v, code, &id);
	if (err != ERR_OK)
		return cli_fail(cli, argv[0], err);
	(void)fprintf(stderr,
		      "This is invite %" PRId64 ". It makes one account and is "
		      "not shown again.\n",
		      id);
	return deliver(cli, argv[0], &v, code);
}

static enum cli_exit list(struct cli *cli, int argc, char **argv)
{
	static const char *const titles[] = {"ID",    "TENANT", "FOR",
					     "ROLE",  "NOTE",   "STATE",
					     "UNTIL", "USED BY"};
	static const struct cli_listing listing = {
		.sql = "SELECT id, tenant, email, role, note, state, "
		       "to_char(expires_at" CLI_MINUTE ", used_by "
		       "FROM slipway.invite_list($1)",
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

static enum cli_exit revoke(struct cli *cli, int argc, char **argv)
{
	const char *id = NULL;
	int64_t number = 0;
	size_t n = 0;

	if (cli_args(cli, argc, argv, NULL, 0, &id, 1, &n) != ERR_OK)
		return cli_usage(cli, argv[0]);
	if (n == 0 ||
	    num_parse_i64(str_from(id), 1, INT64_MAX, &number) != ERR_OK)
		return cli_missing(cli, argv[0],
				   "the ID that `slipway invite list` shows");
	const struct str param = str_from(id);
	const enum err err = cli_call(cli, "SELECT slipway.invite_revoke($1)",
				      &param, 1, NULL);
	if (err != ERR_OK)
		return cli_fail(cli, argv[0], err);
	(void)printf("invite %s is refused from now on\n", id);
	return CLI_OK;
}

enum cli_exit cli_invite(struct cli *cli, int argc, char **argv)
{
	static const struct cli_action actions[] = {
		{"create", create},
		{"list", list},
		{"revoke", revoke},
	};

	return cli_dispatch(cli, argc, argv, actions, 3);
}

/* The waitlist --------------------------------------------------------- */

static enum cli_exit wait_list(struct cli *cli, int argc, char **argv)
{
	static const char *const titles[] = {"ID", "EMAIL", "STATE", "SINCE",
					     "NOTE"};
	static const struct cli_listing listing = {
		.sql = "SELECT id, email, state, to_char(created_at" CLI_MINUTE
		       ", note FROM slipway.waitlist_list($1)",
		.titles = titles,
	};
	bool all = false;
	const struct cli_option options[] = {{.name = "--all", .flag = &all}};
	size_t n = 0;

	if (cli_args(cli, argc, argv, options, 1, NULL, 0, &n) != ERR_OK)
		return cli_usage(cli, argv[0]);
	const struct str param = all ? STR_NONE : STR("waiting");
	return cli_show(cli, argv[0], &listing, &param, 1);
}

static enum err decide(struct cli *cli, const char *who, const char *state,
		       const char **email)
{
	const struct str params[] = {str_from(who), str_from(state)};
	struct db_rows rows;

	ERR_TRY(cli_call(cli, "SELECT slipway.waitlist_decide($1, $2)", params,
			 2, &rows));
	*email = str_dup(&cli->arena, db_str(&rows, 0, 0));
	return ERR_OK;
}

static enum cli_exit approve(struct cli *cli, int argc, char **argv)
{
	struct invite v = {.note = "from the waitlist"};
	const char *who = NULL;
	const struct cli_option options[] = {
		{.name = "--tenant", .value = &v.tenant},
		{.name = "--daily-usd", .value = &v.daily_usd},
		{.name = "--rpm", .value = &v.rpm},
		{.name = "--days", .value = &v.days},
	};
	char code[AUTH_KEY_BYTES];
	int64_t id = 0;
	size_t n = 0;

	if (cli_args(cli, argc, argv, options, 4, &who, 1, &n) != ERR_OK)
		return cli_usage(cli, argv[0]);
	if (n == 0)
		return cli_missing(cli, argv[0], "the ID or the EMAIL");
	enum err err = decide(cli, who, "approved", &v.email);
	if (err == ERR_OK)
		err = make(cli, &v, code, &id);
	if (err != ERR_OK)
		return cli_fail(cli, argv[0], err);
	return deliver(cli, argv[0], &v, code);
}

static enum cli_exit reject(struct cli *cli, int argc, char **argv)
{
	const char *email = NULL;
	const char *who = NULL;
	size_t n = 0;

	if (cli_args(cli, argc, argv, NULL, 0, &who, 1, &n) != ERR_OK)
		return cli_usage(cli, argv[0]);
	if (n == 0)
		return cli_missing(cli, argv[0], "the ID or the EMAIL");
	const enum err err = decide(cli, who, "rejected", &email);
	if (err != ERR_OK)
		return cli_fail(cli, argv[0], err);
	(void)printf("%s is off the list\n", email);
	return CLI_OK;
}

enum cli_exit cli_waitlist(struct cli *cli, int argc, char **argv)
{
	static const struct cli_action actions[] = {
		{"list", wait_list},
		{"approve", approve},
		{"reject", reject},
	};

	return cli_dispatch(cli, argc, argv, actions, 3);
}
