#ifndef SLIPWAY_LLM_PRICE_IMPORT_H
#define SLIPWAY_LLM_PRICE_IMPORT_H

#include "base/err.h"
#include "base/str.h"
#include "llm/prices.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;

/*
 * Price lists that others keep: pydantic's genai-prices (prices/data.json and
 * its slim and v2 forms) and LiteLLM's model_prices_and_context_window.json.
 * Which one a file is shows in its shape.
 *
 * Decimals are read as text and become pico-dollars per token exactly; nothing
 * is rounded.  What cannot be carried is listed with its reason, never
 * guessed: a model without a price is refused at run time, one with a wrong
 * price costs somebody money.
 */

/*
 * One price of one model.  A cache price of -1 is not in the list;
 * slipway.price_upsert() knows what to put there.
 */
struct price_row {
	struct str provider; /* our names: aws and bedrock_converse: bedrock */
	struct str model;
	struct str valid_from; /* "2026-03-13"; empty: now */
	struct price price;
};

/* An entry that was not carried. */
struct price_skip {
	struct str provider;
	struct str model;
	const char *why;
};

struct price_import {
	const char *format; /* "genai-prices" or "litellm" */
	struct price_row *rows;
	size_t nrows;
	struct price_skip *skips;
	size_t nskips;
};

/*
 * Read a price list.
 *
 * today    "2026-11-22": which of several dated prices holds
 * dearest  take the dearest tier of a price that depends on the length of the
 *          input, instead of leaving the model out
 *
 * Rows come sorted and each (provider, model, valid_from) once: of two prices
 * for the same the dearer one stays.
 *
 * Returns ERR_OK, ERR_INVALID_JSON, or ERR_INVALID_REQUEST for another format.
 * Owns:  *out lives in a.
 */
ERR_MUST_USE enum err price_import_read(struct arena *a, struct str text,
					struct str today, bool dearest,
					struct price_import *out,
					struct errbuf *e);

#endif
