#ifndef SLIPWAY_GUARD_FIND_H
#define SLIPWAY_GUARD_FIND_H

#include "guard/detect.h"
#include "guard/scan.h"

#include <stdbool.h>
#include <stddef.h>

/* One pass over the window. */
struct guard_pass {
	struct guard_scan *s;
	struct guard_text t;
	size_t from;    /* what stands before was searched: no detector's */
	size_t no_sign; /* words that begin before it do not end in '@' */
	bool waits;     /* a detector said MORE at this byte */
	size_t waits_from;
	struct guard_hit hit;
	const struct vault_entry *entry; /* of a name that is put back */
	enum guard_action action;
};

/*
 * The first match in p->t, of a detector, a pattern or a name to put back.
 *
 * Returns YES with p->hit, p->action and, for a name, p->entry; MORE with
 * p->hit.from; or NO.  After these two p->from is where the next pass may
 * begin, for what a detector refused it refuses for good.  p->s->err is set
 * when a pattern cannot tell.
 */
enum guard_found guard_find(struct guard_pass *p);

/* From where on a byte that is to come may make a match of the text's end. */
size_t guard_tail_from(const struct guard_pass *p);

#endif
