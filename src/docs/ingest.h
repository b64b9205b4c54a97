#ifndef SLIPWAY_DOCS_INGEST_H
#define SLIPWAY_DOCS_INGEST_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct db;

/* A larger file is skipped: it is a dump or a book that wants splitting. */
#define DOCS_MAX_FILE_BYTES ((size_t)8 * 1024 * 1024)

/* What to index.  Strings are borrowed. */
struct docs_ingest {
	const char *path; /* a folder, or one document */
	const char *tenant;
	const char *collection;
	const char *base_url; /* before the path of each; NULL: no links */
	const char *language; /* text search configuration; NULL: keep */
	bool dry_run;         /* read all, write nothing */
};

/* Why something under the path is not in the index. */
enum docs_skip {
	DOCS_SKIP_OTHER,   /* no document by its ending */
	DOCS_SKIP_HIDDEN,  /* name begins with a dot */
	DOCS_SKIP_OUTSIDE, /* link out of the tree, or dangling */
	DOCS_SKIP_CLOSED,  /* cannot be read */
	DOCS_SKIP_LARGE,   /* over DOCS_MAX_FILE_BYTES */
	DOCS_SKIP_NAME,    /* path too long or not UTF-8 */
	DOCS_SKIP_NESTED,  /* HTML nested deeper than any real page */
	DOCS_SKIP_BINARY,  /* NUL bytes: no text */
	DOCS_SKIP_EMPTY,   /* no text left, e.g. a table of contents */
	DOCS_SKIP_MAX
};

/* What came of it. */
struct docs_ingest_report {
	size_t nnew;
	size_t nchanged;
	size_t nremoved;
	size_t nunchanged;
	size_t skipped[DOCS_SKIP_MAX];
	/* in the collection afterwards; 0 for a dry run */
	int64_t ndocuments;
	int64_t nchunks;
};

/*
 * Make a collection of the tenant hold what is under job->path: new documents
 * are added, changed ones replaced, vanished ones removed, the others left
 * alone.  Each document is one transaction, so a search meanwhile finds the
 * old text or the new one, and an ingest that was cut short goes on when it is
 * run again.  With a single file nothing is removed.
 *
 * Nothing at all is done when there is no document under the path: it is
 * more likely a folder that is not mounted.
 *
 * Returns ERR_OK; ERR_NOT_FOUND (tenant), ERR_INVALID_REQUEST (name, language
 * or base URL), ERR_IO (path) or ERR_DB, with the reason in e.
 * Blocks: on files and the database, for all of it.
 */
ERR_MUST_USE enum err docs_ingest(struct db *db, struct arena *a,
				  const struct docs_ingest *job,
				  struct docs_ingest_report *report,
				  struct errbuf *e);

/* "3 new, 1 changed, 0 removed, 12 unchanged, 2 skipped (1 hidden, …)". */
void docs_ingest_summary(const struct docs_ingest_report *r, struct buf *out);

#endif
