/*
 * Vectors from one form into the other.
 */
#include "api/vector.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define NUMBER_BYTES 32

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			     "abcdefghijklmnopqrstuvwxyz0123456789+/";

/* RFC 4648 section 4, as the bytes come. */
struct base64 {
	struct buf *out;
	uint32_t bits;
	int n; /* bytes in bits */
};

static void base64_put(struct base64 *b, unsigned char byte)
{
	b->bits = b->bits << 8 | byte;
	if (++b->n < 3)
		return;
	for (int shift = 18; shift >= 0; shift -= 6)
		buf_add_char(b->out, digits[b->bits >> shift & 63]);
	b->n = 0;
	b->bits = 0;
}

static void base64_end(struct base64 *b)
{
	const int n = b->n;

	if (n == 0)
		return;
	b->bits <<= 8 * (3 - n);
	for (int i = 0; i <= n; i++)
		buf_add_char(b->out, digits[b->bits >> (18 - 6 * i) & 63]);
	buf_add_c(b->out, n == 1 ? "==" : "=");
}

static void write_base64(struct buf *out, struct json v)
{
	struct base64 b = {.out = out};

	buf_add_char(out, '"');
	for (size_t i = 0; i < json_count(v); i++) {
		const float f = (float)json_real(json_at(v, i));
		uint32_t bits = 0;
		memcpy(&bits, &f, sizeof(bits));
		for (int shift = 0; shift < 32; shift += 8)
			base64_put(&b, (unsigned char)(bits >> shift & 255));
	}
	base64_end(&b);
	buf_add_char(out, '"');
}

/* 9 digits bring back every float; what is no number is none of a vector. */
static void write_number(struct buf *out, uint32_t bits)
{
	char text[NUMBER_BYTES];
	float f = 0;

	memcpy(&f, &bits, sizeof(f));
	(void)snprintf(text, sizeof(text), "%.9g",
		       isfinite(f) ? (double)f : 0.0);
	buf_add_c(out, text);
}

static void write_numbers(struct buf *out, struct str text)
{
	uint32_t bits = 0;   /* of base64, 6 at a time */
	uint32_t number = 0; /* of bytes, 4 at a time */
	int nbits = 0;
	int nbytes = 0;
	bool first = true;

	buf_add_char(out, '[');
	for (size_t i = 0; i < text.n; i++) {
		const char *const digit = memchr(digits, text.p[i], 64);
		if (digit == NULL)
			break;
		bits = bits << 6 | (uint32_t)(digit - digits);
		nbits += 6;
		if (nbits < 8)
			continue;
		nbits -= 8;
		number |= (bits >> nbits & 255) << 8 * nbytes++;
		if (nbytes < 4)
			continue;
		buf_add_c(out, first ? "" : ",");
		write_number(out, number);
		first = false;
		number = 0;
		nbytes = 0;
	}
	buf_add_char(out, ']');
}

void vector_write(struct buf *out, struct json v, bool base64)
{
	const bool is_text = json_type(v) == JSON_STRING;

	if (is_text == base64)
		buf_add_str(out, json_text(v));
	else if (base64)
		write_base64(out, v);
	else
		write_numbers(out, json_str(v));
}
