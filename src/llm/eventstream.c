/*
 * Binary event streams as AWS sends them.  The adapter bedrock calls it with
 * what llm/upstream delivers.  Nothing of a message is believed before its
 * checksum is right, but for its length, which has a checksum of its own.
 */
#include "llm/eventstream.h"

#include "base/arena.h"

#include <stdint.h>
#include <string.h>

#define PRELUDE_BYTES ((size_t)12)
#define CRC_BYTES     ((size_t)4)
#define FRAME_BYTES   (PRELUDE_BYTES + CRC_BYTES)

enum header_type {
	HEADER_TRUE,
	HEADER_FALSE,
	HEADER_BYTE,
	HEADER_SHORT,
	HEADER_INT,
	HEADER_LONG,
	HEADER_BYTES,
	HEADER_STRING,
	HEADER_TIME,
	HEADER_UUID
};

void eventstream_init(struct eventstream *s, struct arena *a,
		      void (*message)(void *arg,
				      const struct eventstream_message *m),
		      void *arg)
{
	memset(s, 0, sizeof(*s));
	s->message = message;
	s->arg = arg;
	buf_init(&s->frame, a, EVENTSTREAM_MAX_BYTES);
}

static uint32_t number(const char *p, size_t bytes)
{
	uint32_t v = 0;

	for (size_t i = 0; i < bytes; i++)
		v = v << 8 | (unsigned char)p[i];
	return v;
}

/* CRC-32 as of zlib, four bits at a time. */
static uint32_t crc32_of(const char *p, size_t n)
{
	static const uint32_t table[16] = {
		0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC,
		0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
		0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
		0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};
	uint32_t crc = 0xFFFFFFFF;

	for (size_t i = 0; i < n; i++) {
		crc ^= (unsigned char)p[i];
		crc = table[crc & 15] ^ crc >> 4;
		crc = table[crc & 15] ^ crc >> 4;
	}
	return ~crc;
}

/* Headers -------------------------------------------------------------- */

/* Take n bytes from the front of *in; false when there are not so many. */
static bool take(struct str *in, size_t n, struct str *out)
{
	if (in->n < n)
		return false;
	*out = (struct str){in->p, n};
	*in = (struct str){in->p + n, in->n - n};
	return true;
}

/* Take a text after its length, which has so many bytes. */
static bool take_text(struct str *in, size_t length_bytes, struct str *out)
{
	struct str length = STR_NONE;

	return take(in, length_bytes, &length) &&
	       take(in, number(length.p, length_bytes), out);
}

static bool take_value(struct str *in, enum header_type type, struct str *out)
{
	static const size_t sizes[] = {
		[HEADER_TRUE] = 0,  [HEADER_FALSE] = 0, [HEADER_BYTE] = 1,
		[HEADER_SHORT] = 2, [HEADER_INT] = 4,   [HEADER_LONG] = 8,
		[HEADER_TIME] = 8,  [HEADER_UUID] = 16};

	if (type == HEADER_BYTES || type == HEADER_STRING)
		return take_text(in, 2, out);
	if (type > HEADER_UUID)
		return false;
	return take(in, sizes[type], out);
}

static void keep_header(struct eventstream_message *m, struct str name,
			struct str value)
{
	if (str_eq_c(name, ":message-type"))
		m->message_type = value;
	else if (str_eq_c(name, ":event-type"))
		m->event_type = value;
	else if (str_eq_c(name, ":exception-type"))
		m->exception_type = value;
	else if (str_eq_c(name, ":error-code"))
		m->error_code = value;
	else if (str_eq_c(name, ":error-message"))
		m->error_message = value;
}

static bool read_headers(struct str in, struct eventstream_message *m)
{
	while (in.n > 0) {
		struct str name = STR_NONE;
		struct str type = STR_NONE;
		struct str value = STR_NONE;
		if (!take_text(&in, 1, &name) || name.n == 0 ||
		    !take(&in, 1, &type))
			return false;
		const unsigned char kind = (unsigned char)type.p[0];
		if (!take_value(&in, (enum header_type)kind, &value))
			return false;
		if (kind == HEADER_STRING)
			keep_header(m, name, value);
	}
	return true;
}

/* Messages -------------------------------------------------------------- */

static enum err fail(struct eventstream *s, enum err err, const char **why,
		     const char *reason)
{
	s->failed = true;
	*why = reason;
	return err;
}

/*
 * The length of the message that begins with in, of which the prelude is
 * there.
 */
static enum err check_prelude(struct eventstream *s, struct str in,
			      size_t *total, const char **why)
{
	const size_t headers = number(in.p + 4, 4);

	*total = number(in.p, 4);
	if (number(in.p + 8, 4) != crc32_of(in.p, 8))
		return fail(s, ERR_UPSTREAM, why,
			    "event stream: the checksum of a length is wrong");
	if (*total > EVENTSTREAM_MAX_BYTES)
		return fail(s, ERR_TOO_LARGE, why,
			    "event stream: a message over the ceiling");
	if (*total < FRAME_BYTES || headers > *total - FRAME_BYTES)
		return fail(s, ERR_UPSTREAM, why,
			    "event stream: a length that cannot be");
	return ERR_OK;
}

/* frame: a whole message. */
static enum err read_message(struct eventstream *s, struct str frame,
			     const char **why)
{
	const size_t headers = number(frame.p + 4, 4);
	const size_t body = frame.n - CRC_BYTES;
	struct eventstream_message m;

	memset(&m, 0, sizeof(m));
	if (number(frame.p + body, CRC_BYTES) != crc32_of(frame.p, body))
		return fail(s, ERR_UPSTREAM, why,
			    "event stream: the checksum of a message is wrong");
	if (!read_headers((struct str){frame.p + PRELUDE_BYTES, headers}, &m))
		return fail(s, ERR_UPSTREAM, why,
			    "event stream: headers that cannot be read");
	m.payload = (struct str){frame.p + PRELUDE_BYTES + headers,
				 body - PRELUDE_BYTES - headers};
	s->nmessages++;
	s->message(s->arg, &m);
	return ERR_OK;
}

/* Add the next bytes of in to the begun message, up to n of it in all. */
static void fill(struct eventstream *s, struct str *in, size_t n)
{
	const size_t missing = n - s->frame.n;
	const size_t more = in->n < missing ? in->n : missing;

	buf_add(&s->frame, in->p, more);
	*in = (struct str){in->p + more, in->n - more};
}

/* Go on with the message that was cut. */
static enum err feed_begun(struct eventstream *s, struct str *in,
			   const char **why)
{
	size_t total = PRELUDE_BYTES;

	if (s->frame.n < PRELUDE_BYTES)
		fill(s, in, PRELUDE_BYTES);
	if (s->frame.n < PRELUDE_BYTES)
		return ERR_OK;
	ERR_TRY(check_prelude(s, buf_str(&s->frame), &total, why));
	fill(s, in, total);
	if (s->frame.n < total)
		return ERR_OK;
	const enum err err = read_message(s, buf_str(&s->frame), why);
	buf_reset(&s->frame);
	return err;
}

/* A message, or the beginning of one, at the front of in; it is not copied. */
static enum err feed_new(struct eventstream *s, struct str *in,
			 const char **why)
{
	size_t total = 0;

	if (in->n >= PRELUDE_BYTES)
		ERR_TRY(check_prelude(s, *in, &total, why));
	if (total == 0 || in->n < total) {
		fill(s, in, in->n);
		return ERR_OK;
	}
	const struct str frame = {in->p, total};
	*in = (struct str){in->p + total, in->n - total};
	return read_message(s, frame, why);
}

enum err eventstream_feed(struct eventstream *s, struct str bytes,
			  const char **why)
{
	while (bytes.n > 0 && !s->failed)
		ERR_TRY(s->frame.n > 0 ? feed_begun(s, &bytes, why)
				       : feed_new(s, &bytes, why));
	return ERR_OK;
}
