#ifndef SLIPWAY_BASE_ID_H
#define SLIPWAY_BASE_ID_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

#define ID_REQUEST_BYTES 31 /* "req_" + 26 characters + NUL */
#define ID_TRACE_BYTES   33 /* 32 hex digits + NUL */

/*
 * A new request id: "req_" and 26 characters of Crockford's base 32, 48 bits
 * of wall-clock milliseconds first, then 80 random bits (the layout of ULID),
 * so ids sort by time and land side by side in an index.
 */
void id_request(char out[static ID_REQUEST_BYTES]);

/* A new random W3C trace id: 32 lower-case hex digits, not all zero. */
void id_trace(char out[static ID_TRACE_BYTES]);

/*
 * Take the trace id from a `traceparent` header (W3C Trace Context, version
 * 00 or a later one with the same first fields).
 *
 * Returns false, and leaves out alone, when the header is not valid.
 */
bool id_trace_parse(struct str traceparent, char out[static ID_TRACE_BYTES]);

/*
 * The span that a valid `traceparent` names, the parent of ours; false, and
 * out empty, when the header is not valid.
 */
#define ID_SPAN_BYTES 17 /* 16 hex digits + NUL */
bool id_span_parse(struct str traceparent, char out[static ID_SPAN_BYTES]);

/* n random bytes from the kernel. */
void id_random(void *out, size_t n);

/* n bytes as lower-case hex; out has room for 2 * n + 1. */
void id_hex(const void *bytes, size_t n, char *out);

/*
 * The n bytes that hex, 2 * n digits of either case, stands for.  False, and
 * *out undefined, when it is anything else.
 */
bool id_unhex(struct str hex, void *out, size_t n);

#endif
