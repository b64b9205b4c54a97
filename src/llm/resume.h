#ifndef SLIPWAY_LLM_RESUME_H
#define SLIPWAY_LLM_RESUME_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>

struct buf;
struct call;

/*
 * A stream that can be taken up again: what is sent is kept in memory, and the
 * id of an event is its offset there.  The database sees it in few pieces: all
 * of it once at the end, and from the moment the connection breaks what is new
 * twice a second, when it also says whether anybody still wants the rest.
 *
 *	kept	0 .. stored	is in slipway.streams
 *		stored .. n	is not, yet
 *
 * Loop thread only.
 */

/* Prepare c->resume where the client asked for it and the feature allows it. */
void resume_init(struct call *c);

/* Around each use of the encoder: what it writes between the two is kept. */
void resume_mark(struct call *c);
void resume_keep(struct call *c);

/* For the encoder: begin an event with its id, where there is one. */
void resume_frame_id(const struct call *c, struct buf *out);

/*
 * The client left.  True: the call goes on for a while, and is settled later;
 * false: nobody will come back.
 */
bool resume_goes_on(struct call *c);

/* The last bytes were written: store the rest, then close the client. */
void resume_end(struct call *c);

#endif
