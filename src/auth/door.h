#ifndef SLIPWAY_AUTH_DOOR_H
#define SLIPWAY_AUTH_DOOR_H

#include "base/err.h"

struct worker;

/*
 * The `open` and `close` of a route that spends nothing: its state is a struct
 * auth_gate over a pool of connections.
 */
ERR_MUST_USE enum err auth_door_open(struct worker *w, void **state,
				     struct errbuf *e);
void auth_door_close(void *state);

#endif
