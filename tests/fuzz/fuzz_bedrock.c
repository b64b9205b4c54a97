/*
 * Fuzz target: the reader of the adapter `bedrock`.  Whatever a server
 * answers: the events are the same however the bytes are cut, they come in
 * the promised order with exactly one end, text is UTF-8, and tokens are not
 * negative.
 *
 * Bytes that are right by chance never have the right checksum, so the input
 * is fed twice: as it is, and as the contents of messages:
 *
 *	type | length | length bytes of JSON | type | length | …
 *
 * tests/fuzz/run.sh builds and runs it.
 */
#include "answer.h"
#include "llm/adapters.h"

#define MAX_INPUT_BYTES ((size_t)4096)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const types[] = {"messageStart",      "contentBlockStart",
				    "contentBlockDelta", "contentBlockStop",
				    "messageStop",       "metadata",
				    "somethingElse"};

static uint32_t crc32_of(const char *p, size_t n)
{
	uint32_t crc = 0xFFFFFFFFU;

	for (size_t i = 0; i < n; i++) {
		crc ^= (unsigned char)p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320U : 0);
	}
	return ~crc;
}

static void add_number(struct buf *out, uint32_t v)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_add_char(out, (char)(v >> shift));
}

static void add_header(struct buf *out, const char *name, const char *value)
{
	buf_add_char(out, (char)strlen(name));
	buf_add_c(out, name);
	buf_add_char(out, 7);
	buf_add_char(out, 0);
	buf_add_char(out, (char)strlen(value));
	buf_add_c(out, value);
}

static void add_message(struct arena *a, struct buf *out, uint8_t kind,
			struct str payload)
{
	const size_t start = out->n;
	const bool event = kind % 16 < 14;
	struct buf headers;

	buf_init(&headers, a, 256);
	add_header(&headers, ":message-type", event ? "event" : "exception");
	add_header(&headers, event ? ":event-type" : ":exception-type",
		   types[kind % (sizeof(types) / sizeof(types[0]))]);
	add_number(out, (uint32_t)(16 + headers.n + payload.n));
	add_number(out, (uint32_t)headers.n);
	add_number(out, crc32_of(buf_str(out).p + start, 8));
	buf_add_str(out, buf_str(&headers));
	buf_add_str(out, payload);
	add_number(out, crc32_of(buf_str(out).p + start, out->n - start));
}

static struct str framed(struct arena *a, struct str in)
{
	struct buf out;

	buf_init(&out, a, 256 * MAX_INPUT_BYTES);
	while (in.n >= 2) {
		const uint8_t kind = (uint8_t)in.p[0];
		size_t n = (uint8_t)in.p[1];
		in = (struct str){in.p + 2, in.n - 2};
		n = n < in.n ? n : in.n;
		add_message(a, &out, kind, (struct str){in.p, n});
		in = (struct str){in.p + n, in.n - n};
	}
	return buf_str(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct str input = {(const char *)data, size};
	struct arena a;

	check_stream(&provider_bedrock, input);
	if (size > MAX_INPUT_BYTES)
		return 0;
	arena_init(&a, (size_t)16 * 1024 * 1024);
	check_stream(&provider_bedrock, framed(&a, input));
	arena_release(&a);
	return 0;
}
