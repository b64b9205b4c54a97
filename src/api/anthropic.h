#ifndef SLIPWAY_API_ANTHROPIC_H
#define SLIPWAY_API_ANTHROPIC_H

#include "base/err.h"
#include "http/problem.h"

#include <stdbool.h>

struct call;
struct ledger_admission;
struct req;

/*
 * The dialect of Anthropic's Messages, of POST /v1/messages and
 * /v1/messages/count_tokens.
 */

/* The handle() of /v1/messages; state is the struct app. */
enum err anthropic_messages(struct req *req, void *state);

/*
 * Decode req->body into a call, which is not run.  app needs its conf only.
 *
 * Returns ERR_OK, ERR_UNAUTHORIZED, ERR_INVALID_JSON, ERR_INVALID_REQUEST,
 * ERR_TOO_LARGE or ERR_UNKNOWN_MODEL, with what is wrong in req->err.
 */
ERR_MUST_USE enum err anthropic_decode(struct req *req, void *app,
				       struct call **out);

/* Have c answered in this dialect. */
void anthropic_encode_with(struct call *c, bool stream);

/* Errors before the first byte. */
extern const struct problem_shape anthropic_problem;

/* The same, where only the clients of Anthropic's API read it. */
extern const struct problem_shape anthropic_problem_if_read;

/* Does the caller speak Anthropic's API?  It says its version of it. */
bool anthropic_is_client(const struct req *req);

/* The headers about limits that this API has; a: what it was admitted with. */
void anthropic_limits(struct req *req, const struct ledger_admission *a);

#endif
