#ifndef SLIPWAY_LLM_SSE_H
#define SLIPWAY_LLM_SSE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* Ceiling of one line and of the data of one event. */
#define SSE_MAX_BYTES ((size_t)1024 * 1024)
/* Ceiling of an event's name; names over it are refused. */
#define SSE_MAX_NAME_BYTES ((size_t)128)

/*
 * An incremental reader of text/event-stream (WHATWG HTML, 9.2.6): bytes come
 * cut anywhere, events go out by callback, the same whatever the cuts.
 *
 *	fed bytes   data: {"a"|:1}\n   data: x\n   \n
 *	                       ^ cut: the begun line waits in `line`
 *	whole       the only data line so far, still inside the fed bytes
 *	data        data lines that had to be kept: several, or cut off
 *
 * An event that lies in one feed as one data line is handed out without a
 * copy.  `id:` and `retry:` mean nothing here and are skipped.
 */
struct sse {
	/* data and name are borrowed until it returns; name "" is unnamed */
	void (*event)(void *arg, struct str name, struct str data);
	void *arg;
	struct buf line;
	struct buf data;
	struct buf name;
	struct str whole;
	bool has_data;   /* a data line of the current event was seen */
	bool after_cr;   /* an LF as next byte belongs to the last line */
	size_t bom_seen; /* bytes of a byte order mark matched at the start */
	bool started;    /* past the byte order mark */
	size_t nfields;  /* lines that are fields or comments */
	bool failed;
};

/*
 * Prepare s.
 *
 * a      keeps lines that are cut; at most four times SSE_MAX_BYTES of it are
 *        used, and reused from event to event
 * event  called for each event
 */
void sse_init(struct sse *s, struct arena *a,
	      void (*event)(void *arg, struct str name, struct str data),
	      void *arg);

/*
 * Take the next bytes.
 *
 * Returns ERR_OK, or ERR_TOO_LARGE when a line, the data of an event or its
 * name is over its ceiling; from then on nothing more is read.
 */
ERR_MUST_USE enum err sse_feed(struct sse *s, struct str bytes);

/*
 * The stream ended.  A last event without its blank line is handed out as
 * well, unlike the standard says: providers forget it.  So it may be cut
 * short, and the caller must be able to tell.
 */
void sse_finish(struct sse *s);

#endif
