#ifndef SLIPWAY_JSON_SCAN_H
#define SLIPWAY_JSON_SCAN_H

#include "base/err.h"
#include "base/str.h"

/*
 * Check that text is exactly one JSON value by the grammar of RFC 8259, within
 * the limits of json.h.  For json.c only: json-c lets through what the grammar
 * forbids (NaN, "1.", raw control bytes) and changes what it cannot hold
 * (huge integers, a NUL in a name), so nothing reaches it unchecked.
 *
 * Returns ERR_OK; ERR_INVALID_JSON, or ERR_TOO_LARGE for more values than
 * allowed, with reason and offset in e.
 */
ERR_MUST_USE enum err json_scan(struct str text, struct errbuf *e);

#endif
