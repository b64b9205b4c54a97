#ifndef SLIPWAY_TESTS_MOCK_LIMITS_H
#define SLIPWAY_TESTS_MOCK_LIMITS_H

#include "call.h"

/* Add the rate limit headers that the script of c asks for. */
void limits_add(const struct call *c, struct MHD_Response *r);

#endif
