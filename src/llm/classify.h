#ifndef SLIPWAY_LLM_CLASSIFY_H
#define SLIPWAY_LLM_CLASSIFY_H

#include "base/err.h"
#include "base/str.h"
#include "json/json.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* A provider's own words about an error, in whatever shape it sent them. */
struct provider_error {
	struct str message;
	struct str type; /* "insufficient_quota", "overloaded_error", … */
	struct str code; /* empty when it is a number */
	int64_t code_number;
};

/*
 * Find the error in a JSON value: {"error":{…}}, {"error":"…"}, Google's
 * array around it, {"object":"error",…}, Anthropic's {"type":"error",…},
 * Bedrock's {"message":"…"} and FastAPI's {"detail":"…"} (these two only when
 * bare is true, for they could be members of an answer).
 *
 * Returns false when there is none.
 */
bool provider_error_find(struct json root, bool bare,
			 struct provider_error *out);

/*
 * Class of an error: one of ERR_UPSTREAM, _RATE, _QUOTA, _AUTH, _REJECTED and
 * _TIMEOUT.  The body decides where it is clear, else the status.
 *
 * status  of the answer; 200 for an error inside a stream
 * pe      NULL when the body told nothing
 */
enum err provider_error_class(int status, const struct provider_error *pe);

/*
 * Both of the above for a non-2xx answer, with the provider's message and
 * nothing that looks like a key in e.  For the `classify` of an adapter.
 */
enum err provider_classify(struct arena *a, int status, struct str body,
			   struct errbuf *e);

/* "TYPE: message" without keys, for the log; never NULL. */
const char *provider_error_text(struct arena *a,
				const struct provider_error *pe);

/*
 * s for the log: at most max bytes, control bytes as blanks, and "[key]" for
 * whatever looks like a secret: the usual prefixes (sk-, AKIA, eyJ …), the
 * word after "Bearer" or "key provided:", and long runs of letters mixed with
 * digits.  Lives in a.
 */
const char *provider_redact(struct arena *a, struct str s, size_t max);

#endif
