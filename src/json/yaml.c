/*
 * YAML to JSON by libyaml's events: the only user of yaml.h.
 */
#include "json/yaml.h"

#include "json/json.h"

#include <ctype.h>
#include <yaml.h>

#define NAMES_BYTES ((size_t)64 * 1024) /* of the keys of one place */

struct level {
	bool map;
	bool key; /* the next scalar is the name of a member */
	bool first;
	struct buf names; /* strict: of the members so far, each behind a NUL */
};

struct writer {
	struct buf *out;
	struct errbuf *e;
	const char *line; /* NULL, or the member that tells the line; strict */
	size_t depth;
	struct level levels[JSON_MAX_DEPTH];
};

static enum err fail(const struct writer *w, size_t line, const char *why)
{
	return err_set(w->e, ERR_INVALID_REQUEST, "line %zu: %s", line + 1,
		       why);
}

/* RFC 8259 section 6. */
static bool is_number(struct str s)
{
	size_t i = s.n > 0 && s.p[0] == '-' ? 1 : 0;
	size_t digits = 0;

	if (i + 1 < s.n && s.p[i] == '0' && isdigit((unsigned char)s.p[i + 1]))
		return false;
	for (; i < s.n && isdigit((unsigned char)s.p[i]); i++)
		digits++;
	if (digits == 0)
		return false;
	if (i + 1 < s.n && s.p[i] == '.' && isdigit((unsigned char)s.p[i + 1]))
		for (i++; i < s.n && isdigit((unsigned char)s.p[i]);)
			i++;
	if (i + 1 < s.n && (s.p[i] == 'e' || s.p[i] == 'E')) {
		i += s.p[i + 1] == '-' || s.p[i + 1] == '+' ? 2 : 1;
		if (i == s.n)
			return false;
		while (i < s.n && isdigit((unsigned char)s.p[i]))
			i++;
	}
	return i == s.n;
}

static void put_plain(struct buf *out, struct str s)
{
	static const char *const words[][2] = {
		{"true", "true"},   {"True", "true"},   {"TRUE", "true"},
		{"false", "false"}, {"False", "false"}, {"FALSE", "false"},
		{"null", "null"},   {"Null", "null"},   {"NULL", "null"},
		{"~", "null"},      {"", "null"},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_eq_c(s, words[i][0])) {
			buf_add_c(out, words[i][1]);
			return;
		}
	if (is_number(s))
		buf_add_str(out, s);
	else
		json_quote(out, s);
}

/* Before a value: the comma, and whose turn comes next. */
static void begin_value(struct writer *w)
{
	struct level *const top =
		w->depth > 0 ? &w->levels[w->depth - 1] : NULL;

	if (top == NULL)
		return;
	if (!top->first && !(top->map && !top->key))
		buf_add_char(w->out, ',');
	top->first = false;
	if (top->map)
		top->key = !top->key;
}

static bool is_key(const struct writer *w)
{
	return w->depth > 0 && w->levels[w->depth - 1].map &&
	       w->levels[w->depth - 1].key;
}

/* A name that stands twice would hide what the first one says. */
static enum err check_name(struct writer *w, const yaml_event_t *ev,
			   struct str name)
{
	struct buf *const names = &w->levels[w->depth - 1].names;
	const size_t n = names->n;

	buf_add_char(names, '\0');
	buf_add_str(names, name);
	buf_add_char(names, '\0');
	ERR_TRY(buf_err(names));
	/* the NUL before the name ends the one before it */
	if (str_find((struct str){names->p, n + 1},
		     (struct str){names->p + n, names->n - n}) <= n)
		return fail(w, ev->start_mark.line,
			    "a key stands twice in the same place");
	names->n--;
	return ERR_OK;
}

static enum err put_scalar(struct writer *w, const yaml_event_t *ev)
{
	const struct str s = {(const char *)ev->data.scalar.value,
			      ev->data.scalar.length};
	const bool key = is_key(w);

	if (key && w->line != NULL)
		ERR_TRY(check_name(w, ev, s));
	begin_value(w);
	if (key || ev->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		json_quote(w->out, s);
	else
		put_plain(w->out, s);
	if (key)
		buf_add_char(w->out, ':');
	return ERR_OK;
}

static enum err open_level(struct writer *w, const yaml_event_t *ev, bool map)
{
	if (is_key(w))
		return fail(w, ev->start_mark.line, "a key must be a scalar");
	if (w->depth == JSON_MAX_DEPTH)
		return fail(w, ev->start_mark.line, "nested too deep");
	begin_value(w);
	buf_add_char(w->out, map ? '{' : '[');
	struct level *const new = &w->levels[w->depth++];
	*new = (struct level){.map = map, .key = map, .first = true};
	buf_init(&new->names, w->out->arena, NAMES_BYTES);
	if (map && w->line != NULL && w->depth <= YAML_LINES_DEPTH) {
		buf_addf(w->out, "\"%s\":%zu", w->line,
			 ev->start_mark.line + 1);
		new->first = false;
	}
	return ERR_OK;
}

static enum err take(struct writer *w, const yaml_event_t *ev)
{
	switch (ev->type) {
	case YAML_SCALAR_EVENT:
		return put_scalar(w, ev);
	case YAML_MAPPING_START_EVENT:
		return open_level(w, ev, true);
	case YAML_SEQUENCE_START_EVENT:
		return open_level(w, ev, false);
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		w->depth--;
		buf_add_char(w->out, w->levels[w->depth].map ? '}' : ']');
		break;
	case YAML_ALIAS_EVENT:
		return fail(w, ev->start_mark.line,
			    "anchors and aliases are not supported");
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_START_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		break;
	}
	return ERR_OK;
}

static enum err read_events(struct writer *w, yaml_parser_t *parser)
{
	yaml_event_t ev;
	bool end = false;

	while (!end) {
		if (yaml_parser_parse(parser, &ev) == 0)
			return fail(w, parser->problem_mark.line,
				    parser->problem != NULL ? parser->problem
							    : "no YAML");
		const enum err err = take(w, &ev);
		end = ev.type == YAML_DOCUMENT_END_EVENT ||
		      ev.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&ev);
		ERR_TRY(err);
	}
	return buf_err(w->out);
}

static enum err convert(struct str text, const char *line, struct buf *out,
			struct errbuf *e)
{
	struct writer w = {.out = out, .e = e, .line = line};
	yaml_parser_t parser;

	if (yaml_parser_initialize(&parser) == 0)
		return err_set(e, ERR_INTERNAL, "no memory for YAML");
	yaml_parser_set_input_string(&parser, (const unsigned char *)text.p,
				     text.n);
	const enum err err = read_events(&w, &parser);
	yaml_parser_delete(&parser);
	return err;
}

enum err yaml_to_json(struct str text, struct buf *out, struct errbuf *e)
{
	return convert(text, NULL, out, e);
}

enum err yaml_to_json_lines(struct str text, const char *line, struct buf *out,
			    struct errbuf *e)
{
	return convert(text, line, out, e);
}
