#ifndef SLIPWAY_LLM_DOCUMENT_H
#define SLIPWAY_LLM_DOCUMENT_H

#include "base/str.h"
#include "llm/request.h"

struct arena;

/*
 * A document of a conversation (LLM_PART_DOCUMENT) as a text of its own, with
 * its title and what is said about it, for providers that know no documents
 * and for results of tools.  Anthropic's models know such tags well.
 *
 *	<document>
 *	<title>…</title>
 *	<context>…</context>
 *	…
 *	</document>
 *
 * Lives in a.
 */
struct str document_text(struct arena *a, const struct llm_part *p);

/* At most this much longer than its three texts, bytes. */
#define DOCUMENT_FRAME_BYTES 80

#endif
