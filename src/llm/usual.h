#ifndef SLIPWAY_LLM_USUAL_H
#define SLIPWAY_LLM_USUAL_H

#include "base/str.h"
#include "json/json.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The usual JSON texts of a dialect, read without a tree: what has none but
 * known members, each once at most, plain strings and small numbers.
 *
 *	{"choices":[{"index":0,"delta":{"content":"Hel"}}],"usage":null}
 *
 * Every doubt ends in the long way, a full parse.
 */
struct usual_member {
	const char *name;
	int in; /* the number of the member that holds it */
};

#define USUAL_TOP (-1)

/* What one of them is; an array has one object, or none. */
struct usual_value {
	enum json_type type; /* JSON_NULL: absent, too */
	bool seen;           /* if only as null */
	bool empty;          /* an array without an element */
	struct str text;     /* of a string, or the digits of a JSON_INT */
};

/* Is it of this type, if it is there? */
static inline bool usual_is(const struct usual_value *v, enum json_type type)
{
	return v->type == type || v->type == JSON_NULL;
}

/*
 * Read text, a JSON object.
 *
 * known   the members that it may have, n of them; the same name may stand in
 *         several others
 * values  n, zeroed; strings are borrowed from text
 *
 * Returns true when text is valid and usual.
 */
bool usual_read(struct str text, const struct usual_member *known, size_t n,
		struct usual_value *values);

#endif
