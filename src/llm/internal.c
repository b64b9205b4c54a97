/*
 * Who makes the calls that nobody sent.
 */
#include "llm/internal.h"

#include "db/db.h"
#include "http/req.h"
#include "llm/call.h"

#include <stdio.h>

#define TEXT_BYTES 24

enum err internal_identify(struct call *c, struct db *db, const char *name,
			   int64_t daily_pico)
{
	char cap[TEXT_BYTES];
	struct db_rows rows;

	(void)snprintf(cap, sizeof(cap), "%lld", (long long)daily_pico);
	const struct str params[] = {str_from(name), str_from(cap)};
	ERR_TRY(db_call(db, &c->req->arena,
			"SELECT encode(slipway.internal_caller($1, "
			"$2::bigint), 'hex')",
			params, 2, &rows, &c->req->err));
	if (!id_unhex(db_str(&rows, 0, 0), c->op.admit.key_hash,
		      LEDGER_HASH_BYTES))
		return err_set(&c->req->err, ERR_INTERNAL,
			       "internal_caller() gave no hash");
	return ERR_OK;
}

struct conf_feature *internal_feature(struct arena *a,
				      const struct conf_feature *f)
{
	struct conf_feature *const out = ARENA_NEW(a, struct conf_feature);

	*out = *f;
	out->prompt = "";
	out->passages = 0;
	out->last_tier = false;
	out->continue_on_fallback = false;
	out->shadow = STR_NONE;
	/* a person's words belong to the person, not to a user of our own */
	out->content = CONF_CONTENT_NONE;
	/* it was judged when the person asked */
	out->guard.moderation = STR("off");
	return out;
}
