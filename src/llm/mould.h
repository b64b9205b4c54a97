#ifndef SLIPWAY_LLM_MOULD_H
#define SLIPWAY_LLM_MOULD_H

#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>

struct arena;

/*
 * The chunks of one stream differ only in their text, so after one was parsed
 * the next is compared instead of parsed:
 *
 *	{"id":…,"choices":[{"delta":{"content":"Hel"},…}],"obfuscation":"xY"}
 *	'------------- before ----------------' '---- after ----------------'
 *
 * What equals a chunk that is known to be valid, and to say its text and
 * nothing else, is valid and says its own text.  OpenAI pads chunks with an
 * "obfuscation" of random letters at the end; those may differ, too.
 */
struct mould {
	const char *name;  /* of the member that holds the text */
	struct buf before; /* empty: none learned */
	struct buf after;
	bool padded; /* letters and "} follow after */
};

/* name: as in "content"; borrowed for the life of m. */
void mould_init(struct mould *m, struct arena *a, const char *name);

/*
 * Learn from chunk, which is valid JSON and whose only meaning was text.
 * Nothing is learned when text cannot be found in it without doubt.
 */
void mould_learn(struct mould *m, struct str chunk, struct str text);

/*
 * Is chunk like the one learned from?  Then *text is its text, borrowed from
 * chunk.  When not, it must be parsed.
 */
bool mould_match(const struct mould *m, struct str chunk, struct str *text);

#endif
