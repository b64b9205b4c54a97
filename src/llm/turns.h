#ifndef SLIPWAY_LLM_TURNS_H
#define SLIPWAY_LLM_TURNS_H

#include "base/str.h"
#include "llm/request.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct jw;

/*
 * A conversation as the providers want it whose two sides must take turns
 * (Anthropic, Bedrock): system messages apart, neighbours of one side as one
 * message, nothing empty, the user first.
 *
 *	user, tool, tool, user | assistant, assistant | user
 *	'------- turn -------'   '------ turn ------'
 *
 * Results of tools come first in their turn, for those providers want them
 * right behind the calls.  A conversation that the assistant begins gets a
 * turn of the user that says TURNS_OPENING.  Where only the system speaks, the
 * last of its messages is the user's (llm_system_asks()).
 */
#define TURNS_OPENING "."

/*
 * Write member "messages": for each turn a "role" and, as its "content", an
 * array of what block writes for each piece.  A text that would be refused
 * (only blanks) is left out, and the blanks at the end of what an assistant
 * says last.
 */
void turns_write(struct jw *w, const struct llm_request *req,
		 void (*block)(void *arg, const struct llm_part *part),
		 void *arg);

/*
 * Write member "system": an array of what text writes for each text of the
 * system, and of rule, unless it is empty.  Without a text there is no member.
 */
void turns_write_system(struct jw *w, const struct llm_request *req,
			struct str rule,
			void (*text)(struct jw *w, struct str s));

/*
 * Does the conversation end in a result of a tool, with no thought of the
 * model's before the call?
 */
bool turns_end_in_result(const struct llm_request *req);

/* Are there calls of tools or results in the conversation? */
bool turns_have_tools(const struct llm_request *req);

/*
 * Call tool once for each name of a tool that was called in the conversation,
 * for providers that refuse calls of tools which are not offered any more.
 */
void turns_each_called(const struct llm_request *req,
		       void (*tool)(void *arg, struct str name), void *arg);

/*
 * The id of a tool call in the letters that all providers take, at most 64;
 * the same for the same id.  Lives in a.
 */
struct str turns_tool_id(struct arena *a, struct str id);

/*
 * The arguments of a tool call as a JSON object.  What is none is told as
 * {"arguments":"…"}: it was said, and it must not break the body.
 */
struct str turns_arguments(struct arena *a, struct str text);

#endif
