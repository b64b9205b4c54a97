#ifndef SLIPWAY_JSON_SCHEMA_H
#define SLIPWAY_JSON_SCHEMA_H

#include "base/err.h"
#include "json/json.h"

/*
 * JSON Schema, the part that models are asked to follow: type, enum, const,
 * properties, required, additionalProperties, patternProperties,
 * propertyNames, dependentRequired, items, prefixItems, minItems, maxItems,
 * uniqueItems, minProperties, maxProperties, minimum, maximum, their exclusive
 * forms, multipleOf, minLength, maxLength, pattern, allOf, anyOf, oneOf, not,
 * if, then, else, and $ref to "#", "#/$defs/NAME" or "#/definitions/NAME".
 *
 * What only describes ("title", "format", "default", …) is passed over.  A
 * keyword that could make an answer wrong and is not in the list above
 * ("contains", "unevaluatedProperties", …) is refused, never ignored.
 */

/* Schemas, and schemas in them, in one; and how deep they may lie. */
#define JSON_SCHEMA_MAX_NODES 2000

/*
 * Can this schema be checked here?
 *
 * Returns ERR_OK, or ERR_INVALID_REQUEST with the keyword and its place in e.
 */
ERR_MUST_USE enum err json_schema_check(struct json schema, struct errbuf *e);

/*
 * Is value as schema says?  schema passed json_schema_check().
 *
 * Returns ERR_OK, or ERR_ANSWER_FORM with the place and what is wrong in e.
 */
ERR_MUST_USE enum err json_schema_validate(struct json schema,
					   struct json value, struct errbuf *e);

#endif
