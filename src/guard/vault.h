#ifndef SLIPWAY_GUARD_VAULT_H
#define SLIPWAY_GUARD_VAULT_H

#include "base/buf.h"
#include "base/str.h"
#include "conf/guard.h"
#include "guard/detect.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;

/*
 * What the guard took out of a question, so that it can be put back into the
 * answer: "[email_1]" stands for the first address, and again for the same
 * one.  Lives and dies with its call; nothing writes it anywhere.
 */
#define VAULT_MAX        64
#define VAULT_NAME_BYTES 32

struct vault_entry {
	char name[VAULT_NAME_BYTES]; /* "[email_1]" */
	enum guard_kind kind;
	struct str value;
};

struct vault {
	struct arena *arena;
	struct vault_entry entries[VAULT_MAX];
	size_t n;
	unsigned seen[GUARD_KINDS];
};

void vault_init(struct vault *v, struct arena *a);

/*
 * The name that stands for value, which is copied.
 *
 * Returns the empty str when the vault is full.
 */
struct str vault_put(struct vault *v, enum guard_kind kind, struct str value);

/*
 * Does the name of an entry stand at `at`, a '['?  MORE when the text ends
 * within it.
 */
enum guard_found vault_find(const struct vault *v, const struct guard_text *t,
			    size_t at, const struct vault_entry **out);

#endif
