#ifndef SLIPWAY_LLM_INTERNAL_H
#define SLIPWAY_LLM_INTERNAL_H

#include "base/err.h"
#include "conf/conf.h"

#include <stdint.h>

struct arena;
struct call;
struct db;

/*
 * Calls that Slipway makes itself: probes and shadow traffic.  They go through
 * the same pipeline as all others, for a user of their own with a cap.
 */

/*
 * Let c be made by the user `name` of the tenant slipway, who may spend
 * daily_pico a day.
 *
 * Returns ERR_OK or what the database says.  Blocks: one query.
 */
ERR_MUST_USE enum err internal_identify(struct call *c, struct db *db,
					const char *name, int64_t daily_pico);

/* The feature f without prompt, documents and last tier; lives in a. */
struct conf_feature *internal_feature(struct arena *a,
				      const struct conf_feature *f);

#endif
