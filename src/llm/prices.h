#ifndef SLIPWAY_LLM_PRICES_H
#define SLIPWAY_LLM_PRICES_H

#include "base/err.h"
#include "base/str.h"
#include "db/ledger.h"

#include <stdbool.h>
#include <stdint.h>

struct conf_provider;
struct db;

/*
 * Prices, from the table slipway.prices, kept in the process and read again
 * when older than a minute.  Safe from any thread.
 */
struct prices;

/* Pico-dollars per token. */
struct price {
	int64_t input_pico;
	int64_t cache_read_pico;
	int64_t cache_write_pico; /* 5 min */
	int64_t cache_write_1h_pico;
	int64_t output_pico;
};

/* kept_in: NULL, or the folder where processes share the table (db/kept.h) */
ERR_MUST_USE enum err prices_new(struct prices **out, const char *kept_in,
				 struct errbuf *e);
void prices_free(struct prices *p);

/* True when the table was never read or is over a minute old. */
bool prices_stale(struct prices *p);

/* Read the table.  Blocks: one query. */
ERR_MUST_USE enum err prices_load(struct prices *p, struct db *db,
				  struct errbuf *e);

/*
 * The price of "provider/model" now.  All zero for price = free and for kind
 * extract.
 *
 * Returns ERR_OK or ERR_UNPRICED.
 */
ERR_MUST_USE enum err prices_find(struct prices *p,
				  const struct conf_provider *conf,
				  struct str model, struct price *out);

/*
 * The most that a token of input can cost there.  OpenAI's dialect has caches
 * that are written without being asked; the other kinds write what is marked,
 * and nothing ever is.
 */
int64_t price_input_bound(const struct price *p,
			  const struct conf_provider *conf);

/* What this usage costs; saturates. */
int64_t price_cost(const struct price *p, const struct ledger_usage *u);

#endif
