#ifndef SLIPWAY_JSON_YAML_H
#define SLIPWAY_JSON_YAML_H

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

/* Maps deeper than this do not tell their line. */
#define YAML_LINES_DEPTH 5

/*
 * The same for files whose reader says where something is wrong: each map of
 * the outer levels gets one member more, its line, and a key that stands twice
 * in a map is an error.
 *
 * line  the name of that member
 */
ERR_MUST_USE enum err yaml_to_json_lines(struct str text, const char *line,
					 struct buf *out, struct errbuf *e);

#endif
