#ifndef SLIPWAY_LLM_STORED_H
#define SLIPWAY_LLM_STORED_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct app;
struct arena;
struct errbuf;

/*
 * Answers kept in the database to be taken up again (slipway.stream_*).  For
 * intake threads; each blocks until a connection is free, and for one query.
 */

/* The longest answer that is kept, as the client gets it. */
#define STORED_MAX_BYTES ((size_t)1024 * 1024)

struct stored_piece {
	int64_t tenant_id;
	int64_t user_id;
	const char *request_id;
	size_t at;       /* where text begins in the answer, bytes */
	struct str text; /* may be empty: only asks */
	bool ended;      /* the last piece */
	/* what came of it */
	enum err err;
	bool wanted; /* somebody may still want the rest */
};

/* Store p; sets p->err and p->wanted. */
void stored_put(struct app *app, struct stored_piece *p);

/* Who reads which answer, and how far it is. */
struct stored_place {
	int64_t tenant_id;
	int64_t user_id;
	struct str request_id;
	int64_t last_id; /* offset of the last event that arrived; -1: none */
};

enum stored_state {
	STORED_OPEN,    /* more will come */
	STORED_ENDED,   /* the text has the last event */
	STORED_WAITING, /* under way, and nothing is stored yet */
	STORED_LOST,    /* its writer died or was stopped */
	STORED_EXPIRED,
	STORED_UNKNOWN
};

/*
 * Read what comes after place->last_id, and note that somebody asked.
 *
 * text  in a; whole events
 *
 * Returns ERR_OK or ERR_DB.
 */
ERR_MUST_USE enum err stored_read(struct app *app, struct arena *a,
				  const struct stored_place *place,
				  enum stored_state *state, struct str *text,
				  struct errbuf *e);

/* The reader wants no more of it. */
ERR_MUST_USE enum err stored_stop(struct app *app, struct arena *a,
				  const struct stored_place *place,
				  struct errbuf *e);

#endif
