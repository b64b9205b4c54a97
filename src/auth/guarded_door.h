#ifndef SLIPWAY_AUTH_GUARDED_DOOR_H
#define SLIPWAY_AUTH_GUARDED_DOOR_H

#include "base/arena.h"
#include "base/err.h"

struct guard;
struct worker;

/*
 * The state of a route that spends nothing, but whose texts pass the guard.
 */
struct auth_guarded {
	struct arena arena;
	void *gate; /* a struct auth_gate */
	const struct guard *guard;
};

/* Its `open` and `close`. */
ERR_MUST_USE enum err auth_guarded_open(struct worker *w, void **state,
					struct errbuf *e);
void auth_guarded_close(void *state);

#endif
