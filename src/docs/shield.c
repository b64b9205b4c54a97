/*
 * Passages and the guard.  Called before a model or a person sees them.
 */
#include "docs/shield.h"

#include "docs/retrieve.h"
#include "guard/guard.h"

/* False: it is not to be used. */
static bool clean(const struct guard *g, const struct conf_feature *f,
		  struct arena *a, struct docs_passage *p,
		  struct guard_report *r)
{
	struct str *const texts[] = {&p->title, &p->section, &p->text};

	if (guard_passage_commands(g, f, a, p->text, r))
		return false;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (guard_clean(g, f, GUARD_PASSAGES, a, NULL, false, texts[i],
				r) != ERR_OK)
			return false;
	return true;
}

size_t docs_shield(const struct guard *g, const struct conf_feature *f,
		   struct arena *a, struct docs_passage *passages, size_t n,
		   struct guard_report *r)
{
	size_t left = 0;

	for (size_t i = 0; i < n; i++)
		if (clean(g, f, a, &passages[i], r))
			passages[left++] = passages[i];
	return left;
}
