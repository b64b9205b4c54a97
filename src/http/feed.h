#ifndef SLIPWAY_HTTP_FEED_H
#define SLIPWAY_HTTP_FEED_H

#include "base/str.h"
#include "http/client.h"
#include "http/loop.h"
#include "http/req.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Server-sent events of what others write into the database: it is asked
 * several times a second, on intake threads, until there is no more or the
 * client has left.
 *
 *	loop	timer --> look()	on an intake thread, one at a time
 *	loop	text, over <--		sent; over: closed
 *
 * A reader who is too slow gets no more until he has taken most of it; in a
 * silence there are comments ([server] heartbeat).
 */
struct feed {
	/*
	 * The owner's.  Intake thread: put what is new into text, which lives
	 * until the next look, and whether it is the last into over.
	 */
	void (*look)(struct feed *f);
	struct str text;
	bool over;
	/* the feed's own */
	struct req *req;
	size_t max_bytes;
	struct client client;
	struct loop_task start;
	struct loop_timer timer;
	struct worker_job job;
	struct loop_task done;
	int64_t last_sent_ms;
	bool busy;    /* a look is under way */
	bool stopped; /* no more of them */
};

/*
 * Answer req with the feed; a text that is there already is sent at once.
 * From an intake thread; the request belongs to the loop afterwards.
 *
 * f          in the arena of req, look() is set
 * max_bytes  what may wait for the client: twice the largest text
 */
void feed_start(struct feed *f, struct req *req, size_t max_bytes);

#endif
