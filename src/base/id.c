/*
 * Identifiers: request ids, trace ids, and the kernel's random bytes they are
 * made of.
 */
#include "base/id.h"

#include "base/clock.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

#define TIME_CHARS   10
#define RANDOM_CHARS 16

void id_random(void *out, size_t n)
{
	unsigned char *p = out;

	while (n > 0) {
		const ssize_t got = getrandom(p, n, 0);
		if (got < 0) {
			assert(errno == EINTR);
			continue;
		}
		p += got;
		n -= (size_t)got;
	}
}

void id_request(char out[static ID_REQUEST_BYTES])
{
	static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";
	uint64_t ms = (uint64_t)clock_wall_ms();
	unsigned char noise[RANDOM_CHARS];

	memcpy(out, "req_", 4);
	for (int i = TIME_CHARS - 1; i >= 0; i--) {
		out[4 + i] = digits[ms & 31];
		ms >>= 5;
	}
	id_random(noise, sizeof(noise));
	for (int i = 0; i < RANDOM_CHARS; i++)
		out[4 + TIME_CHARS + i] = digits[noise[i] & 31];
	out[ID_REQUEST_BYTES - 1] = '\0';
}

void id_hex(const void *bytes, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *const p = bytes;

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[p[i] >> 4];
		out[2 * i + 1] = digits[p[i] & 15];
	}
	out[2 * n] = '\0';
}

void id_trace(char out[static ID_TRACE_BYTES])
{
	unsigned char noise[16];

	id_random(noise, sizeof(noise));
	noise[0] |= 1; /* all zero is invalid */
	id_hex(noise, sizeof(noise), out);
}

static bool is_hex(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (strchr("0123456789abcdef", s.p[i]) == NULL ||
		    s.p[i] == '\0')
			return false;
	return true;
}

/* Its trace and span; false when the header is not valid. */
static bool parse_traceparent(struct str traceparent, struct str *trace,
			      struct str *span)
{
	struct str version;
	struct str flags;
	struct str rest;

	if (!str_cut(traceparent, '-', &version, &rest) ||
	    !str_cut(rest, '-', trace, &rest) ||
	    !str_cut(rest, '-', span, &rest))
		return false;
	/* a later version may add fields behind the flags; 00 has none */
	const bool more = str_cut(rest, '-', &flags, &rest);
	if (version.n != 2 || trace->n != 32 || span->n != 16 || flags.n != 2 ||
	    !is_hex(version) || !is_hex(*trace) || !is_hex(*span) ||
	    !is_hex(flags) || str_eq_c(version, "ff") ||
	    (more && str_eq_c(version, "00")))
		return false;
	return !str_eq_c(*trace, "00000000000000000000000000000000") &&
	       !str_eq_c(*span, "0000000000000000");
}

bool id_trace_parse(struct str traceparent, char out[static ID_TRACE_BYTES])
{
	struct str trace;
	struct str span;

	if (!parse_traceparent(traceparent, &trace, &span))
		return false;
	memcpy(out, trace.p, trace.n);
	out[trace.n] = '\0';
	return true;
}

bool id_span_parse(struct str traceparent, char out[static ID_SPAN_BYTES])
{
	struct str trace;
	struct str span;

	out[0] = '\0';
	if (!parse_traceparent(traceparent, &trace, &span))
		return false;
	memcpy(out, span.p, span.n);
	out[span.n] = '\0';
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool id_unhex(struct str hex, void *out, size_t n)
{
	unsigned char *const p = out;

	if (hex.n != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		const int high = hex_digit(hex.p[2 * i]);
		const int low = hex_digit(hex.p[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		p[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}
