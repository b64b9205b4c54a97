#ifndef SLIPWAY_EVAL_FILL_H
#define SLIPWAY_EVAL_FILL_H

#include "base/buf.h"
#include "base/err.h"
#include "json/json.h"

/*
 * Append a text with the value of each {{name}} in its place.
 *
 * vars    an object of texts, numbers, true and false
 * quoted  the text is JSON and the names stand within its strings
 *
 * Returns ERR_OK, or ERR_INVALID_REQUEST with the reason in e: a name without
 * a value, an expression or a filter, which we do not compute.
 */
ERR_MUST_USE enum err eval_fill(struct buf *out, struct str text,
				struct json vars, bool quoted,
				struct errbuf *e);

/* A text, or a number, true or false as text; p NULL for anything else. */
struct str eval_scalar(struct json v);

#endif
