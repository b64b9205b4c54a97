#ifndef SLIPWAY_DB_SCHEMA_H
#define SLIPWAY_DB_SCHEMA_H

#include "base/err.h"

struct arena;
struct db;

/* The first four digits of the migration that this program needs. */
#define DB_SCHEMA_VERSION 27

/*
 * Is the schema of the database new enough for this program?
 *
 * kept_in  NULL, or the folder where processes share the answer (db/kept.h)
 *
 * Returns ERR_OK, ERR_CONFIG (it is missing or too old: e says to run
 * `slipway migrate`) or ERR_DB.
 * Blocks: one query.
 */
ERR_MUST_USE enum err db_check_schema(struct db *db, const char *kept_in,
				      struct arena *a, struct errbuf *e);

#endif
