#ifndef SLIPWAY_AUTH_VISITOR_H
#define SLIPWAY_AUTH_VISITOR_H

#include "auth/key.h"
#include "base/err.h"

struct conf;
struct conf_feature;
struct db;
struct jw;
struct people;
struct req;

/*
 * People who have not signed up: their browser solves a challenge, then they
 * have a few free messages of the features that let them in, and all of them
 * together a small budget: the one of the tenant anonymous.
 */

#define VISITOR_LIFETIME_MS (INT64_C(30) * 86400000)

/* The actions of /auth; not found where no feature lets visitors in. */
enum err visitor_challenge(struct req *req, struct people *p);
enum err visitor_enter(struct req *req, struct people *p);

/*
 * Take one of the free messages of a visitor; X-Messages-Remaining then says
 * how many are left.
 *
 * Returns ERR_OK, ERR_SIGN_UP when there is none, or as slipway.visitor_take().
 * Blocks: one query.
 */
ERR_MUST_USE enum err visitor_take(struct db *db, struct req *req,
				   const unsigned char hash[AUTH_HASH_BYTES],
				   const struct conf_feature *feature);

/* Write {"FEATURE": free messages} of the features that let visitors in. */
void visitor_write_free(struct jw *w, const char *name,
			const struct conf *conf);

#endif
