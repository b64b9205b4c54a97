#ifndef SLIPWAY_DOCS_SOURCE_H
#define SLIPWAY_DOCS_SOURCE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "docs/ingest.h"

struct arena;

#define DOCS_HASH_BYTES 65 /* 64 hex digits and a NUL */

/*
 * Read the file root/below.
 *
 * why  set when the file is to be skipped
 *
 * Returns ERR_OK, or ERR_IO: skip it, *why says for what reason.
 * Owns:  *out lives in a.
 */
ERR_MUST_USE enum err source_read(struct arena *a, const char *root,
				  const char *below, struct str *out,
				  enum docs_skip *why);

/*
 * SHA-256 in hex of everything that the index of a document is made from, each
 * part with its length: the version of the index, the link, the bytes.
 */
void source_hash(struct str version, struct str url, struct str bytes,
		 char out[static DOCS_HASH_BYTES]);

/*
 * base_url and the path below it as one link, the path percent-encoded (RFC
 * 3986 section 2).  "" when base_url is NULL.
 */
struct str source_url(struct arena *a, const char *base_url, const char *below);

/* Percent-encode s; the bytes of `keep` stay besides the unreserved ones. */
void source_encode(struct buf *out, struct str s, const char *keep);

/*
 * True for what may stand before a path in a link: http:, https:, or a path
 * on the same site ("/docs/").  Anything else (javascript:) would run in the
 * reader's browser.
 */
bool source_base_ok(const char *base_url);

#endif
