#ifndef SLIPWAY_LLM_LIMITS_H
#define SLIPWAY_LLM_LIMITS_H

#include "base/err.h"

struct ledger_admission;
struct req;

/*
 * Put the limits that an admission reported into the response's headers:
 * x-ratelimit-* (OpenAI's names), RateLimit and RateLimit-Policy
 * (draft-ietf-httpapi-ratelimit-headers-11), and for a refusal Retry-After,
 * Retry-After-Ms and a sentence in req->err that says when to come back.
 *
 * Returns the verdict.
 */
enum err limits_apply(struct req *req, const struct ledger_admission *a);

#endif
