#ifndef SLIPWAY_LLM_FOLLOW_H
#define SLIPWAY_LLM_FOLLOW_H

#include "base/err.h"

struct req;

/*
 * GET /chat/stream?request_id=: what came of an answer after the event that
 * Last-Event-ID names, and what is still to come.  Only for who asked the
 * question; asks no provider and costs nothing.
 *
 * state is the struct app.  ERR_OK: the loop has req.
 */
enum err follow_stream(struct req *req, void *state);

/* DELETE /chat/stream?request_id=: the reader wants no more of it. */
enum err follow_stop(struct req *req, void *state);

#endif
