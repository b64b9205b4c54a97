#ifndef SLIPWAY_HTTP_CORS_H
#define SLIPWAY_HTTP_CORS_H

#include <stdbool.h>

struct req;

/*
 * Cross-origin requests (Fetch standard, section 3.2): scripts of the listed
 * origins may read the answers.  Off unless the list names some.  A key is sent
 * by the script itself, so credentials of the browser are never allowed.
 */

/*
 * Add the headers for the request's Origin when it is one of origins, and
 * answer a preflight.
 *
 * origins  separated by commas; "" is none
 *
 * Returns true when the request was a preflight and is answered.
 * Blocks: up to the write timeout.
 */
bool cors_answer(struct req *req, const char *origins);

#endif
