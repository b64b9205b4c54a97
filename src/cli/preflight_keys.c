/*
 * Whom `slipway preflight` attacks as: a user with a small budget, enabled for
 * the run, and keys that end with it.
 */
#include "auth/key.h"
#include "base/clock.h"
#include "base/num.h"
#include "cli/preflight.h"
#include "db/db.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#define USER      "slipway-preflight"
#define KEY_MS    INT64_C(3600000)
#define IDS_BYTES ((size_t)256)

/* Make one key; NULL when that failed, with the reason in cli->err. */
static const char *make_key(struct preflight *p, const char *rpm,
			    const char *pico, struct buf *ids)
{
	struct cli *const cli = p->site.cli;
	char *const key = arena_alloc(&cli->arena, AUTH_KEY_BYTES);
	char until[CLOCK_TEXT_BYTES];
	char prefix[AUTH_PREFIX_BYTES];
	char hash[AUTH_HEX_BYTES];
	struct db_rows rows;

	auth_key_generate(key);
	auth_key_prefix(str_from(key), prefix);
	auth_sha256_hex(str_from(key), hash);
	const struct str params[] = {
		STR(USER),
		str_from(hash),
		str_from(prefix),
		str_from(clock_format(clock_wall_ms() + KEY_MS, until)),
		str_from(rpm),
		str_from(pico),
	};
	if (cli_call(cli,
		     "SELECT slipway.key_create($1, $2, $3, 'slipway "
		     "preflight', $4, NULL, NULL, $5, $6)",
		     params, 6, &rows) != ERR_OK)
		return NULL;
	db_array_str(ids, db_str(&rows, 0, 0));
	return site_bearer(&p->site, str_from(key));
}

static enum err make_user(struct cli *cli)
{
	char daily[CLI_NUMBER_BYTES];
	struct db_rows rows;

	(void)snprintf(daily, sizeof(daily), "%" PRId64, PREFLIGHT_DAILY_PICO);
	const struct str params[] = {STR(USER), str_from(daily)};
	ERR_TRY(cli_call(cli,
			 "SELECT count(*) FROM slipway.user_list('default') "
			 "WHERE name = $1",
			 params, 1, &rows));
	if (db_i64(&rows, 0, 0) == 0)
		ERR_TRY(cli_call(cli,
				 "SELECT slipway.user_create(NULL, $1, 'user')",
				 params, 1, NULL));
	return cli_call(cli,
			"SELECT slipway.user_disable($1, false), "
			"slipway.cap_set('user', $1, $2, 0)",
			params, 2, NULL);
}

void preflight_keys_make(struct preflight *p)
{
	struct cli *const cli = p->site.cli;
	struct buf ids;

	p->spends = p->site.header;
	p->why_no_keys = "there is no configuration here that names the "
			 "database: run it on the server, or with -c FILE";
	if (!p->site.has_conf)
		return;
	buf_init(&ids, &cli->arena, IDS_BYTES);
	db_array_begin(&ids);
	enum err err = make_user(cli);
	if (err == ERR_OK) {
		p->slow = make_key(p, "1", NULL, &ids);
		p->poor = make_key(p, NULL, "0", &ids);
		if (p->spends == NULL && !p->no_spend)
			p->spends = make_key(p, NULL, NULL, &ids);
	}
	db_array_end(&ids);
	p->key_ids = buf_str(&ids);
	if (err != ERR_OK || p->poor == NULL) {
		char *const why = arena_alloc(&cli->arena, PATH_MAX);
		(void)snprintf(why, PATH_MAX,
			       "keys for this run cannot be made (%s)",
			       cli->err.detail);
		p->why_no_keys = why;
		err_clear(&cli->err);
	}
}

void preflight_keys_end(struct preflight *p)
{
	struct cli *const cli = p->site.cli;
	const struct str params[] = {p->key_ids, STR(USER)};

	if (p->key_ids.n == 0)
		return;
	if (cli_call(cli,
		     "SELECT slipway.key_revoke(k), "
		     "slipway.user_disable($2, true) FROM "
		     "unnest($1::text[]) AS k",
		     params, 2, NULL) == ERR_OK)
		return;
	verdict_note(&p->site.verdicts, "A17 run-keys", VERDICT_WARN,
		     "the keys of this run could not be revoked (%s); they end "
		     "in an hour; or: slipway user disable " USER,
		     cli->err.detail);
	err_clear(&cli->err);
}
