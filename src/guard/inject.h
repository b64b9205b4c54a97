#ifndef SLIPWAY_GUARD_INJECT_H
#define SLIPWAY_GUARD_INJECT_H

#include "base/err.h"
#include "base/str.h"
#include "guard/norm.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct inject; /* compiled; immutable, for all threads */

/*
 * Compile the phrases; brief: for one request.  ERR_CONFIG is our bug.
 */
ERR_MUST_USE enum err inject_new(struct arena *a, const struct guard_norm *norm,
				 bool brief, const struct inject **out,
				 struct errbuf *e);

/*
 * How much text looks like an attempt to overrule the instructions of a model:
 * 0 not at all, 100 for one clear phrase, more for several.  Spellings that
 * hide it (look-alikes, 1gn0r3, i g n o r e, base64) count like the plain one.
 *
 * a  for the copies that this takes
 */
int64_t inject_score(const struct inject *in, struct arena *a, struct str text);

#endif
