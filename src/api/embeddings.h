#ifndef SLIPWAY_API_EMBEDDINGS_H
#define SLIPWAY_API_EMBEDDINGS_H

#include "base/err.h"

struct req;

/*
 * POST /v1/embeddings: texts, or tokens, become vectors.  A call like any
 * other: admitted, asked of the route's providers in turn, settled by their
 * usage. The handle() of its route; state is the struct app.
 */
enum err embeddings_create(struct req *req, void *state);

#endif
