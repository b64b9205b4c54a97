#ifndef SLIPWAY_TESTS_MOCK_CALL_H
#define SLIPWAY_TESTS_MOCK_CALL_H

#include "script.h"
#include "text.h"

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CALL_MODEL_BYTES 256
#define CALL_PATH_BYTES  512
#define CALL_AUTH_BYTES  5 /* the last four characters of the key */
#define CALL_TRACE_BYTES 64

struct call;

/* How the headers about rate limits are named. */
enum limits_style { LIMITS_NONE, LIMITS_OPENAI, LIMITS_ANTHROPIC };

/* The pieces of a streamed answer, in the order they are played. */
enum frame {
	FRAME_START,
	FRAME_TOKEN,
	FRAME_TOOL, /* all of tool call c->sent_tools */
	FRAME_FINISH,
	FRAME_USAGE,
	FRAME_END,
	FRAME_ERROR,   /* an error in the middle of the stream */
	FRAME_GARBAGE, /* a frame that breaks the protocol */
	FRAME_OFF      /* a well-formed frame of the wrong shape */
};

/*
 * How one provider's API speaks.  A new one is a new file with one of these
 * and a line in the table of serve.c; the player and the scripts know nothing
 * of any of them.
 */
struct dialect {
	const char *path;
	const char *suffix; /* path MODEL suffix; NULL: path alone */
	enum limits_style limits;
	const char *stream_type; /* of a streamed answer; NULL: SSE */
	/* May the caller do that?  NULL: anybody may. */
	bool (*permits)(const struct call *c);
	/* Fill c->model, stream, … from c->body; false: not a request. */
	bool (*parse)(struct call *c);
	/* Append a frame of a streamed answer to c->pending. */
	void (*frame)(struct call *c, enum frame f);
	/* Append a whole answer to c->pending. */
	void (*whole)(struct call *c);
	/* Append the body of an error status to out. */
	void (*error)(const struct call *c, struct text *out);
};

extern const struct dialect dialect_openai;
extern const struct dialect dialect_embeddings;
extern const struct dialect dialect_moderations;
extern const struct dialect dialect_anthropic;
extern const struct dialect dialect_bedrock;

enum call_stage {
	STAGE_START,
	STAGE_TOKENS,
	STAGE_TOOLS,
	STAGE_FINISH,
	STAGE_USAGE,
	STAGE_END,
	STAGE_CLOSE, /* all is said */
	STAGE_BROKEN /* cut, or an error was sent: nothing follows */
};

/*
 * One request to a provider path, from its first byte until the connection is
 * done with it.  The thread of the HTTP daemon owns it; the fields under
 * "park" belong to park.c and its lock.
 */
struct call {
	struct MHD_Connection *conn;
	int fd;
	unsigned long id; /* 0: no call of a provider path */
	struct text body;
	const struct dialect *dialect;
	/* from the request */
	bool begun;
	char *uri; /* as it came, escapes and all */
	char path[CALL_PATH_BYTES];
	char model[CALL_MODEL_BYTES];
	char auth[CALL_AUTH_BYTES];
	char traceparent[CALL_TRACE_BYTES];
	bool stream;
	bool include_usage;
	long max_tokens; /* SCRIPT_UNSET: none */
	size_t messages;
	/* play */
	struct script script;
	enum call_stage stage;
	long ntokens;
	long sent_tokens;
	long sent_tools;
	long sent_bytes;
	bool ready;   /* the next token has waited long enough */
	bool limited; /* max_tokens ends it */
	bool odd;     /* the one broken frame was sent */
	int64_t start_ms;
	struct text pending;
	bool cut_by_us;
	/* park */
	bool parked;
	bool gone; /* the client hung up */
	int64_t due_ms;
	size_t heap_at; /* 1-based; 0 = no time set */
	long permits;   /* gated tokens it may send */
	struct call *prev;
	struct call *next;
};

/* The number of output tokens that the answer reports. */
long call_out_tokens(const struct call *c);

/* Input tokens that the answer reports. */
long call_in_tokens(const struct call *c);

/*
 * Why the answer ends: the script's word, else one of the dialect's own, for
 * an end, the limit of tokens, or tool calls.
 */
const char *call_finish(const struct call *c, const char *stop,
			const char *length, const char *tool);

/* Append message as a JSON string; with echo what was asked stands in it. */
void call_quote_error(const struct call *c, const char *message,
		      struct text *out);

/* The two halves of what it thinks first; both empty when it does not. */
void call_thought(const struct call *c, struct span half[2]);

/* What the API's thoughts are signed with. */
#define CALL_SIGNATURE "c2lnbmVkIGJ5IG1vY2s="

/* The next tool call to send. */
const struct script_tool *call_tool(const struct call *c);

#endif
