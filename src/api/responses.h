#ifndef SLIPWAY_API_RESPONSES_H
#define SLIPWAY_API_RESPONSES_H

#include "base/err.h"

#include <stdbool.h>

struct call;
struct req;

/*
 * The dialect of OpenAI's Responses, of POST /v1/responses, without state:
 * nothing is stored, so nothing earlier can be named.
 */

/* The handle() of its route; state is the struct app. */
enum err responses_create(struct req *req, void *state);

/* Have c answered in this dialect. */
void responses_encode_with(struct call *c, bool stream);

#endif
