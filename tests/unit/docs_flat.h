#ifndef SLIPWAY_TESTS_DOCS_FLAT_H
#define SLIPWAY_TESTS_DOCS_FLAT_H

/* Shared by the tests of the document readers. */

#include "base/arena.h"
#include "base/buf.h"
#include "docs/text.h"

/*
 * A document as one string to compare with: for every block its kind's
 * letter, its section and anchor where they change, its text:
 *
 *	{Chapter > Section #anchor}
 *	P text
 */
static inline const char *docs_flat(struct arena *a, const struct docs_text *t)
{
	static const char letters[] = {
		[DOCS_PARA] = 'P', [DOCS_ITEM] = 'I', [DOCS_TERM] = 'T',
		[DOCS_ROW] = 'R',  [DOCS_LINE] = 'L', [DOCS_CODE] = 'C',
	};
	struct buf b;
	size_t section = 0;

	buf_init(&b, a, (size_t)1 << 20);
	for (size_t i = 0; i < t->nblocks; i++) {
		const struct docs_block *const k = &t->blocks[i];
		if (k->section != section) {
			const struct docs_section *const s =
				&t->sections[k->section];
			buf_addf(&b, "{" STR_FMT, STR_ARG(s->path));
			if (s->anchor.n > 0)
				buf_addf(&b, " #" STR_FMT, STR_ARG(s->anchor));
			buf_add_c(&b, "}\n");
			section = k->section;
		}
		buf_addf(&b, "%c ", letters[k->kind]);
		buf_add_str(&b, k->text);
		buf_add_char(&b, '\n');
	}
	return buf_c(&b);
}

#endif
