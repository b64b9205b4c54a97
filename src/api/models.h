#ifndef SLIPWAY_API_MODELS_H
#define SLIPWAY_API_MODELS_H

#include "base/err.h"

struct db_pool;
struct req;
struct str;

/*
 * GET /v1/models and /v1/models/ID: what a caller may name as "model": the
 * features and aliases, and the models of the routes and of the price list,
 * as far as the scope of the key goes.  In Anthropic's shape for a client that
 * sends anthropic-version, else OpenAI's.
 */

/* path: as api_path() gave it; key_hash: of a key that was let in. */
enum err models_answer(struct req *req, struct str path, struct db_pool *pool,
		       const unsigned char *key_hash);

#endif
