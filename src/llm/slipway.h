#ifndef SLIPWAY_LLM_SLIPWAY_H
#define SLIPWAY_LLM_SLIPWAY_H

#include "base/err.h"
#include "json/json.h"

#include <stddef.h>

struct call;
struct encoder;
struct req;

/*
 * Slipway's own dialect, of POST /chat and POST /chat/stream.
 *
 * Request: {"message": "…"} or {"messages": [{"role","content"}…]}, and
 * optionally "feature", "model" ("provider/model", admin keys only),
 * "max_output_tokens", "stream".
 */

/* Answer c in this dialect. */
void slipway_encode_with(struct call *c, bool stream);

/*
 * Decode list, "messages", into c->messages, with room for more behind them.
 *
 * Returns ERR_OK, ERR_INVALID_REQUEST or ERR_TOO_LARGE.
 */
ERR_MUST_USE enum err slipway_messages(struct call *c, struct json list,
				       size_t room);

/*
 * Handle a request of this dialect; the handle() of its routes.  state is the
 * struct app.
 */
enum err slipway_chat(struct req *req, void *state);
enum err slipway_chat_stream(struct req *req, void *state);

#endif
