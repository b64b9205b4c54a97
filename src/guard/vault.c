/*
 * What the guard took out and may put back.  Written by the input guard, read
 * by the scanner of the answer.
 */
#include "guard/vault.h"

#include "base/arena.h"

#include <stdio.h>
#include <string.h>

void vault_init(struct vault *v, struct arena *a)
{
	memset(v, 0, sizeof(*v));
	v->arena = a;
}

struct str vault_put(struct vault *v, enum guard_kind kind, struct str value)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->entries[i].kind == kind &&
		    str_eq(v->entries[i].value, value))
			return str_from(v->entries[i].name);
	if (v->n == VAULT_MAX)
		return STR_NONE;
	struct vault_entry *const entry = &v->entries[v->n++];
	entry->kind = kind;
	entry->value = (struct str){str_dup(v->arena, value), value.n};
	(void)snprintf(entry->name, sizeof(entry->name), "[%s_%u]",
		       guard_kind_name(kind), ++v->seen[kind]);
	return str_from(entry->name);
}

enum guard_found vault_find(const struct vault *v, const struct guard_text *t,
			    size_t at, const struct vault_entry **out)
{
	for (size_t i = 0; i < v->n; i++) {
		const enum guard_found found =
			guard_literal(t, at, str_from(v->entries[i].name));
		*out = &v->entries[i];
		if (found != GUARD_NO)
			return found;
	}
	return GUARD_NO;
}
