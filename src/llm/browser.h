#ifndef SLIPWAY_LLM_BROWSER_H
#define SLIPWAY_LLM_BROWSER_H

#include "base/err.h"

struct req;

/*
 * The dialect of browsers without JavaScript: a form with the fields `message`,
 * `feature` and, for who is not signed in, `key`; the answer is a page.
 *
 * The handle() of its route; state is the struct app.
 */
enum err browser_chat(struct req *req, void *state);

#endif
