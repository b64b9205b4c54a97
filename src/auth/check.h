#ifndef SLIPWAY_AUTH_CHECK_H
#define SLIPWAY_AUTH_CHECK_H

#include "base/err.h"
#include "db/ledger.h"

struct arena;
struct conf_limits;
struct db;

/*
 * Resolve an API key and count the request against its RPM limits, for routes
 * that spend nothing (slipway.key_check).  Routes that spend do it within
 * their admission.
 *
 * out  the verdict, who calls, and the RPM fields; the caps are not filled in
 *
 * Returns ERR_OK when the question was answered (see out->verdict) or ERR_DB.
 * Blocks: one query.
 */
ERR_MUST_USE enum err
auth_check(struct db *db, struct arena *a, const struct conf_limits *limits,
	   const unsigned char key_hash[LEDGER_HASH_BYTES],
	   struct ledger_admission *out, struct errbuf *e);

#endif
