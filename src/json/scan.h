#ifndef SLIPWAY_JSON_SCAN_H
#define SLIPWAY_JSON_SCAN_H

#include "base/err.h"
#include "base/str.h"

#include <stddef.h>

/*
 * Check that text is exactly one JSON value by the grammar of RFC 8259, within
 * the limits of json.h.  For json.c only, which builds no tree of anything
 * else.
 *
 * values  set to how many values there are in it
 *
 * Returns ERR_OK; ERR_INVALID_JSON, or ERR_TOO_LARGE for more values than
 * allowed, with reason and offset in e.
 */
ERR_MUST_USE enum err json_scan(struct str text, size_t *values,
				struct errbuf *e);

#endif
