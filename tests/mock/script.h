#ifndef SLIPWAY_TESTS_MOCK_SCRIPT_H
#define SLIPWAY_TESTS_MOCK_SCRIPT_H

#include "text.h"

#include <stdbool.h>

#define SCRIPT_MAX_BYTES 1024 /* of a script's text */
#define SCRIPT_UNSET     (-1L)

enum script_usage { USAGE_YES, USAGE_NO, USAGE_ZERO, USAGE_EARLY };
enum script_hang {
	HANG_NO,
	HANG_CONNECT, /* no status line is ever sent */
	HANG_FIRST,   /* headers, then nothing */
	HANG_MID,     /* after half of the tokens */
	HANG_END,     /* after the last token, before the finish */
	HANG_CLOSE    /* all is said, the connection stays open */
};
enum script_cut {
	CUT_NO,
	CUT_BYTES,     /* after cut_at bytes of the body */
	CUT_TOKEN,     /* after cut_at tokens */
	CUT_MID_CHUNK, /* after half of the tokens, inside of a chunk */
	CUT_RESET      /* after half of the tokens, by RST */
};
enum script_garbage {
	GARBAGE_NO,
	GARBAGE_YES,  /* the whole body is no event stream */
	GARBAGE_JSON, /* frames whose data is JSON of the wrong shape */
	GARBAGE_MID   /* one broken frame after half of the tokens */
};
enum script_body {
	BODY_AUTO, /* what goes with the status */
	BODY_QUOTA,
	BODY_RATE,
	BODY_AUTH,
	BODY_INVALID,
	BODY_SERVER,
	BODY_HTML,
	BODY_EMPTY
};

#define SCRIPT_TOOLS      4
#define SCRIPT_TOOL_BYTES 512

/* A tool call in the answer. */
struct script_tool {
	char name[64];
	char arguments[SCRIPT_TOOL_BYTES]; /* JSON */
};

/*
 * What one call gets.  README.md has the language; script_init() sets what an
 * empty script means.
 */
struct script {
	long tokens;
	long pace_ms;  /* between two tokens */
	long delay_ms; /* before the status line */
	long split;    /* bytes of each write; 0 = all there is */
	bool gate;     /* a token waits for POST /_mock/step */
	enum script_usage usage;
	long in;  /* SCRIPT_UNSET: 10 */
	long out; /* SCRIPT_UNSET: the tokens sent */
	long cached;
	long written; /* into the cache, for 5 minutes, for an hour */
	long written_1h;
	long reasoning;
	long status;      /* 200, or the error to answer */
	long retry_after; /* SCRIPT_UNSET: no such header */
	enum script_body body;
	enum script_hang hang;
	enum script_cut cut;
	long cut_at;
	enum script_garbage garbage;
	long error_after;            /* tokens; SCRIPT_UNSET: no error frame */
	char text[SCRIPT_MAX_BYTES]; /* "": t1 t2 t3 … */
	char think[SCRIPT_TOOL_BYTES]; /* "": no thought */
	char finish[24];               /* "": what the answer ends with */
	struct script_tool tools[SCRIPT_TOOLS];
	size_t ntools;
	/* rate limit headers; SCRIPT_UNSET: none */
	long limit_requests;
	long remaining_requests;
	long limit_tokens;
	long remaining_tokens;
	long reset; /* seconds from now */
	long dims;  /* of an embedding */
	long flag;  /* the text, from 1, that a moderation finds bad; 0: none */
	bool echo;  /* text, also of an error, is what was asked */
	long times; /* trouble for the first so many calls; 0 = always */
};

void script_init(struct script *s);

/*
 * Apply `key=value` pairs, separated by "," or "&", to s; later ones win.
 *
 * Returns false, and the pair at fault in *bad, when one is not understood.
 */
bool script_parse(struct script *s, struct span text, struct span *bad);

/* Take out everything that goes wrong: what is left when `times` is over. */
void script_heal(struct script *s);

/* The error body that s asks for, or that goes with its status. */
enum script_body script_error_body(const struct script *s);

/* The i-th token (from 0) of the answer, appended to out. */
void script_token(const struct script *s, long i, struct text *out);

/* How many tokens the whole answer has. */
long script_tokens(const struct script *s);

#endif
