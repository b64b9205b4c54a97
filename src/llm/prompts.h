#ifndef SLIPWAY_LLM_PROMPTS_H
#define SLIPWAY_LLM_PROMPTS_H

#include "base/err.h"

#include <stdbool.h>

struct arena;
struct conf;
struct conf_feature;
struct db;

/*
 * Prompts by version: what this worker is configured with is kept in the
 * database, and a feature that an admin pinned to an earlier version uses that
 * one.  Safe from any thread.
 */
struct prompts;

/* conf, kept_in (as in prices_new()): borrowed until prompts_free() */
ERR_MUST_USE enum err prompts_new(struct prompts **out, const struct conf *conf,
				  const char *kept_in, struct errbuf *e);
void prompts_free(struct prompts *p);

/* True when the pins were never read or are over a minute old. */
bool prompts_stale(struct prompts *p);

/* Register our own and read the pins.  Blocks: one query. */
ERR_MUST_USE enum err prompts_load(struct prompts *p, struct db *db,
				   struct errbuf *e);

/*
 * The feature as it is to be used: itself, or a copy in a with the prompt that
 * it is pinned to.
 */
const struct conf_feature *prompts_apply(struct prompts *p, struct arena *a,
					 const struct conf_feature *feature);

#endif
