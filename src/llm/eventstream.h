#ifndef SLIPWAY_LLM_EVENTSTREAM_H
#define SLIPWAY_LLM_EVENTSTREAM_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* Ceiling of a whole message; AWS allows 16 MiB, its models send a few KiB. */
#define EVENTSTREAM_MAX_BYTES ((size_t)1024 * 1024)

/*
 * An incremental reader of application/vnd.amazon.eventstream: bytes come cut
 * anywhere, messages go out by callback, the same whatever the cuts.
 *
 *	total length | headers length | CRC of these | headers | payload | CRC
 *	     4               4               4                               4
 *
 * Numbers are big-endian; the last CRC is of everything before it.  Both are
 * checked, so a proxy that has changed a byte is found out.
 */
struct eventstream_message {
	/* headers of type string; empty when they are not there */
	struct str message_type;   /* event, exception or error */
	struct str event_type;     /* of an event */
	struct str exception_type; /* of an exception */
	struct str error_code;     /* of an error */
	struct str error_message;
	struct str payload;
};

struct eventstream {
	/* all of m is borrowed until it returns */
	void (*message)(void *arg, const struct eventstream_message *m);
	void *arg;
	struct buf frame; /* the beginning of a message that was cut */
	size_t nmessages;
	bool failed;
};

/*
 * Prepare s.
 *
 * a  keeps what is cut; at most two times EVENTSTREAM_MAX_BYTES of it are used
 */
void eventstream_init(struct eventstream *s, struct arena *a,
		      void (*message)(void *arg,
				      const struct eventstream_message *m),
		      void *arg);

/*
 * Take the next bytes.
 *
 * Returns ERR_OK; ERR_TOO_LARGE, or ERR_UPSTREAM for what is no message, with
 * the reason in *why; from then on nothing more is read.
 */
ERR_MUST_USE enum err eventstream_feed(struct eventstream *s, struct str bytes,
				       const char **why);

#endif
