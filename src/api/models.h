#ifndef SLIPWAY_API_MODELS_H
#define SLIPWAY_API_MODELS_H

#include "base/err.h"

struct ledger_admission;
struct req;
struct str;

/*
 * GET /v1/models and /v1/models/ID: what a caller may name as "model": the
 * features, the aliases, and with an admin's key the models of the routes.  In
 * Anthropic's shape for a client that sends anthropic-version, else OpenAI's.
 */

/* path: as api_path() gave it. */
enum err models_answer(struct req *req, struct str path,
		       const struct ledger_admission *who);

#endif
