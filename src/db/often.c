/*
 * Statements that are sent again and again get a name on the server.  The name
 * comes from the text, so two versions of a statement never share one behind a
 * pooler, where sessions outlive their clients.
 */
#include "base/str.h"
#include "db/conn.h"
#include "db/db.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The place of sql; NULL when it was not sent before, or there is no place. */
static struct db_often *sent_before(struct db *db, const char *sql)
{
	for (size_t i = 0; i < db->noften; i++)
		if (db->often[i].sql == sql)
			return &db->often[i];
	if (db->noften < DB_OFTEN_MAX)
		db->often[db->noften++] = (struct db_often){.sql = sql};
	return NULL;
}

/* Does the server say that it has no such name, or not as it was? */
static bool name_failed(const struct db *db)
{
	return strcmp(db->sqlstate, "26000" /* unknown */) == 0 ||
	       strcmp(db->sqlstate, "42P05" /* there already */) == 0 ||
	       strcmp(db->sqlstate, "0A000" /* other columns */) == 0;
}

static enum err call_by_name(struct db *db, struct arena *a, struct db_often *o,
			     const struct db_statement *st, struct db_rows *out,
			     struct errbuf *e)
{
	if (!o->prepared) {
		(void)snprintf(o->name, sizeof(o->name), "slw_%016" PRIx64,
			       str_hash(str_from(st->sql)));
		ERR_TRY(db_prepare(db, o->name, st->sql, st->nparams, e));
		o->prepared = true;
	}
	const struct db_statement named = {
		.name = o->name, .params = st->params, .nparams = st->nparams};
	return db_run(db, a, &named, out, e);
}

enum err db_call_often(struct db *db, struct arena *a, const char *sql,
		       const struct str *params, size_t nparams,
		       struct db_rows *out, struct errbuf *e)
{
	const struct db_statement st = {
		.sql = sql, .params = params, .nparams = nparams};
	struct db_often *const o = db->nameless || db->in_transaction
					   ? NULL
					   : sent_before(db, sql);

	if (o != NULL) {
		const enum err err = call_by_name(db, a, o, &st, out, e);
		if (err == ERR_OK || !name_failed(db))
			return err;
		db->nameless = true;
		err_clear(e);
	}
	return db_run(db, a, &st, out, e);
}
