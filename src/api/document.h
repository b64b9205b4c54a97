#ifndef SLIPWAY_API_DOCUMENT_H
#define SLIPWAY_API_DOCUMENT_H

#include "base/err.h"
#include "json/json.h"

struct call;
struct llm_part;

/*
 * Read a block of type "document" of /v1/messages: a source of type text or
 * content, with a title and context.  Images within a content are not read:
 * they stand behind the document.
 *
 * Returns ERR_OK or ERR_INVALID_REQUEST: other sources, citations, no text.
 * Owns:  *out is borrowed from the arena of c's request.
 */
ERR_MUST_USE enum err document_decode(struct call *c, struct json block,
				      struct llm_part *out);

#endif
