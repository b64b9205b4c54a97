#ifndef SLIPWAY_HTTP_PROBLEM_H
#define SLIPWAY_HTTP_PROBLEM_H

#include "base/buf.h"
#include "base/err.h"
#include "http/req.h"

/*
 * Errors in Slipway's own dialect: a problem object (RFC 9457) with the
 * OpenAI SDKs' `error` member, so that one body serves both.
 */

/* The content type of problem_json(). */
#define PROBLEM_TYPE "application/problem+json"

/*
 * Append the problem object for err to out.  Its detail is the catalogue's
 * sentence, made precise by req->err where the catalogue says that the detail
 * may be shown.
 */
void problem_json(const struct req *req, enum err err, struct buf *out);

/*
 * Add the headers that go with err: Retry-After and x-should-retry: false for
 * what a client must not try again.
 */
void problem_headers(struct req *req, enum err err);

/*
 * Answer with the problem for err.  For intake threads.
 * Blocks: up to the write timeout.
 */
void problem_send(struct req *req, enum err err);

#endif
