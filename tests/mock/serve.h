#ifndef SLIPWAY_TESTS_MOCK_SERVE_H
#define SLIPWAY_TESTS_MOCK_SERVE_H

#include "call.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

struct park;
struct records;

/* What there is one of. */
struct mock {
	struct park *park;
	struct records *records;
	unsigned long last_id;
	atomic_ulong connections;
	FILE *ids; /* the X-Client-Request-Id of each call goes there */
};

/* Queue a JSON body, or one that is a text of C, as the answer. */
enum MHD_Result serve_reply(struct MHD_Connection *conn, long status,
			    const struct text *body);
enum MHD_Result serve_text(struct MHD_Connection *conn, long status,
			   const char *json);

/*
 * Is url, decoded, a path of a provider?  Then c->dialect and c->path are
 * set.
 */
bool serve_find(struct call *c, const char *url);

/* The request of c is complete: count it and begin its answer. */
enum MHD_Result serve_begin(struct mock *m, struct call *c);

/* Go on with c, which waited. */
enum MHD_Result serve_answer(struct mock *m, struct call *c);

#endif
