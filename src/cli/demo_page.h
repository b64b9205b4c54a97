#ifndef SLIPWAY_CLI_DEMO_PAGE_H
#define SLIPWAY_CLI_DEMO_PAGE_H

#include "base/buf.h"
#include "http/words.h"
#include "json/json.h"

#include <stddef.h>
#include <stdint.h>

struct arena;
struct conf;

/* A question with the answer that it got from POST /chat. */
struct demo_entry {
	struct str question;
	struct str feature;
	struct json answer; /* what /chat said, see llm/slipway.c */
};

struct demo {
	struct arena *arena;
	enum words_lang lang; /* of the page around the answers */
	struct str title;     /* empty: a built-in one */
	int64_t recorded_ms;
	const struct demo_entry *entries;
	size_t nentries;
};

/*
 * Append the page /demo/ as a complete HTML document: every question with its
 * stored answer, sources and model.  No form, and no script but the one that
 * leads to the page in the reader's language; each value is escaped.
 */
void demo_page(const struct conf *conf, const struct demo *d, struct buf *out);

/* Append the same as JSON: {"recorded_at", "answers": [...]}. */
void demo_json(const struct demo *d, struct buf *out);

#endif
