#ifndef SLIPWAY_HTTP_PROBLEM_H
#define SLIPWAY_HTTP_PROBLEM_H

#include "base/buf.h"
#include "base/err.h"
#include "http/req.h"
#include "http/words.h"

#include <stdbool.h>

struct jw;

/*
 * Errors in Slipway's own dialect: a problem object (RFC 9457) with the
 * OpenAI SDKs' `error` member, so that one body serves both.
 */

/* The content type of problem_json(). */
#define PROBLEM_TYPE "application/problem+json"

/* How a dialect writes an error before the first byte. */
struct problem_shape {
	const char *content_type;
	void (*write)(struct req *req, enum err err, struct buf *out);
	/* who reads it; others get problem_json().  NULL: everybody does */
	bool (*fits)(const struct req *req);
};

/*
 * The sentence about err for the client: the catalogue's, made precise by
 * req->err where the catalogue says that the detail may be shown.
 */
const char *problem_sentence(const struct req *req, enum err err);

/*
 * Append the `error` object of OpenAI's API for err: the member "error" of the
 * object that w has open.
 */
void problem_openai_member(struct jw *w, const struct req *req, enum err err);

/*
 * Append the problem object for err to out.
 */
void problem_json(const struct req *req, enum err err, struct buf *out);

/*
 * The same in words for people, as HTML: what it is, what to do, its number.
 *
 * what_now  a sentence, e.g. "Go back to try again."
 */
void problem_words(const struct req *req, enum words_lang lang, enum err err,
		   const char *what_now, struct buf *out);

/* A page of problem_words() and nothing else. */
extern const struct problem_shape problem_shape_page;

/*
 * Add the headers that go with err: Retry-After and x-should-retry: false for
 * what a client must not try again.
 */
void problem_headers(struct req *req, enum err err);

/*
 * Answer with the problem for err.  For intake threads.
 *
 * shape  NULL for problem_json()
 *
 * Blocks: up to the write timeout.
 */
void problem_send(struct req *req, enum err err,
		  const struct problem_shape *shape);

#endif
