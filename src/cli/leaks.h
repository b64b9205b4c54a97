#ifndef SLIPWAY_CLI_LEAKS_H
#define SLIPWAY_CLI_LEAKS_H

#include "base/buf.h"
#include "guard/keys.h"

#include <stdbool.h>
#include <stddef.h>

/* A search for keys in one place: what it found, as far as it is listed. */
struct leaks {
	struct guard_keys keys;
	struct arena *arena;
	struct str known; /* text with the fingerprints of keys that are dead */
	const char *where; /* "docroot/a.js", "commit 1a2b… a.js" */
	struct buf list;   /* the first of them, masked */
	size_t n;
	size_t nknown;
	size_t nlooked; /* files, or commits */
};

void leaks_init(struct leaks *l, struct arena *a, struct str known);

/* Begin with another text; line is the number of its first line. */
void leaks_begin(struct leaks *l, const char *where, int64_t line);

/*
 * Look through a file, at most its last max bytes.
 *
 * Returns ERR_OK or ERR_IO.
 */
ERR_MUST_USE enum err leaks_file(struct leaks *l, const char *path, int64_t max,
				 struct errbuf *e);

/* Look through all that any commit of a repository ever added. */
ERR_MUST_USE enum err leaks_history(struct leaks *l, const char *repo,
				    struct errbuf *e);

#endif
