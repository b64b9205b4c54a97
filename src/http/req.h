#ifndef SLIPWAY_HTTP_REQ_H
#define SLIPWAY_HTTP_REQ_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "base/str.h"
#include "http/conn.h"

#include <stdbool.h>
#include <stdint.h>

struct worker;

/* Work for an intake thread; see worker_post(). */
struct worker_job {
	void (*run)(struct worker_job *job);
	struct worker_job *next;
};

#define REQ_ARENA_BYTES ((size_t)64 * 1024 * 1024)
#define REQ_HEAD_BYTES  ((size_t)8 * 1024)
/*
 * What a request may take in its arena: copies of its body are kept as it came
 * (four while it grows), as the guard left it, for a moderation model and for
 * the provider.
 */
#define REQ_MAX_BYTES(max_body) (REQ_ARENA_BYTES + 12 * (size_t)(max_body))

/*
 * One request and its response.  It lives in its own arena and belongs to one
 * thread at a time: an intake thread, then (for calls) the loop, then an
 * intake thread again, which ends it.
 */
struct req {
	struct arena arena; /* holds the req itself, too */
	struct conn conn;
	struct worker *worker;
	struct errbuf err; /* what went wrong, for the log */
	char id[ID_REQUEST_BYTES];
	char trace_id[ID_TRACE_BYTES];
	char parent_span[ID_SPAN_BYTES]; /* "": the client named none */
	int64_t accepted_us;             /* monotonic */

	/* the request; borrowed from the connection or the arena */
	struct str method;
	struct str path;  /* of REQUEST_URI, without the query, undecoded */
	struct str query; /* undecoded */
	struct str body;
	bool body_done; /* read or thrown away */

	/* the response */
	int status;      /* 0 until res_begin() */
	struct buf head; /* header lines added so far */
	bool head_sent;
	struct worker_job end; /* when the loop is done with it */
};

/*
 * A CGI variable of the request, e.g. "HTTP_AUTHORIZATION"; empty when absent.
 */
struct str req_env(const struct req *req, const char *name);

/*
 * A parameter of the query string, percent-decoded ("+" is a space).
 *
 * Returns ERR_OK (*out empty when absent) or ERR_INVALID_REQUEST for a bad
 * escape or bytes that are not UTF-8.
 */
ERR_MUST_USE enum err req_query(struct req *req, const char *name,
				struct str *out);

/* Is the body a form as browsers send it without a script? */
bool req_has_form(const struct req *req);

/* As req_query(), of a field of the form in req->body. */
ERR_MUST_USE enum err req_form(struct req *req, const char *name,
			       struct str *out);

/*
 * Decode a part of the address or of a form, RFC 3986 section 2.1, into the
 * request's arena.
 *
 * where  what it is part of, for the error
 * form   "+" is a space
 *
 * Returns ERR_OK, or ERR_INVALID_REQUEST for a bad escape or bytes that are not
 * UTF-8.
 */
ERR_MUST_USE enum err req_unescape(struct req *req, const char *where,
				   bool form, struct str in, struct str *out);

/*
 * Read the whole body into req->body.
 *
 * max_bytes  hard ceiling; of a larger body a bounded rest is read and thrown
 *            away, because Apache resets a CGI client that is not drained
 *
 * Returns ERR_OK, ERR_TOO_LARGE, ERR_TIMEOUT or ERR_CLOSED.
 * Blocks: up to the read timeout per piece.
 */
ERR_MUST_USE enum err req_read_body(struct req *req, size_t max_bytes);

/*
 * Throw away what is left of the body, up to a bound, before an early answer:
 * a web server may reset a client whose body nobody takes.
 * Blocks: up to the read timeout per piece.
 */
void req_discard_body(struct req *req);

/*
 * Add a response header.  A value with CR, LF or NUL is a bug or an attack:
 * the header is left out and the log says so.
 */
void res_header(struct req *req, const char *name, struct str value);
void res_headerf(struct req *req, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Append status line and headers to out, with the ones every response has
 * (request ids, nosniff, no-store unless set before).
 */
void res_begin(struct req *req, int status, const char *content_type,
	       struct buf *out);

/*
 * Send a whole response.  For intake threads.  ERR_OK or ERR_CLOSED.
 * Blocks: up to the write timeout.
 */
ERR_MUST_USE enum err res_send(struct req *req, int status,
			       const char *content_type, struct str body);

#endif
