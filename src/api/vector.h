#ifndef SLIPWAY_API_VECTOR_H
#define SLIPWAY_API_VECTOR_H

#include "base/buf.h"
#include "json/json.h"

/*
 * A vector is numbers, or base64 of little-endian 32-bit floats; a client gets
 * the form that it asked for, whichever the provider sent.
 */

/* Append v, an array of numbers or a string of base64, as base64 or numbers. */
void vector_write(struct buf *out, struct json v, bool base64);

#endif
