/*
 * The grammar of RFC 8259 as a checker: one pass, no recursion, no memory.
 * json.c runs it before json-c builds the tree.  The open levels are bits of
 * one integer (1 = object), so the depth is bounded by its type.
 */
#include "json/scan.h"

#include "json/json.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* What may come next. */
enum expect {
	EXPECT_VALUE,
	EXPECT_VALUE_OR_CLOSE, /* after [ */
	EXPECT_NAME,
	EXPECT_NAME_OR_CLOSE, /* after { */
	EXPECT_AFTER          /* a comma, a closer, or the end */
};

struct scan {
	struct str text;
	size_t at;
	uint64_t objects; /* bit 0 is the innermost open level */
	int depth;
	size_t values;
	size_t containers;
	enum expect expect;
	const char *why; /* set when a step fails */
};

static_assert(JSON_MAX_DEPTH < 64, "the open levels are bits of a uint64_t");

static bool fail(struct scan *s, const char *why)
{
	s->why = why;
	return false;
}

/* The byte at the cursor; -1 at the end. */
static int peek(const struct scan *s)
{
	return s->at < s->text.n ? (unsigned char)s->text.p[s->at] : -1;
}

static void skip_space(struct scan *s)
{
	while (s->at < s->text.n &&
	       (s->text.p[s->at] == ' ' || s->text.p[s->at] == '\n' ||
		s->text.p[s->at] == '\r' || s->text.p[s->at] == '\t'))
		s->at++;
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(int c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* The cursor is on the "u" of \uXXXX; leaves it on the last digit. */
static bool scan_unicode(struct scan *s, bool is_name)
{
	bool zero = true;

	for (int i = 0; i < 4; i++) {
		s->at++;
		if (!is_hex(peek(s)))
			return fail(s, "\\u needs four hex digits");
		zero = zero && peek(s) == '0';
	}
	/* json-c would cut the name there, and make it another name */
	if (zero && is_name)
		return fail(s, "\\u0000 in a member name");
	return true;
}

/* The cursor is on the quote; leaves it behind the closing one. */
static bool scan_string(struct scan *s, bool is_name)
{
	for (s->at++; s->at < s->text.n; s->at++) {
		const int c = peek(s);
		if (c == '"') {
			s->at++;
			return true;
		}
		if (c < 0x20)
			return fail(s, "control byte in a string");
		if (c != '\\')
			continue;
		s->at++;
		if (peek(s) == 'u') {
			if (!scan_unicode(s, is_name))
				return false;
		} else if (peek(s) <= 0 ||
			   strchr("\"\\/bfnrt", peek(s)) == NULL)
			return fail(s, "unknown escape in a string");
	}
	return fail(s, "string without an end");
}

static size_t scan_digits(struct scan *s)
{
	const size_t from = s->at;

	while (is_digit(peek(s)))
		s->at++;
	return s->at - from;
}

/* Integers that json-c would quietly change are refused instead. */
static bool integer_fits(struct str digits, bool negative)
{
	uint64_t v = 0;

	for (size_t i = 0; i < digits.n; i++)
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(digits.p[i] - '0'),
					   &v))
			return false;
	return !negative || v <= (uint64_t)INT64_MAX + 1;
}

static bool scan_number(struct scan *s)
{
	const size_t from = s->at;
	const bool negative = peek(s) == '-';
	bool integer = true;

	s->at += negative ? 1 : 0;
	const size_t first = s->at;
	const size_t n = scan_digits(s);
	if (n == 0 || (n > 1 && s->text.p[first] == '0'))
		return fail(s, "not a number");
	if (peek(s) == '.') {
		integer = false;
		s->at++;
		if (scan_digits(s) == 0)
			return fail(s, "no digit after the point");
	}
	if (peek(s) == 'e' || peek(s) == 'E') {
		integer = false;
		s->at++;
		if (peek(s) == '+' || peek(s) == '-')
			s->at++;
		if (scan_digits(s) == 0)
			return fail(s, "no digit in the exponent");
	}
	if (s->at - from > JSON_MAX_NUMBER_BYTES)
		return fail(s, "number too long");
	if (integer &&
	    !integer_fits((struct str){s->text.p + first, n}, negative))
		return fail(s, "integer too large");
	return true;
}

static bool scan_word(struct scan *s, struct str word)
{
	const struct str rest = {s->text.p + s->at, s->text.n - s->at};

	if (!str_starts(rest, word))
		return fail(s, "a value was expected");
	s->at += word.n;
	return true;
}

static bool scan_open(struct scan *s, bool object)
{
	if (s->depth == JSON_MAX_DEPTH)
		return fail(s, "nested too deeply");
	s->depth++;
	s->objects = s->objects << 1 | (object ? 1 : 0);
	s->containers++;
	s->expect = object ? EXPECT_NAME_OR_CLOSE : EXPECT_VALUE_OR_CLOSE;
	s->at++;
	return true;
}

static void scan_close(struct scan *s)
{
	s->depth--;
	s->objects >>= 1;
	s->expect = EXPECT_AFTER;
	s->at++;
}

static bool scan_value(struct scan *s)
{
	const int c = peek(s);

	s->values++;
	if (c == '{' || c == '[')
		return scan_open(s, c == '{');
	s->expect = EXPECT_AFTER;
	if (c == '"')
		return scan_string(s, false);
	if (c == '-' || is_digit(c))
		return scan_number(s);
	if (c == 't')
		return scan_word(s, STR("true"));
	if (c == 'f')
		return scan_word(s, STR("false"));
	return scan_word(s, STR("null"));
}

static bool scan_name(struct scan *s)
{
	if (peek(s) != '"')
		return fail(s, "a member name was expected");
	if (!scan_string(s, true))
		return false;
	skip_space(s);
	if (peek(s) != ':')
		return fail(s, "':' was expected");
	s->at++;
	s->expect = EXPECT_VALUE;
	return true;
}

/* Inside an open level, behind one of its values. */
static bool scan_after(struct scan *s)
{
	const bool object = (s->objects & 1) != 0;

	if (peek(s) == ',') {
		s->at++;
		s->expect = object ? EXPECT_NAME : EXPECT_VALUE;
		return true;
	}
	if (peek(s) != (object ? '}' : ']'))
		return fail(s, object ? "',' or '}' was expected"
				      : "',' or ']' was expected");
	scan_close(s);
	return true;
}

static bool scan_step(struct scan *s)
{
	if (s->at == s->text.n)
		return fail(s, "it ends too early");
	switch (s->expect) {
	case EXPECT_NAME_OR_CLOSE:
		if (peek(s) != '}')
			return scan_name(s);
		scan_close(s);
		return true;
	case EXPECT_NAME:
		return scan_name(s);
	case EXPECT_VALUE_OR_CLOSE:
		if (peek(s) != ']')
			return scan_value(s);
		scan_close(s);
		return true;
	case EXPECT_VALUE:
		return scan_value(s);
	case EXPECT_AFTER:
		return scan_after(s);
	}
	return fail(s, "unreachable");
}

enum err json_scan(struct str text, struct errbuf *e)
{
	struct scan s = {.text = text, .expect = EXPECT_VALUE};

	for (;;) {
		skip_space(&s);
		if (s.depth == 0 && s.expect == EXPECT_AFTER)
			break;
		if (!scan_step(&s))
			return err_set(e, ERR_INVALID_JSON,
				       "invalid JSON at byte %zu: %s", s.at,
				       s.why);
		if (s.values > JSON_MAX_VALUES ||
		    s.containers > JSON_MAX_CONTAINERS)
			return err_set(e, ERR_TOO_LARGE,
				       "JSON with more than %d values or %d "
				       "arrays and objects",
				       JSON_MAX_VALUES, JSON_MAX_CONTAINERS);
	}
	if (s.at < text.n)
		return err_set(e, ERR_INVALID_JSON,
			       "invalid JSON at byte %zu: text after the "
			       "value",
			       s.at);
	return ERR_OK;
}
