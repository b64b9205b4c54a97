#ifndef SLIPWAY_LLM_ANTHROPIC_READ_H
#define SLIPWAY_LLM_ANTHROPIC_READ_H

struct arena;
struct llm_sink;
struct provider_stream;

/*
 * The reading half of the adapter `anthropic`; the rest of it is answer.h.
 *
 * Owns: the stream lives in a; what it needs for single events comes from
 * arenas of its own, which end with a.
 */
struct provider_stream *anthropic_stream_new(struct arena *a,
					     struct llm_sink *sink);

#endif
