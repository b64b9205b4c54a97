#ifndef SLIPWAY_OPS_PUBLISH_H
#define SLIPWAY_OPS_PUBLISH_H

#include "base/err.h"
#include "base/str.h"

/*
 * Replace the file at path by content: readers see the old file or the whole
 * new one, also after a power cut.  Written beside it first, mode 0644, so
 * the folder must be writable.
 *
 * Returns ERR_OK, or ERR_IO with path and reason in e; then the old file
 * stands and nothing is left beside it.
 * Blocks: on the disk.
 */
ERR_MUST_USE enum err publish_file(const char *path, struct str content,
				   struct errbuf *e);

#endif
