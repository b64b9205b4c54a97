#ifndef SLIPWAY_API_DECODE_H
#define SLIPWAY_API_DECODE_H

#include "base/err.h"
#include "base/str.h"
#include "llm/call.h"
#include "llm/request.h"
#include "json/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the decoders of the compatible APIs share: parts of a body that mean the
 * same in all of them, each read once here into c's request in normal form.
 * Everything is borrowed from, or lives in, the arena of the request; errors
 * are ERR_INVALID_REQUEST unless said otherwise, with what is wrong and where
 * in the errbuf of the request.
 */

#define API_MAX_OUTPUT_TOKENS INT64_C(1000000)
#define API_MAX_TOOLS         128
#define API_MAX_STOP          16

/*
 * Start a call: the caller's key and the body, which must be a JSON object.
 *
 * Returns ERR_OK, ERR_UNAUTHORIZED, ERR_INVALID_JSON or ERR_INVALID_REQUEST.
 */
ERR_MUST_USE enum err api_open(struct req *req, void *app, struct call **out,
			       struct json *body);

/*
 * Take "model": the name of a feature, an alias of [alias NAME], or
 * provider/model, which needs a key that may name it.  A model that was named
 * gets no prompt of ours.
 *
 * Returns ERR_OK, ERR_INVALID_REQUEST when it is missing, or
 * ERR_UNKNOWN_MODEL.
 */
ERR_MUST_USE enum err api_model(struct call *c, struct json body);

/*
 * Take the limit of output tokens from the first of these members that is
 * there.  Without one, what a model that was named gets is API_DEFAULT_OUTPUT.
 */
ERR_MUST_USE enum err api_limit(struct call *c, struct json body,
				const char *const *names);

/*
 * The most input tokens that the decoded call can be: what it reserves, less
 * what documents add.
 */
int64_t api_bound_tokens(struct call *c);

/* Messages ------------------------------------------------------------- */

/*
 * Make room for n messages of the client, which may become up to room in
 * normal form.  ERR_TOO_LARGE for more than [server] max_messages.
 */
ERR_MUST_USE enum err api_messages(struct call *c, size_t n, size_t room);

/* The next message, with room for nparts parts; to be filled in. */
struct llm_message *api_message(struct call *c, enum llm_role role,
				size_t nparts);

/* The next part of m. */
struct llm_part *api_part(struct llm_message *m, enum llm_part_kind kind);

/*
 * Add a thought that the model had, with its signature, or sealed, then data is
 * all of it.  ERR_TOO_LARGE as api_text().
 */
ERR_MUST_USE enum err api_thought(struct call *c, struct llm_message *m,
				  struct str text, struct str data,
				  bool sealed);

/*
 * Add a text to m: its first words, or a part behind other parts.
 * ERR_TOO_LARGE for more than [server] max_message.
 */
ERR_MUST_USE enum err api_text(struct call *c, struct llm_message *m,
			       struct str text);

/* Add an image given as "data:image/png;base64,…"; no other URL is fetched. */
ERR_MUST_USE enum err api_image_url(struct call *c, struct llm_message *m,
				    struct str url);
ERR_MUST_USE enum err api_image(struct call *c, struct llm_message *m,
				struct str media_type, struct str data);

/*
 * Add a document: text, title and what is said about it, each as long as a
 * message may be, else ERR_TOO_LARGE.
 */
ERR_MUST_USE enum err api_document(struct call *c, struct llm_message *m,
				   const struct llm_part *document);

/*
 * After the last message: somebody must have said something.
 *
 * system_asks  the system's messages alone are enough
 */
ERR_MUST_USE enum err api_messages_end(struct call *c, bool system_asks);

/* Settings of the answer ----------------------------------------------- */

/* A member that is a number, kept as it was written. */
ERR_MUST_USE enum err api_number(struct call *c, struct json body,
				 const char *name, struct str *out);

/* A member that is one string or a list of them, into c->llm.stop. */
ERR_MUST_USE enum err api_stop(struct call *c, struct json body,
			       const char *name);

/* Make room for n tools, *out; to be filled in, one by one, and taken. */
ERR_MUST_USE enum err api_tools(struct call *c, size_t n,
				struct llm_tool **out);

/* Take a tool of those, the next.  schema: of its arguments, or absent. */
ERR_MUST_USE enum err api_tool(struct call *c, struct llm_tool *tool,
			       struct json schema);

/* The answer must follow schema, which is checked here. */
ERR_MUST_USE enum err api_schema(struct call *c, struct str name,
				 struct json schema);

/* Members that are not for us ------------------------------------------- */

/* What becomes of a member of a body. */
enum api_fate {
	API_KNOWN, /* it is decoded */
	API_DROP,  /* it is taken and has no effect */
	API_REFUSE /* it would change the answer or its price */
};

struct api_field {
	const char *name;
	enum api_fate fate;
	const char *why; /* API_REFUSE: what follows "\"NAME\" " */
};

/*
 * Go through the members of body: known ones were decoded, refused ones are
 * an error unless they are null or false, and those that nobody knows go into
 * c->llm.extras for providers of this dialect.
 */
ERR_MUST_USE enum err api_fields(struct call *c, struct json body,
				 const struct api_field *fields, size_t n,
				 enum llm_dialect dialect);

#endif
