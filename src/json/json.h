#ifndef SLIPWAY_JSON_JSON_H
#define SLIPWAY_JSON_JSON_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* Nesting allowed in anything that comes from outside. */
#define JSON_MAX_DEPTH 32

/*
 * Values, and arrays and objects among them, in one text.  A short text can
 * ask for a lot of memory ("[[],[],…" takes 100 bytes for each of its own), and
 * that memory is json-c's, so no arena's ceiling stops it.
 */
#define JSON_MAX_VALUES     262144
#define JSON_MAX_CONTAINERS 32768

/* Characters of one number. */
#define JSON_MAX_NUMBER_BYTES 100

/*
 * A borrowed view of one JSON value; lives as long as the arena that
 * json_parse() was given.  Opaque: json-c stays inside json.c.
 */
struct json {
	void *node; /* NULL: absent or JSON null */
};

enum json_type {
	JSON_NULL, /* also: absent */
	JSON_BOOL,
	JSON_INT,
	JSON_REAL,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT
};

/*
 * Parse text, which must be one UTF-8 JSON value and nothing after it
 * (RFC 8259; strict, at most JSON_MAX_DEPTH deep).  Of members with the same
 * name the last one counts.  Integers below INT64_MIN or above UINT64_MAX and
 * \u0000 in a member name are refused; strings may hold NUL bytes; a lone
 * surrogate escape becomes U+FFFD.
 *
 * Returns ERR_OK; ERR_INVALID_JSON, or ERR_TOO_LARGE for more values than
 * JSON_MAX_VALUES or JSON_MAX_CONTAINERS, with the reason and offset in e.
 * Owns:  *out lives in a, its memory is not counted there.  Parse the events of
 * a stream into an arena that is cleared after each.
 */
ERR_MUST_USE enum err json_parse(struct arena *a, struct str text,
				 struct json *out, struct errbuf *e);

enum json_type json_type(struct json v);

/* Member `name` of object v; absent when v is not an object. */
struct json json_get(struct json v, const char *name);

/* Has object v this member, if only as null? */
bool json_has(struct json v, const char *name);

/* Element i of array v; absent when out of range or not an array. */
struct json json_at(struct json v, size_t i);

/* Elements of an array or members of an object, else 0. */
size_t json_count(struct json v);

/*
 * Typed members.  An absent or null member leaves *out alone and is ERR_OK, so
 * set the default first; a member of another type is ERR_INVALID_REQUEST and
 * e says which ("\"message\" must be a string").  Strings are borrowed from
 * the arena of v.
 */
ERR_MUST_USE enum err json_get_str(struct json v, const char *name,
				   struct str *out, struct errbuf *e);
ERR_MUST_USE enum err json_get_bool(struct json v, const char *name, bool *out,
				    struct errbuf *e);
ERR_MUST_USE enum err json_get_i64(struct json v, const char *name, int64_t min,
				   int64_t max, int64_t *out, struct errbuf *e);

/*
 * The value itself: empty / 0 when it has another type.  An integer above
 * INT64_MAX is INT64_MAX.
 */
struct str json_str(struct json v);
int64_t json_i64(struct json v);
bool json_is_true(struct json v);
/* Of an integer, too; never for money. */
double json_real(struct json v);

/*
 * The value as compact JSON text (numbers as they were written, except that
 * the integer -0 becomes 0), for passing on what we do not interpret.  Borrowed
 * from the arena of v.
 */
struct str json_text(struct json v);

/*
 * Call fn for each member of object v in order, until it fails.
 * Returns the first failure, or ERR_OK.
 */
ERR_MUST_USE enum err json_each(struct json v,
				enum err (*fn)(void *arg, struct str name,
					       struct json value),
				void *arg);

/*
 * Writer: compact JSON appended to a buf, commas and escapes taken care of.
 * Strings that are not UTF-8 get U+FFFD for each bad byte.  "<", ">", "&" and
 * U+2028/2029 are escaped, so the text is inert in a page, too.
 *
 *	struct jw w;
 *	jw_init(&w, &out);
 *	jw_open_object(&w, NULL);
 *	jw_str(&w, "answer", answer);
 *	jw_open_array(&w, "citations");
 *	...
 *	jw_close(&w); jw_close(&w);
 *
 * name is the member's name inside an object and NULL inside an array or at
 * the top.  Whether the buf overflowed is asked of the buf.
 */
#define JW_MAX_DEPTH 16

struct jw {
	struct buf *out;
	int depth;
	char closer[JW_MAX_DEPTH]; /* '}' or ']' of each open level */
	bool first[JW_MAX_DEPTH];  /* nothing written on this level yet */
};

void jw_init(struct jw *w, struct buf *out);
void jw_open_object(struct jw *w, const char *name);
void jw_open_array(struct jw *w, const char *name);
void jw_close(struct jw *w);
void jw_str(struct jw *w, const char *name, struct str value);
void jw_c(struct jw *w, const char *name, const char *value);
void jw_int(struct jw *w, const char *name, int64_t value);
void jw_bool(struct jw *w, const char *name, bool value);
void jw_null(struct jw *w, const char *name);
/* value must be JSON already: written as it is. */
void jw_raw(struct jw *w, const char *name, struct str value);

/* Append s as a quoted, escaped JSON string: the hot path of every token. */
void json_quote(struct buf *out, struct str s);

#endif
