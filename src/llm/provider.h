#ifndef SLIPWAY_LLM_PROVIDER_H
#define SLIPWAY_LLM_PROVIDER_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "llm/event.h"
#include "llm/request.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct conf_provider;

/*
 * The interface that a provider kind implements: how a request is written,
 * how an answer is read, what an error means.  An adapter is stateless code;
 * the state of one answer is a `struct provider_stream` in the call's arena.
 * It never does I/O: llm/upstream moves the bytes.
 */

#define PROVIDER_MAX_HEADERS 8

/* What goes on the wire.  Everything lives in the call's arena. */
struct provider_request {
	const char *url;
	const char *method; /* NULL: POST */
	bool once; /* on a connection of its own, so never sent again */
	/*
	 * AWS Signature Version 4: "aws:amz:REGION:SERVICE", NULL is none.  The
	 * path of url is then the one that is signed, and target the one that
	 * is asked for.
	 */
	const char *sigv4;
	const char *target;
	const char *access_key;
	const char *secret_key;
	uint64_t keys_version; /* of conf/renew.h */
	struct buf body;
	const char *headers[PROVIDER_MAX_HEADERS]; /* "name: value" */
	size_t nheaders;
};

struct provider_stream;

struct provider_adapter {
	const char *name; /* as in `kind = name` */

	/*
	 * Write req for this provider, always streaming and always asking for
	 * usage.  ERR_OK, ERR_CONFIG (key or URL missing), ERR_TOO_LARGE, or
	 * ERR_UPSTREAM_REJECTED: this provider cannot do what req asks for.
	 */
	enum err (*encode)(struct arena *a, const struct conf_provider *conf,
			   const struct llm_request *req,
			   struct provider_request *out, struct errbuf *e);

	/* A reader of one answer that emits to sink.  Never NULL. */
	struct provider_stream *(*stream_new)(struct arena *a,
					      struct llm_sink *sink);

	/*
	 * Take the next bytes of a 2xx body, cut anywhere, and emit what they
	 * complete.  After an ERROR or DONE further bytes are ignored.
	 */
	void (*feed)(struct provider_stream *s, struct str bytes);

	/*
	 * The body ended.  Emits ERROR ERR_UPSTREAM_CUT unless DONE or ERROR
	 * was emitted before.
	 */
	void (*finish)(struct provider_stream *s);

	/*
	 * Class of a non-2xx answer, by status and body: one of
	 * ERR_UPSTREAM, _RATE, _QUOTA, _AUTH, _REJECTED, _TIMEOUT; the
	 * provider's message goes to e (secrets never are in it).
	 */
	enum err (*classify)(struct arena *a, int status, struct str body,
			     struct errbuf *e);
};

/*
 * The adapter of a kind for requests with inputs, which become vectors; NULL
 * for kinds that have no such thing.
 */
const struct provider_adapter *
provider_embedder(const struct conf_provider *conf);

/* The adapter of a kind; NULL for kinds that need no provider (extract). */
const struct provider_adapter *
provider_adapter(const struct conf_provider *conf);

#endif
