/*
 * Thumbs and comments for answers, on their way to the database.
 */
#include "llm/feedback.h"

#include "base/buf.h"
#include "db/db.h"

#include <inttypes.h>

#define NUMBER_BYTES 24

static struct str number(struct arena *a, int64_t n)
{
	struct buf b;

	buf_init(&b, a, NUMBER_BYTES);
	buf_addf(&b, "%" PRId64, n);
	return buf_str(&b);
}

enum err feedback_put(struct db_pool *pool, struct arena *a,
		      const struct ledger_admission *who,
		      const struct feedback *f, struct errbuf *e)
{
	const struct str params[] = {
		number(a, who->tenant_id),
		number(a, who->user_id),
		f->request_id,
		number(a, f->rating),
		f->comment,
		f->question,
		f->answer,
	};
	struct db *db = NULL;

	ERR_TRY(db_pool_get(pool, &db, e));
	const enum err err = db_call(
		db, a,
		"SELECT slipway.feedback_put($1, $2, $3, $4, $5, $6, $7)",
		params, 7, NULL, e);
	db_pool_put(pool, db);
	return err;
}
