#ifndef SLIPWAY_BASE_NUM_H
#define SLIPWAY_BASE_NUM_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* One US dollar in pico-dollars, the unit of all money in C and in tables. */
#define NUM_PICO_PER_USD INT64_C(1000000000000)

/* Longest text of num_format_usd(), with its NUL. */
#define NUM_USD_BYTES 32

/*
 * The only ways in which text from outside becomes a number.  Each takes the
 * whole of s (no white space, no trailing bytes) and returns ERR_OK, or
 * ERR_INVALID_REQUEST with *out untouched.
 */

/* A decimal integer from min to max. */
ERR_MUST_USE enum err num_parse_i64(struct str s, int64_t min, int64_t max,
				    int64_t *out);

/* A duration: "250ms", "15s", "2m", "1h", "7d"; bare digits are ms. */
ERR_MUST_USE enum err num_parse_ms(struct str s, int64_t *out_ms);

/* A size: "512", "64k", "1m" (powers of 1024). */
ERR_MUST_USE enum err num_parse_bytes(struct str s, int64_t *out_bytes);

/*
 * Dollars as a decimal: "0.25", "12", "1e-06", "1.25E-7" become pico-dollars,
 * exactly; digits below a pico-dollar and values over 9 million dollars are
 * refused, as is a negative.
 */
ERR_MUST_USE enum err num_parse_usd(struct str s, int64_t *out_pico);

/* "yes", "no", "on", "off", "true", "false", "1", "0". */
ERR_MUST_USE enum err num_parse_bool(struct str s, bool *out);

/*
 * Write pico as a decimal of dollars without trailing zeros but with at least
 * two places ("0.25", "0.00000125", "0.00").  Returns out.
 */
const char *num_format_usd(int64_t pico, char out[static NUM_USD_BYTES]);

/* Room for any int64_t in decimal, with its sign. */
#define NUM_I64_BYTES 20

/*
 * Write v in decimal to the end of out, without printf(), which costs ten
 * times as much.  Returns the text, which has no NUL.
 */
struct str num_format_i64(int64_t v, char out[static NUM_I64_BYTES]);

/* a + b and a * b, INT64_MAX or INT64_MIN instead of an overflow. */
int64_t num_add(int64_t a, int64_t b);
int64_t num_mul(int64_t a, int64_t b);

/* The smaller and the larger of the two. */
int64_t num_min(int64_t a, int64_t b);
int64_t num_max(int64_t a, int64_t b);

#endif
