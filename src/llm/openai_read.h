#ifndef SLIPWAY_LLM_OPENAI_READ_H
#define SLIPWAY_LLM_OPENAI_READ_H

#include "json/json.h"

#include <stdbool.h>

struct arena;
struct ledger_usage;
struct llm_sink;
struct provider_stream;

/* Take what v says was used.  False when it says nothing of it. */
bool openai_read_usage(struct json v, struct ledger_usage *u);

/*
 * The reading half of the adapter `openai`; the rest of it is answer.h.
 *
 * Owns: the stream lives in a; what it needs for single events comes from
 * arenas of its own, which end with a.
 */
struct provider_stream *openai_stream_new(struct arena *a,
					  struct llm_sink *sink);

#endif
