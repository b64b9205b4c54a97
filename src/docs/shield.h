#ifndef SLIPWAY_DOCS_SHIELD_H
#define SLIPWAY_DOCS_SHIELD_H

#include <stddef.h>

struct arena;
struct conf_feature;
struct docs_passage;
struct guard;
struct guard_report;

/*
 * Passages are data that somebody else wrote: leave out those that command a
 * model, and take private data out of the others, in place.
 *
 * f  the feature whose rules hold
 *
 * Returns how many are left, at the front and in order.
 */
size_t docs_shield(const struct guard *g, const struct conf_feature *f,
		   struct arena *a, struct docs_passage *passages, size_t n,
		   struct guard_report *r);

#endif
