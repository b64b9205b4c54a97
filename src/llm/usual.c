/*
 * A reader of usual JSON texts, used by the adapters `openai` and `anthropic`
 * for the events around the text of a stream.  It takes less than the grammar
 * allows and never more.  Recursion is as deep as the known members say.
 */
#include "llm/usual.h"

#include <string.h>

#define DIGITS_MAX 15

struct reader {
	const char *p;
	const char *end;
	const struct usual_member *known;
	size_t n;
	struct usual_value *values;
};

static bool read_object(struct reader *r, int in);

static void skip_space(struct reader *r)
{
	while (r->p < r->end && *r->p == ' ')
		r->p++;
}

/* Take c, if it comes next. */
static bool take(struct reader *r, char c)
{
	if (r->p == r->end || *r->p != c)
		return false;
	r->p++;
	return true;
}

/* A string that means itself. */
static bool read_string(struct reader *r, struct str *out)
{
	if (!take(r, '"'))
		return false;
	const char *const from = r->p;
	const char *p = from;
	for (; p < r->end && *p != '"'; p++)
		if ((unsigned char)*p < 0x20 || *p == '\\')
			return false;
	*out = (struct str){from, (size_t)(p - from)};
	r->p = p;
	return take(r, '"');
}

static bool read_digits(struct reader *r, struct str *out)
{
	const char *const from = r->p;

	while (r->p < r->end && *r->p >= '0' && *r->p <= '9')
		r->p++;
	*out = (struct str){from, (size_t)(r->p - from)};
	return out->n == 1 ||
	       (out->n > 0 && out->n <= DIGITS_MAX && *from != '0');
}

static bool read_word(struct reader *r, struct str word)
{
	const struct str rest = {r->p, (size_t)(r->end - r->p)};

	if (!str_starts(rest, word))
		return false;
	r->p += word.n;
	return true;
}

/* One object or nothing between the brackets. */
static bool read_array(struct reader *r, int member)
{
	struct usual_value *const v = &r->values[member];

	if (!take(r, '['))
		return false;
	skip_space(r);
	v->type = JSON_ARRAY;
	v->empty = take(r, ']');
	if (v->empty)
		return true;
	if (!read_object(r, member))
		return false;
	skip_space(r);
	return take(r, ']');
}

static bool read_value(struct reader *r, int member)
{
	struct usual_value *const v = &r->values[member];

	switch (r->p < r->end ? *r->p : '\0') {
	case '"':
		v->type = JSON_STRING;
		return read_string(r, &v->text);
	case '{':
		v->type = JSON_OBJECT;
		return read_object(r, member);
	case '[':
		return read_array(r, member);
	case 'n':
		return read_word(r, STR("null"));
	case 't':
		v->type = JSON_BOOL;
		return read_word(r, STR("true"));
	case 'f':
		v->type = JSON_BOOL;
		return read_word(r, STR("false"));
	default:
		v->type = JSON_INT;
		return read_digits(r, &v->text);
	}
}

/* The number of that member; -1 when nobody knows it. */
static int find(const struct reader *r, int in, struct str name)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct usual_member *const m = &r->known[i];
		if (m->in == in && strncmp(m->name, name.p, name.n) == 0 &&
		    m->name[name.n] == '\0')
			return (int)i;
	}
	return -1;
}

static bool read_member(struct reader *r, int in)
{
	struct str name = STR_NONE;

	if (!read_string(r, &name))
		return false;
	const int member = find(r, in, name);
	if (member < 0 || r->values[member].seen)
		return false;
	r->values[member].seen = true;
	skip_space(r);
	if (!take(r, ':'))
		return false;
	skip_space(r);
	return read_value(r, member);
}

static bool read_object(struct reader *r, int in)
{
	if (!take(r, '{'))
		return false;
	skip_space(r);
	if (take(r, '}'))
		return true;
	for (;;) {
		if (!read_member(r, in))
			return false;
		skip_space(r);
		if (take(r, '}'))
			return true;
		if (!take(r, ','))
			return false;
		skip_space(r);
	}
}

bool usual_read(struct str text, const struct usual_member *known, size_t n,
		struct usual_value *values)
{
	struct reader r = {.p = text.p,
			   .end = text.p + text.n,
			   .known = known,
			   .n = n,
			   .values = values};

	return str_is_utf8(text) && read_object(&r, USUAL_TOP) && r.p == r.end;
}
