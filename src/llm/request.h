#ifndef SLIPWAY_LLM_REQUEST_H
#define SLIPWAY_LLM_REQUEST_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/*
 * A request in normal form: what every dialect of clients is decoded to and
 * every kind of provider is asked with.  Plain data, borrowed from the arena of
 * the call; every text is UTF-8.  What is JSON already (schemas, arguments) is
 * kept as its text and never parsed twice.
 *
 * An adapter writes what its provider can take and leaves out the rest, except
 * what would change the meaning of the answer (tools, images, a schema): then
 * its encode() says ERR_UPSTREAM_REJECTED and the next of the route is asked.
 */

enum llm_role { LLM_SYSTEM, LLM_USER, LLM_ASSISTANT, LLM_TOOL };

enum llm_part_kind {
	LLM_PART_TEXT,
	LLM_PART_IMAGE,       /* by a user or a tool; inline, never a URL */
	LLM_PART_TOOL_CALL,   /* by the assistant */
	LLM_PART_TOOL_RESULT, /* by the role LLM_TOOL */
	LLM_PART_DOCUMENT,    /* by a user; a text with a title */
	/* What the assistant thought, given back as it came: for those of
	   Anthropic's models that think, which check the signature; nobody
	   else gets it. */
	LLM_PART_THOUGHT,
	LLM_PART_SEALED_THOUGHT /* encrypted, without a text */
};

struct llm_part {
	enum llm_part_kind kind;
	/* TEXT, DOCUMENT, TOOL_RESULT, THOUGHT; TOOL_CALL: arguments, JSON */
	struct str text;
	struct str media_type; /* IMAGE: "image/png" */
	struct str data;       /* IMAGE: base64; THOUGHT: its signature;
				  SEALED_THOUGHT: all of it; DOCUMENT: what
				  is said about it, or empty */
	/* TOOL_CALL, TOOL_RESULT; DOCUMENT: only name, its title, or empty */
	struct str id;
	struct str name; /* TOOL_CALL; of a result: empty where unknown */
	bool is_error;   /* TOOL_RESULT */
};

/* What was said: the text, if any, and then the parts, in order. */
struct llm_message {
	enum llm_role role;
	struct str text;
	struct llm_part *parts;
	size_t nparts;
};

struct llm_tool {
	struct str name;
	struct str description; /* empty: none */
	struct str schema;      /* JSON schema of the arguments; empty: none */
	bool strict;
};

enum llm_tool_choice {
	LLM_TOOLS_AUTO,
	LLM_TOOLS_NONE,
	LLM_TOOLS_REQUIRED, /* some tool */
	LLM_TOOLS_NAMED     /* the one in tool_named */
};

enum llm_format {
	LLM_FORMAT_TEXT,
	LLM_FORMAT_JSON,  /* any JSON object */
	LLM_FORMAT_SCHEMA /* JSON as schema says */
};

/* How much the model is to think before it answers. */
enum llm_thinking {
	LLM_THINKING_BY_EFFORT, /* as reasoning_effort says */
	LLM_THINKING_UNASKED,   /* not asked for; the effort is beside it */
	LLM_THINKING_OFF,
	LLM_THINKING_BUDGET,  /* up to thinking_tokens of its output */
	LLM_THINKING_ADAPTIVE /* as the model likes */
};

/* A member of the client's body that we do not interpret. */
struct llm_extra {
	struct str name;
	struct str json; /* its value */
};

/* Of which dialect extras are: only providers of that kind get them. */
enum llm_dialect {
	LLM_DIALECT_NONE,
	LLM_DIALECT_OPENAI,
	LLM_DIALECT_ANTHROPIC
};

struct llm_request {
	struct str model; /* without the provider's name */
	const struct llm_message *messages;
	size_t nmessages;
	int64_t max_output_tokens;

	const struct llm_tool *tools;
	size_t ntools;
	enum llm_tool_choice tool_choice;
	struct str tool_named;
	bool one_tool_at_a_time; /* parallel_tool_calls = false */

	enum llm_format format;
	struct str schema_name;
	struct str schema;  /* JSON */
	bool schema_strict; /* the provider must keep to it, or refuse it */

	const struct str *stop; /* sequences that end the answer */
	size_t nstop;

	/* Numbers as the client wrote them; empty: not given. */
	struct str temperature;
	struct str top_p;
	struct str seed;
	struct str reasoning_effort; /* "low", "medium", "high", … */
	enum llm_thinking thinking;
	int64_t thinking_tokens;     /* part of max_output_tokens */
	struct str thinking_display; /* "summarized", "omitted"; or empty */
	struct str end_user;         /* whom the client acts for */

	/* Instead of messages: what becomes vectors.  Each is JSON, a string or
	   a list of tokens. */
	const struct str *inputs;
	size_t ninputs;
	struct str dimensions; /* as temperature */
	bool base64;           /* the client wants that form */

	enum llm_dialect extras_of;
	const struct llm_extra *extras;
	size_t nextras;
};

/*
 * The most input tokens that r can be for any tokeniser: no tokeniser makes
 * more tokens than there are bytes; an image counts as image_tokens, whatever
 * its size.  What a provider adds for each message and tool is in it.
 * Saturates.
 */
int64_t llm_request_bound_tokens(const struct llm_request *r,
				 int64_t image_tokens);

/* Copy r with all its texts to a, so that it can outlive its call. */
void llm_request_copy(struct arena *a, const struct llm_request *r,
		      struct llm_request *out);

/* Can s be a model: no control characters, and up to max bytes? */
bool llm_model_is_name(struct str s, size_t max);

/*
 * Does model, perhaps with its maker's name in front, think without showing it,
 * and is that output that costs?
 */
bool llm_model_thinks_unseen(struct str model);

/* The first text of m; empty: none. */
struct str llm_message_text(const struct llm_message *m);

/*
 * Who asks where only the system speaks: the last of n messages that has a
 * text. OpenAI answers such a conversation as it is; where the two sides must
 * take turns, this message is the user's.
 *
 * Returns its index, or n when somebody else speaks or nothing is said.
 */
size_t llm_system_asks(const struct llm_message *messages, size_t n);

/* Bytes that writing r as JSON takes, roughly: a first guess for a buffer. */
size_t llm_request_bytes(const struct llm_request *r);

/* Would the client see what the model thinks? */
bool llm_request_shows_thoughts(const struct llm_request *r);

/*
 * The effort for providers that take one in place of a budget: what was asked
 * for in OpenAI's words, else after the budget's part of the output; empty when
 * neither was said.
 */
struct str llm_request_effort(const struct llm_request *r);

#endif
