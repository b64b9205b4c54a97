#ifndef SLIPWAY_API_MODERATIONS_H
#define SLIPWAY_API_MODERATIONS_H

#include "base/err.h"

struct guard;
struct req;

/*
 * POST /v1/moderations: what the input guard of a feature ("model", else chat)
 * finds in texts.  The categories are the guard's own; nobody here judges
 * content, and no provider is asked.
 */
enum err moderations_answer(struct req *req, const struct guard *guard);

#endif
