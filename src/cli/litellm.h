#ifndef SLIPWAY_CLI_LITELLM_H
#define SLIPWAY_CLI_LITELLM_H

#include "base/buf.h"
#include "base/err.h"
#include "json/json.h"

struct arena;

/*
 * A LiteLLM configuration as one of ours.
 *
 * root    its YAML, parsed
 * ini     gets [provider], [feature] and comments that name what could not be
 *         carried over
 * prices  gets its prices as a list for `slipway prices import`; empty object
 *         when it has none
 *
 * Returns ERR_OK, or ERR_INVALID_REQUEST when it has no model_list.
 */
ERR_MUST_USE enum err litellm_convert(struct arena *a, struct json root,
				      struct buf *ini, struct buf *prices,
				      struct errbuf *e);

#endif
