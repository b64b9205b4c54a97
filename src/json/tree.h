#ifndef SLIPWAY_JSON_TREE_H
#define SLIPWAY_JSON_TREE_H

#include "base/buf.h"
#include "base/str.h"
#include "json/json.h"

#include <stddef.h>
#include <stdint.h>

struct arena;

/*
 * The tree of a text, for json.c only.  Children lie side by side:
 *
 *	items -> | name: value | name: value | ... n of them
 *
 * What is in no object has no name.  Names and strings end with a NUL.
 */
struct json_node {
	const char *name;
	union {
		const char *p; /* a string, or a number as it was written */
		struct json_node *items;
	};
	/* An object of more than TREE_LINEAR: its items, sorted by name. */
	struct json_node **by_name;
	uint32_t name_n;
	uint32_t n; /* bytes of p, or how many items */
	enum json_type type;
	bool truth; /* of JSON_BOOL */
};

#define TREE_LINEAR 16

/*
 * Build the tree of text, which json_scan() has let through.
 *
 * a       empty: the tree fills its first chunk
 * values  how many there are in it, by json_scan()
 *
 * Of members with the same name the first place and the last value count.
 * Owns:  the tree lives in a; text is copied.
 */
struct json_node *tree_build(struct arena *a, struct str text, size_t values);

/* The member of that name; NULL when v is no object or has none. */
const struct json_node *tree_member(const struct json_node *v, struct str name);

/* Append v as compact text. */
void tree_write(const struct json_node *v, struct buf *out);

#endif
