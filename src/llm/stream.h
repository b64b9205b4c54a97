#ifndef SLIPWAY_LLM_STREAM_H
#define SLIPWAY_LLM_STREAM_H

#include "base/err.h"
#include "base/str.h"
#include "llm/event.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What the readers of all provider kinds share: the order of events.  An
 * adapter embeds it as `base` and emits only through the calls below, which
 * keep the promise of event.h whatever a provider sends: START once and
 * first, at most one of DONE and ERROR, nothing after it.
 */
struct provider_stream {
	struct llm_sink *sink;
	bool started;
	bool ended;
	size_t nevents;
};

/* The provider accepted.  The other calls start by themselves. */
void stream_start(struct provider_stream *s);

/* Text of the answer; the empty string is no event. */
void stream_delta(struct provider_stream *s, struct str text);

/* A piece of a tool call; id and name with the first piece only. */
void stream_tool(struct provider_stream *s, size_t index, struct str id,
		 struct str name, struct str arguments);

/*
 * A piece of thought number index.  signature: the thought ends with it;
 * sealed: it is the thought, encrypted.
 */
void stream_thought(struct provider_stream *s, size_t index, struct str text,
		    struct str signature, bool sealed);

/* The vector of input number index, as JSON. */
void stream_vector(struct provider_stream *s, size_t index, struct str json);

void stream_usage(struct provider_stream *s, const struct ledger_usage *u);
void stream_done(struct provider_stream *s, enum llm_finish finish);

/* It failed; why is for the log and must hold no secret. */
void stream_error(struct provider_stream *s, enum err err, const char *why);

/* The same of an answer that was given, and cannot be read. */
void stream_unread(struct provider_stream *s, const char *why);

#endif
