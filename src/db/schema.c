/*
 * Which schema the database has.  The ledger asks when it connects, /ready
 * with every check.
 */
#include "db/schema.h"

#include "base/num.h"
#include "db/db.h"

#define VERSION_DIGITS 4

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

enum err db_check_schema(struct db *db, struct arena *a, struct errbuf *e)
{
	struct db_rows got;
	struct str name = STR_NONE;

	ERR_TRY(db_call(db, a, "SELECT slipway.schema_version()", NULL, 0, &got,
			e));
	if (got.nrows == 1)
		name = db_str(&got, 0, 0);
	if (version_number(name) >= DB_SCHEMA_VERSION)
		return ERR_OK;
	return err_set(e, ERR_CONFIG,
		       "the schema is at " STR_FMT " and this program needs "
		       "%04d; run `slipway migrate`",
		       STR_ARG(name.n > 0 ? name : STR("nothing")),
		       DB_SCHEMA_VERSION);
}
