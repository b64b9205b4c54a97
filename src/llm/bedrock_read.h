#ifndef SLIPWAY_LLM_BEDROCK_READ_H
#define SLIPWAY_LLM_BEDROCK_READ_H

#include "base/str.h"

struct arena;
struct llm_sink;
struct provider_stream;

/*
 * The reading half of the adapter `bedrock`; contracts in provider.h.
 *
 * Owns: the stream lives in a; what it needs for single events comes from an
 * arena of its own, which ends with a.
 */
struct provider_stream *bedrock_stream_new(struct arena *a,
					   struct llm_sink *sink);
void bedrock_feed(struct provider_stream *s, struct str bytes);
void bedrock_finish(struct provider_stream *s);

#endif
