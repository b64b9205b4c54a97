/*
 * Numbers from text and back, and arithmetic that saturates.  No floats: money
 * is exact.
 */
#include "base/num.h"

#include <string.h>

#define USD_DIGITS    12 /* decimal places of a pico-dollar */
#define USD_MAX_WHOLE INT64_C(9000000)
#define EXPONENT_MAX  30

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int64_t num_add(int64_t a, int64_t b)
{
	int64_t r = 0;

	if (__builtin_add_overflow(a, b, &r))
		return a > 0 ? INT64_MAX : INT64_MIN;
	return r;
}

int64_t num_mul(int64_t a, int64_t b)
{
	int64_t r = 0;

	if (__builtin_mul_overflow(a, b, &r))
		return (a > 0) == (b > 0) ? INT64_MAX : INT64_MIN;
	return r;
}

enum err num_parse_i64(struct str s, int64_t min, int64_t max, int64_t *out)
{
	const bool negative = s.n > 0 && s.p[0] == '-';
	size_t i = negative ? 1 : 0;
	int64_t v = 0;

	if (i == s.n)
		return ERR_INVALID_REQUEST;
	for (; i < s.n; i++) {
		if (!is_digit(s.p[i]))
			return ERR_INVALID_REQUEST;
		const int64_t d = s.p[i] - '0';
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, negative ? -d : d, &v))
			return ERR_INVALID_REQUEST;
	}
	if (v < min || v > max)
		return ERR_INVALID_REQUEST;
	*out = v;
	return ERR_OK;
}

struct unit {
	const char *name;
	int64_t factor;
};

/* digits followed by one of the units; the first unit may be left out */
static enum err parse_with_unit(struct str s, const struct unit *units,
				size_t nunits, int64_t *out)
{
	size_t digits = 0;

	while (digits < s.n && is_digit(s.p[digits]))
		digits++;
	if (digits == 0)
		return ERR_INVALID_REQUEST;
	const struct str tail = {s.p + digits, s.n - digits};
	for (size_t i = 0; i < nunits; i++) {
		if (!str_eq_c(tail, units[i].name) && !(i == 0 && tail.n == 0))
			continue;
		int64_t v = 0;
		ERR_TRY(num_parse_i64((struct str){s.p, digits}, 0,
				      INT64_MAX / units[i].factor, &v));
		*out = v * units[i].factor;
		return ERR_OK;
	}
	return ERR_INVALID_REQUEST;
}

enum err num_parse_ms(struct str s, int64_t *out_ms)
{
	static const struct unit units[] = {
		{"ms", 1},      {"s", 1000},     {"m", 60000},
		{"h", 3600000}, {"d", 86400000},
	};

	return parse_with_unit(s, units, sizeof(units) / sizeof(units[0]),
			       out_ms);
}

enum err num_parse_bytes(struct str s, int64_t *out_bytes)
{
	static const struct unit units[] = {
		{"b", 1},
		{"k", 1024},
		{"m", INT64_C(1024) * 1024},
		{"g", INT64_C(1024) * 1024 * 1024},
	};

	return parse_with_unit(s, units, sizeof(units) / sizeof(units[0]),
			       out_bytes);
}

/* v * 10^places, or v / 10^-places when that leaves no remainder */
static enum err scale_ten(int64_t v, int places, int64_t *out)
{
	for (; places > 0; places--)
		if (__builtin_mul_overflow(v, 10, &v))
			return ERR_INVALID_REQUEST;
	for (; places < 0; places++) {
		if (v % 10 != 0)
			return ERR_INVALID_REQUEST;
		v /= 10;
	}
	*out = v;
	return ERR_OK;
}

static enum err parse_exponent(struct str s, int64_t *out)
{
	if (s.n > 0 && s.p[0] == '+') {
		s.p++;
		s.n--;
	}
	return num_parse_i64(s, -EXPONENT_MAX, EXPONENT_MAX, out);
}

/*
 * Digits with at most one point: all of them as one number, and how many stand
 * behind the point.  *n is the length of that text.
 */
static enum err parse_digits(struct str s, int64_t *out, int *places, size_t *n)
{
	size_t digits = 0;
	size_t i = 0;
	bool point = false;

	for (; i < s.n && (is_digit(s.p[i]) || (s.p[i] == '.' && !point));
	     i++) {
		if (s.p[i] == '.') {
			point = true;
			continue;
		}
		digits++;
		*places += point ? 1 : 0;
		if (__builtin_mul_overflow(*out, 10, out) ||
		    __builtin_add_overflow(*out, s.p[i] - '0', out))
			return ERR_INVALID_REQUEST;
	}
	*n = i;
	return digits > 0 ? ERR_OK : ERR_INVALID_REQUEST;
}

enum err num_parse_usd(struct str s, int64_t *out_pico)
{
	int64_t v = 0;
	int64_t exponent = 0;
	int places = 0;
	size_t n = 0;

	ERR_TRY(parse_digits(s, &v, &places, &n));
	if (n < s.n && s.p[n] != 'e' && s.p[n] != 'E')
		return ERR_INVALID_REQUEST;
	if (n < s.n)
		ERR_TRY(parse_exponent((struct str){s.p + n + 1, s.n - n - 1},
				       &exponent));
	if (v == 0) {
		*out_pico = 0;
		return ERR_OK;
	}
	ERR_TRY(scale_ten(v, USD_DIGITS - places + (int)exponent, &v));
	if (v > USD_MAX_WHOLE * NUM_PICO_PER_USD)
		return ERR_INVALID_REQUEST;
	*out_pico = v;
	return ERR_OK;
}

enum err num_parse_bool(struct str s, bool *out)
{
	static const struct {
		const char *name;
		bool value;
	} words[] = {
		{"yes", true},  {"no", false},    {"on", true}, {"off", false},
		{"true", true}, {"false", false}, {"1", true},  {"0", false},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_eq_c(s, words[i].name)) {
			*out = words[i].value;
			return ERR_OK;
		}
	return ERR_INVALID_REQUEST;
}

struct str num_format_i64(int64_t v, char out[static NUM_I64_BYTES])
{
	uint64_t rest = v < 0 ? -(uint64_t)v : (uint64_t)v;
	size_t i = NUM_I64_BYTES;

	do {
		out[--i] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (v < 0)
		out[--i] = '-';
	return (struct str){out + i, NUM_I64_BYTES - i};
}

const char *num_format_usd(int64_t pico, char out[static NUM_USD_BYTES])
{
	const uint64_t abs = pico < 0 ? -(uint64_t)pico : (uint64_t)pico;
	const uint64_t per = (uint64_t)NUM_PICO_PER_USD;
	char digits[NUM_I64_BYTES];
	uint64_t places = abs % per;
	size_t n = 0;

	const struct str whole = num_format_i64((int64_t)(abs / per), digits);
	if (pico < 0)
		out[n++] = '-';
	memcpy(out + n, whole.p, whole.n);
	n += whole.n;
	out[n] = '.';
	for (size_t i = USD_DIGITS; i > 0; i--, places /= 10)
		out[n + i] = (char)('0' + places % 10);
	size_t end = n + USD_DIGITS;
	while (end > n + 2 && out[end] == '0')
		end--;
	out[end + 1] = '\0';
	return out;
}

int64_t num_min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t num_max(int64_t a, int64_t b)
{
	return a > b ? a : b;
}
