#ifndef SLIPWAY_LLM_ANSWER_H
#define SLIPWAY_LLM_ANSWER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "llm/mould.h"
#include "llm/sse.h"
#include "llm/stream.h"
#include "json/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What reading an answer is, whatever the dialect: a stream of events with a
 * JSON object in each, or one JSON object from a server that does not stream.
 * The first byte that is not white space tells which; a page is garbage.
 *
 *	UNKNOWN -> SSE	events, one by one
 *	        -> JSON	collected, read at the end
 *
 * An adapter embeds it as `answer`, says in a struct answer_dialect what the
 * objects mean, and uses answer_feed() and answer_finish() as they are.
 * Errors are found here, in every shape that classify.h knows.
 */
enum answer_mode { ANSWER_UNKNOWN, ANSWER_SSE, ANSWER_JSON };

struct answer;

struct answer_dialect {
	const char *text_name;  /* the member that holds text */
	const char *text_event; /* the name of such events; "": unnamed */
	const char *end_data;   /* the event that ends a stream; NULL: none */
	/*
	 * An event that it can read without a parse, and has read then; else
	 * false, and nothing was said.  NULL: it can none.
	 */
	bool (*usual)(struct answer *a, struct str name, struct str data);
	/* An object of a stream. */
	void (*event)(struct answer *a, struct str name, struct json root);
	/* A whole answer.  False when it is none. */
	bool (*whole)(struct answer *a, struct json root);
};

struct answer {
	struct provider_stream base;
	const struct answer_dialect *dialect;
	enum answer_mode mode;
	struct arena keep;  /* until the end: what is cut off, names */
	struct arena event; /* cleared after each event */
	struct sse sse;
	struct buf body; /* ANSWER_JSON */
	struct mould mould;
	struct str said; /* the latest text, while its event is read */
	bool got_bytes;
	bool at_end;   /* what comes now may be cut short */
	bool finished; /* the provider said why it stopped */
	enum llm_finish finish;
};

/*
 * Prepare answer.
 *
 * a  the call's arena: ends those of the answer
 */
void answer_init(struct answer *answer, struct arena *a, struct llm_sink *sink,
		 const struct answer_dialect *dialect);

/* The `feed` and `finish` of an adapter. */
void answer_feed(struct provider_stream *s, struct str bytes);
void answer_finish(struct provider_stream *s);

/* For the dialects. */

/* Text: the whole of what this object says, when nothing else is emitted. */
void answer_say(struct answer *a, struct str text);

/* The provider said why it stopped; DONE comes with the end. */
void answer_stop(struct answer *a, enum llm_finish finish);

/*
 * Member `name` of v as a number of tokens.  False, and *out untouched, when
 * it is absent, no integer, negative, or beyond any model.
 */
bool answer_tokens(struct json v, const char *name, int64_t *out);

/* The same of digits; -1 when they are none. */
int64_t answer_count(struct str digits);

#endif
