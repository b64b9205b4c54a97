#ifndef SLIPWAY_CLI_YAML_H
#define SLIPWAY_CLI_YAML_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/*
 * Append a YAML text as JSON.  Plain scalars become numbers, true, false and
 * null where they look like one.  The first document counts.
 *
 * Returns ERR_OK, or ERR_INVALID_REQUEST with the line in e: no YAML, anchors
 * and aliases, keys that are not scalars, nesting too deep.
 */
ERR_MUST_USE enum err yaml_to_json(struct str text, struct buf *out,
				   struct errbuf *e);

#endif
