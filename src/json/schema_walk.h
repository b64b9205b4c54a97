#ifndef SLIPWAY_JSON_SCHEMA_WALK_H
#define SLIPWAY_JSON_SCHEMA_WALK_H

#include "base/str.h"
#include "json/json.h"

#include <stdbool.h>

/* What the two halves of json/schema share. */

/* The schema that a $ref names; false when there is none. */
bool schema_ref(struct json root, struct str ref, struct json *out);

/* The same value, whatever its numbers and members look like? */
bool schema_equal(struct json a, struct json b);

#endif
