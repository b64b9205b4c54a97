/*
 * Documents as text.  Used by the adapters of providers that know none, and by
 * decoders for documents in the result of a tool.
 */
#include "llm/document.h"

#include "base/arena.h"
#include "base/buf.h"

static void add(struct buf *b, const char *tag, struct str text)
{
	if (text.n == 0)
		return;
	buf_addf(b, "<%s>", tag);
	buf_add_str(b, text);
	buf_addf(b, "</%s>\n", tag);
}

struct str document_text(struct arena *a, const struct llm_part *p)
{
	struct buf b;

	buf_init(&b, a,
		 p->name.n + p->data.n + p->text.n + DOCUMENT_FRAME_BYTES);
	buf_add_c(&b, "<document>\n");
	add(&b, "title", p->name);
	add(&b, "context", p->data);
	buf_add_str(&b, p->text);
	buf_add_c(&b, "\n</document>");
	return buf_str(&b);
}
