#ifndef SLIPWAY_LLM_EVENT_H
#define SLIPWAY_LLM_EVENT_H

#include "base/err.h"
#include "base/str.h"
#include "db/ledger.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What flows from a provider to the client, whatever the dialect on either
 * side:
 *
 *	START  (THOUGHT | DELTA | TOOL_DELTA)*  USAGE?  (DONE | ERROR)
 *
 * with NOTICE anywhere.  Strings are borrowed for the duration of the emit.
 */
enum llm_event_kind {
	LLM_START,      /* the provider accepted; nothing said yet */
	LLM_DELTA,      /* text */
	LLM_THOUGHT,    /* a piece of what it thinks: no part of the answer */
	LLM_TOOL_DELTA, /* a piece of a tool call */
	LLM_VECTOR,     /* an input's vector, as JSON */
	LLM_USAGE,      /* tokens, cumulative: the latest one counts */
	LLM_NOTICE,     /* a sentence for the person, e.g. a fallback */
	LLM_ERROR,      /* it failed; nothing follows */
	LLM_DONE        /* it finished; nothing follows */
};

enum llm_finish {
	LLM_FINISH_STOP,
	LLM_FINISH_LENGTH,
	LLM_FINISH_TOOL,
	LLM_FINISH_FILTER
};

struct llm_event {
	enum llm_event_kind kind;
	/* DELTA, NOTICE, VECTOR, THOUGHT; TOOL_DELTA: arguments */
	struct str text;
	/* THOUGHT: with its last piece; sealed: all of it, and no text */
	struct str signature;
	bool sealed;
	/* TOOL_DELTA; THOUGHT: which; VECTOR: which input */
	size_t tool_index;
	struct str tool_id;   /* first piece only */
	struct str tool_name; /* first piece only */
	/* USAGE */
	struct ledger_usage usage;
	/* DONE */
	enum llm_finish finish;
	/* ERROR: the class, and the provider's own words for the log */
	enum err error;
	/* ERROR: it answered, but nobody can tell how much: too long, or JSON
	   with its end missing */
	bool unread;
};

/* Who takes events.  Embed it; the owner finds itself by container_of. */
struct llm_sink {
	void (*emit)(struct llm_sink *s, const struct llm_event *ev);
};

#endif
