#ifndef SLIPWAY_LLM_OPENAI_READ_H
#define SLIPWAY_LLM_OPENAI_READ_H

#include "base/str.h"

struct arena;
struct llm_sink;
struct provider_stream;

/*
 * The reading half of the adapter `openai`, as provider.h says.
 *
 * Owns: the stream lives in a; what it needs for single events comes from
 * arenas of its own, which end with a.
 */
struct provider_stream *openai_stream_new(struct arena *a,
					  struct llm_sink *sink);
void openai_feed(struct provider_stream *s, struct str bytes);
void openai_finish(struct provider_stream *s);

#endif
