#ifndef SLIPWAY_TESTS_MOCK_PLAY_H
#define SLIPWAY_TESTS_MOCK_PLAY_H

#include "call.h"

struct park;

/*
 * The answer of c as a response whose body is played according to the script.
 * c, which the daemon frees when the request is over, must outlive it.
 */
struct MHD_Response *play_response(struct park *park, struct call *c);

#endif
