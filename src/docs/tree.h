#ifndef SLIPWAY_DOCS_TREE_H
#define SLIPWAY_DOCS_TREE_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;

#define TREE_MAX_PATH_BYTES 1024 /* of a path below the root */

/* The documents under a path. */
struct tree {
	const char *root;   /* absolute; the folder, or that of a single file */
	const char **paths; /* below root, sorted by bytes */
	size_t npaths;
	size_t nhidden;  /* names that begin with a dot, not looked into */
	size_t noutside; /* symbolic links that leave the tree or go nowhere */
	size_t nother;   /* files that are no document by their ending */
	size_t nbadname; /* paths over TREE_MAX_PATH_BYTES or not UTF-8 */
	size_t nclosed;  /* folders that may not be read */
	bool is_file;    /* path was a single document */
};

/*
 * List the documents (docs_format_of() knows their endings) under path, a
 * folder or one file.  Symbolic links to files inside the tree are taken;
 * those to folders are not followed, so there are no loops.
 *
 * Returns ERR_OK, or ERR_IO with the reason: path cannot be read.
 * Owns:  everything lives in a.
 * Blocks: on the file system.
 */
ERR_MUST_USE enum err tree_list(struct arena *a, const char *path,
				struct tree *out, struct errbuf *e);

#endif
