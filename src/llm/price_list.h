#ifndef SLIPWAY_LLM_PRICE_LIST_H
#define SLIPWAY_LLM_PRICE_LIST_H

#include "base/err.h"
#include "base/str.h"
#include "llm/price_import.h"
#include "json/json.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;

/* What the two readers of price lists share; for price_*.c only. */

struct price_reader {
	struct arena *arena;
	struct str today;
	bool dearest;
	struct price_import *out;
	size_t rows_cap;
	size_t skips_cap;
};

/* Prices of one entry as they are read; -1: the list has none. */
struct price_draft {
	int64_t input_pico;
	int64_t cache_read_pico;
	int64_t cache_write_pico;
	int64_t cache_write_1h_pico;
	int64_t output_pico;
	const char *why; /* NULL, or why it cannot be carried */
};

void price_draft_init(struct price_draft *d);

/*
 * Make *place what the JSON number v says.  per_million: v is dollars per
 * million tokens, else per token.  A number that does not come out even, or a
 * value that is no number, sets d->why.
 */
void price_draft_set(struct price_draft *d, int64_t *place, struct json v,
		     bool per_million);

/* Another tier of the same price: the dearer one, or d->why. */
void price_draft_tier(const struct price_reader *r, struct price_draft *d,
		      int64_t *place, struct json v, bool per_million);

/* Add it as a row, or as a skip with the reason why not. */
void price_add(struct price_reader *r, struct str provider, struct str model,
	       struct str valid_from, const struct price_draft *d);

void price_skip(struct price_reader *r, struct str provider, struct str model,
		const char *why);

/* The name under which we know a provider of the list. */
struct str price_provider_name(struct str name);

/* The readers: text is parsed already and of this format. */
ERR_MUST_USE enum err price_read_genai(struct price_reader *r,
				       struct json list);
ERR_MUST_USE enum err price_read_litellm(struct price_reader *r,
					 struct json models);

#endif
