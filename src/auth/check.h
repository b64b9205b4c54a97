#ifndef SLIPWAY_AUTH_CHECK_H
#define SLIPWAY_AUTH_CHECK_H

#include "base/err.h"
#include "base/str.h"
#include "db/ledger.h"

struct arena;
struct auth_gate;
struct conf_limits;
struct db;
struct db_pool;

/* Who wants what; a key may be limited to some features and models. */
struct auth_question {
	const unsigned char *key_hash; /* LEDGER_HASH_BYTES */
	struct str feature;            /* p NULL: it does not matter */
	struct str model; /* provider/model that was named; p NULL: none */
};

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
ERR_MUST_USE enum err auth_check(struct db *db, struct arena *a,
				 const struct conf_limits *limits,
				 const struct auth_question *q,
				 struct ledger_admission *out,
				 struct errbuf *e);

/*
 * A door for such routes that remembers whom it turned away (refusals.h), so
 * that who hammers costs no database work.  Safe from any thread.
 *
 * pool, limits  borrowed until auth_gate_free()
 * Owns: end with auth_gate_free(), which leaves the pool alone.
 */
struct auth_gate *auth_gate_new(struct db_pool *pool,
				const struct conf_limits *limits);
void auth_gate_free(struct auth_gate *g);

/* The pool that it was made with. */
struct db_pool *auth_gate_pool(const struct auth_gate *g);

/*
 * auth_check() with a connection of the pool, or the answer from memory.
 *
 * address  of the client
 *
 * Blocks: until a connection is free, and one query.
 */
ERR_MUST_USE enum err
auth_gate_check(struct auth_gate *g, struct arena *a,
		const unsigned char key_hash[LEDGER_HASH_BYTES],
		struct str address, struct ledger_admission *out,
		struct errbuf *e);

#endif
