#ifndef SLIPWAY_TESTS_MOCK_JSCAN_H
#define SLIPWAY_TESTS_MOCK_JSCAN_H

#include "text.h"

/*
 * The raw value of member `name` of the JSON object `object`; {NULL, 0} when
 * it is absent or object is no object.  Nothing is checked beyond what finding
 * it needs.
 */
struct span jscan_get(struct span object, const char *name);

/* How many elements the JSON array has; 0 when it is none. */
size_t jscan_count(struct span array);

/* Element i of the JSON array; {NULL, 0} when there is none. */
struct span jscan_item(struct span array, size_t i);

/*
 * Decode a JSON string into out (room bytes, NUL-terminated, cut to fit).
 * Escapes above U+007F become "?": names of models and scripts have none.
 * Returns false when value is not a string.
 */
bool jscan_string(struct span value, char *out, size_t room);

#endif
