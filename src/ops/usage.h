#ifndef SLIPWAY_OPS_USAGE_H
#define SLIPWAY_OPS_USAGE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stddef.h>

struct arena;

/*
 * A provider's export of what it says we used, for `slipway report
 * reconcile`.  Read are
 * - CSV (RFC 4180) with a header line, as the providers' consoles export it;
 * - JSON: a list of objects with the same names, or the answer of OpenAI's
 *   usage API ({"data": [{"start_time", "results": [...]}]}).
 *
 * Columns are known by name: the day by date, day, start_time_iso,
 * usage_date_utc or start_time (unix seconds), the model by model,
 * model_version or snapshot_id, and num_model_requests or requests,
 * input_tokens or prompt_tokens (cached ones included), output_tokens or
 * completion_tokens, cost_usd, cost or amount_value.  Others are ignored.
 */

/*
 * Append the rows as a JSON list of {"day": "YYYY-MM-DD", "model", "calls",
 * "input_tokens", "output_tokens", "cost_usd" or null} to out.
 *
 * Returns ERR_OK with the number of rows in *n, ERR_INVALID_REQUEST (e names
 * the line and what is wrong) or ERR_TOO_LARGE.
 */
ERR_MUST_USE enum err usage_read(struct arena *a, struct str text,
				 struct buf *out, size_t *n, struct errbuf *e);

#endif
