#ifndef SLIPWAY_TESTS_MOCK_OPENAI_H
#define SLIPWAY_TESTS_MOCK_OPENAI_H

#include "call.h"

/* The `error` of all dialects of OpenAI. */
void openai_error(const struct call *c, struct text *out);

#endif
