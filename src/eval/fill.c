/*
 * Templates of cases: {{name}} and nothing more.  promptfoo knows a whole
 * language there; what we would render otherwise than it does is refused.
 */
#include "eval/fill.h"

#include "base/arena.h"

#include <string.h>

#define NAME_BYTES 64

struct str eval_scalar(struct json v)
{
	switch (json_type(v)) {
	case JSON_STRING:
		return json_str(v);
	case JSON_BOOL:
	case JSON_INT:
	case JSON_REAL:
		return json_text(v);
	case JSON_NULL:
	case JSON_ARRAY:
	case JSON_OBJECT:
		break;
	}
	return STR_NONE;
}

static bool is_name(struct str s)
{
	if (s.n == 0 || s.n >= NAME_BYTES)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		const char c = s.p[i];
		if (!(c == '_' || (c >= 'a' && c <= 'z') ||
		      (c >= 'A' && c <= 'Z') ||
		      (i > 0 && c >= '0' && c <= '9')))
			return false;
	}
	return true;
}

/* What stands inside the quotes of a JSON string. */
static void add_inside(struct buf *out, struct str value)
{
	struct buf quoted;

	buf_init(&quoted, out->arena, out->max);
	json_quote(&quoted, value);
	if (quoted.full)
		out->full = true;
	else
		buf_add(out, quoted.p + 1, quoted.n - 2);
}

static enum err add_value(struct buf *out, struct str name, struct json vars,
			  bool quoted, struct errbuf *e)
{
	char text[NAME_BYTES];

	if (!is_name(name))
		return err_set(e, ERR_INVALID_REQUEST,
			       "{{" STR_FMT "}}: between the braces stands the "
			       "name of a variable and nothing else",
			       STR_ARG(name));
	memcpy(text, name.p, name.n);
	text[name.n] = '\0';
	const struct str value = eval_scalar(json_get(vars, text));
	if (value.p == NULL)
		return err_set(e, ERR_INVALID_REQUEST,
			       "{{%s}}: \"vars\" has no such text", text);
	if (quoted)
		add_inside(out, value);
	else
		buf_add_str(out, value);
	return ERR_OK;
}

/* Where "{{" or, in *other, "{%" or "{#" begins; s.n when nowhere. */
static size_t find_open(struct str s, bool *other)
{
	*other = false;
	for (size_t i = 0; i + 1 < s.n; i++) {
		if (s.p[i] != '{')
			continue;
		*other = s.p[i + 1] == '%' || s.p[i + 1] == '#';
		if (*other || s.p[i + 1] == '{')
			return i;
	}
	return s.n;
}

enum err eval_fill(struct buf *out, struct str text, struct json vars,
		   bool quoted, struct errbuf *e)
{
	bool other = false;

	while (text.n > 0) {
		const size_t at = find_open(text, &other);
		buf_add(out, text.p, at);
		text = (struct str){text.p + at, text.n - at};
		if (text.n == 0)
			break;
		const size_t end = str_find(text, STR("}}"));
		if (other || end > text.n)
			return err_set(e, ERR_INVALID_REQUEST,
				       other ? "\"%.2s\" begins an expression; "
					       "only {{name}} is filled in"
					     : "\"%.2s\" has no end",
				       text.p);
		ERR_TRY(add_value(out,
				  str_trim((struct str){text.p + 2, end - 2}),
				  vars, quoted, e));
		text = (struct str){text.p + end + 2, text.n - end - 2};
	}
	return buf_err(out);
}
