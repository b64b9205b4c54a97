#ifndef SLIPWAY_API_OPENAI_H
#define SLIPWAY_API_OPENAI_H

#include "base/err.h"
#include "base/str.h"
#include "llm/request.h"
#include "json/json.h"

#include <stdbool.h>

struct call;
struct req;

/*
 * The dialect of OpenAI's Chat Completions, of POST /v1/chat/completions.
 * Errors are the problem object of http/problem.h with OpenAI's "error"; in a
 * stream they are a frame with that member.
 */

/* The handle() of its route; state is the struct app. */
enum err openai_chat(struct req *req, void *state);

/* Have c answered in this dialect.  usage: a stream ends with its usage. */
void openai_encode_with(struct call *c, bool stream, bool usage);

/*
 * Parts of a body that the Responses API shares.  All are errors of the form
 * ERR_INVALID_REQUEST or ERR_TOO_LARGE; absent members change nothing.
 */

/* m must have room for a part for each element of content. */
ERR_MUST_USE enum err openai_content(struct call *c, struct llm_message *m,
				     struct json content);

/* Add the message of a tool's answer to the call with this id. */
ERR_MUST_USE enum err openai_tool_result(struct call *c, struct str id,
					 struct json content);

ERR_MUST_USE enum err openai_role(struct call *c, struct str name,
				  enum llm_role *role);
ERR_MUST_USE enum err openai_tools(struct call *c, struct json list);
ERR_MUST_USE enum err openai_tool_choice(struct call *c, struct json choice);

/* format has the type; schema has "name" and "schema". */
ERR_MUST_USE enum err openai_format(struct call *c, struct json format,
				    struct json schema);

#endif
