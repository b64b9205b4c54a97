#ifndef SLIPWAY_DOCS_RETRIEVE_H
#define SLIPWAY_DOCS_RETRIEVE_H

#include "base/err.h"
#include "base/str.h"

#include <stddef.h>
#include <stdint.h>

struct arena;
struct db;

/* Ceiling of one stored chunk's text, bytes: bounds the reservation. */
#define DOCS_MAX_CHUNK_BYTES 2400
#define DOCS_MAX_PASSAGES    20

/* One passage found; strings live in the arena. */
struct docs_passage {
	int64_t doc_id;
	int64_t chunk;      /* ordinal within the document */
	struct str title;   /* of the document */
	struct str section; /* "Chapter > Section", may be empty */
	struct str url;     /* link to the source, may be empty */
	struct str text;
	int64_t score_milli; /* BM25 x 1000, higher is better */
};

/*
 * The k best passages of the tenant's collection for a question in plain
 * words: full text in PostgreSQL, BM25 over the OR of its terms.
 *
 * collection  name; empty = all of the tenant's collections; TENANT/NAME =
 *             that of another tenant, as only the configuration may say
 * out, n      k passages at most, best first; *n may be 0 (ERR_OK)
 *
 * Returns ERR_OK, ERR_DB or ERR_NOT_FOUND (no such collection).
 * Blocks: one query.
 */
ERR_MUST_USE enum err docs_retrieve(struct db *db, struct arena *a,
				    int64_t tenant_id, struct str collection,
				    struct str question, size_t k,
				    struct docs_passage **out, size_t *n,
				    struct errbuf *e);

/*
 * The answer of the provider `extract`: the sentences of the passages that
 * best match the question, as they stand in the documents, each followed by
 * its citation ("[1]").  Invents nothing: without a match it says so.
 *
 * sentences  each ready to be streamed, in order, with its trailing space
 */
void docs_extract(struct arena *a, struct str question,
		  const struct docs_passage *passages, size_t npassages,
		  struct str **sentences, size_t *nsentences);

#endif
