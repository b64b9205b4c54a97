/*
 * Which schema the database has.  The ledger asks when it connects, /ready
 * with every check.
 */
#include "db/schema.h"

#include "base/num.h"
#include "db/db.h"
#include "db/kept.h"

#define VERSION_DIGITS 4
#define FRESH_MS       60000

/* 2 of "0002_docs"; 0 when there is none. */
static int64_t version_number(struct str name)
{
	int64_t v = 0;

	if (name.n < VERSION_DIGITS ||
	    num_parse_i64((struct str){name.p, VERSION_DIGITS}, 0, INT64_MAX,
			  &v) != ERR_OK)
		return 0;
	return v;
}

static enum err ask(struct db *db, const char *kept_in, struct arena *a,
		    struct str *name, struct errbuf *e)
{
	const struct db_kept q = {
		kept_in,
		FRESH_MS,
		"SELECT slipway.schema_version()",
		STR_NONE,
	};
	struct db_rows got;

	ERR_TRY(db_call_kept(db, a, &q, &got, e));
	*name = got.nrows == 1 ? db_str(&got, 0, 0) : STR_NONE;
	return ERR_OK;
}

enum err db_check_schema(struct db *db, const char *kept_in, struct arena *a,
			 struct errbuf *e)
{
	struct str name = STR_NONE;

	ERR_TRY(ask(db, kept_in, a, &name, e));
	/* it may have been migrated since */
	if (version_number(name) < DB_SCHEMA_VERSION && kept_in != NULL)
		ERR_TRY(ask(db, NULL, a, &name, e));
	if (version_number(name) >= DB_SCHEMA_VERSION)
		return ERR_OK;
	return err_set(e, ERR_CONFIG,
		       "the schema is at " STR_FMT " and this program needs "
		       "%04d; run `slipway migrate`",
		       STR_ARG(name.n > 0 ? name : STR("nothing")),
		       DB_SCHEMA_VERSION);
}
