#ifndef SLIPWAY_API_ENCODE_H
#define SLIPWAY_API_ENCODE_H

#include "base/buf.h"
#include "base/str.h"
#include "llm/call.h"
#include "llm/event.h"

#include <stddef.h>

/* What the encoders of the compatible APIs share. */

#define API_ID_BYTES 64

/* Append the id of tool call number index: the provider's, else one of ours. */
void api_add_tool_id(struct buf *out, const struct call *c, const char *prefix,
		     struct str id, size_t index);

/* Input tokens of all kinds. */
int64_t api_input_tokens(const struct ledger_usage *u);

/*
 * What a stream says of itself before its last event, as comments that every
 * client passes over: cost and route have no place in the head, which was sent
 * before they were known.
 *
 *	: x-slipway-cost-usd: 0.000123
 *	: x-slipway-model-route: openai/gpt-5-mini
 */
void api_add_trailer(struct buf *out, const struct call *c);

#endif
