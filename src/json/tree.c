/*
 * The tree of a JSON text: built from a copy of the text in one pass, where
 * strings stay and are decoded in place.  json.c is its only user, and lets
 * only that come here which json_scan() has taken, so nothing is checked
 * again, and the recursion is as deep as JSON_MAX_DEPTH.
 */
#include "json/tree.h"

#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

#define STACK_NODES   64
#define ALIGNMENT     16 /* of the copy's end */
#define SCRATCH_BYTES (4 * JSON_MAX_VALUES * sizeof(struct json_node))

/* Children gather on a stack until their array or object is closed. */
struct builder {
	struct arena *a;
	char *at;               /* in the copy */
	struct json_node *used; /* the rest of the room for all items */
	struct json_node *stack;
	size_t n;
};

static void put_value(struct builder *b, struct json_node *v);

static void skip_space(struct builder *b)
{
	while (*b->at == ' ' || *b->at == '\n' || *b->at == '\r' ||
	       *b->at == '\t')
		b->at++;
}

/* Strings -------------------------------------------------------------- */

static uint32_t hex4(const char *p)
{
	uint32_t v = 0;

	for (size_t i = 0; i < 4; i++) {
		const uint32_t c = (unsigned char)p[i];
		v = v << 4 | (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return v;
}

static char *put_utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		*to++ = (char)c;
		return to;
	}
	if (c < 0x800) {
		*to++ = (char)(0xC0 | c >> 6);
	} else {
		if (c < 0x10000) {
			*to++ = (char)(0xE0 | c >> 12);
		} else {
			*to++ = (char)(0xF0 | c >> 18);
			*to++ = (char)(0x80 | (c >> 12 & 0x3F));
		}
		*to++ = (char)(0x80 | (c >> 6 & 0x3F));
	}
	*to++ = (char)(0x80 | (c & 0x3F));
	return to;
}

/* *from is on the "u" of \uXXXX, and leaves it behind the last digit. */
static char *put_unicode(char *to, const char **from)
{
	const char *p = *from;
	uint32_t c = hex4(p + 1);

	p += 5;
	if (c >= 0xD800 && c <= 0xDBFF && p[0] == '\\' && p[1] == 'u') {
		const uint32_t low = hex4(p + 2);
		if (low >= 0xDC00 && low <= 0xDFFF) {
			c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
			p += 6;
		}
	}
	*from = p;
	return put_utf8(to, c >= 0xD800 && c <= 0xDFFF ? 0xFFFD : c);
}

/* Decode what has escapes, from the first one on; returns its new end. */
static char *decode(struct builder *b, char *to)
{
	static const char names[] = "bfnrt";
	static const char meant[] = "\b\f\n\r\t";
	const char *p = to;

	while (*p != '"') {
		if (*p != '\\') {
			*to++ = *p++;
			continue;
		}
		p++;
		if (*p == 'u') {
			to = put_unicode(to, &p);
			continue;
		}
		const char *const known = strchr(names, *p);
		*to++ = known != NULL ? meant[known - names] : *p;
		p++;
	}
	b->at += p - b->at;
	return to;
}

/* The cursor is on the quote; leaves it behind the closing one. */
static const char *put_string(struct builder *b, uint32_t *n)
{
	char *const from = ++b->at;
	char *end = from;

	while (*end != '"' && *end != '\\')
		end++;
	b->at = end;
	if (*end == '\\')
		end = decode(b, end);
	*end = '\0';
	b->at++;
	*n = (uint32_t)(end - from);
	return from;
}

/* Arrays and objects --------------------------------------------------- */

static struct str name_of(const struct json_node *v)
{
	return (struct str){v->name, v->name_n};
}

static int by_bytes(struct str a, struct str b)
{
	const size_t n = a.n < b.n ? a.n : b.n;
	const int order = n > 0 ? memcmp(a.p, b.p, n) : 0;

	return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

/* Of the same name, the one that stands first. */
static int by_name(const void *left, const void *right)
{
	const struct json_node *const a =
		*(const struct json_node *const *)left;
	const struct json_node *const b =
		*(const struct json_node *const *)right;
	const int order = by_bytes(name_of(a), name_of(b));

	return order != 0 ? order : (a > b) - (a < b);
}

static void sort(struct json_node *v)
{
	for (size_t i = 0; i < v->n; i++)
		v->by_name[i] = &v->items[i];
	qsort(v->by_name, v->n, sizeof(struct json_node *), by_name);
}

/* Drop the items without a name. */
static void close_up(struct json_node *v)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < v->n; i++)
		if (v->items[i].name != NULL)
			v->items[n++] = v->items[i];
	v->n = n;
}

/* The last value of a name goes to its first place. */
static void take_over(struct json_node *first, struct json_node *last)
{
	*first = *last;
	last->name = NULL;
}

static void make_unique_large(struct builder *b, struct json_node *v)
{
	const uint32_t n = v->n;
	struct json_node *first = NULL;

	v->by_name = arena_array(b->a, n, sizeof(struct json_node *));
	sort(v);
	for (size_t i = 0; i < n; i++) {
		struct json_node *const one = v->by_name[i];
		if (first != NULL && str_eq(name_of(first), name_of(one)))
			take_over(first, one);
		else
			first = one;
	}
	close_up(v);
	if (v->n < n)
		sort(v);
}

static struct json_node *find(struct json_node *items, size_t n,
			      struct str name)
{
	for (size_t i = 0; i < n; i++)
		if (items[i].name_n == name.n &&
		    memcmp(items[i].name, name.p, name.n) == 0)
			return &items[i];
	return NULL;
}

static void make_unique(struct builder *b, struct json_node *v)
{
	uint32_t n = 0;

	if (v->n > TREE_LINEAR) {
		make_unique_large(b, v);
		return;
	}
	for (uint32_t i = 0; i < v->n; i++) {
		struct json_node *const same =
			find(v->items, n, name_of(&v->items[i]));
		if (same != NULL)
			*same = v->items[i];
		else
			v->items[n++] = v->items[i];
	}
	v->n = n;
}

/* The cursor is on the opener; leaves it behind the closer. */
static void put_items(struct builder *b, struct json_node *v)
{
	const bool object = *b->at == '{';
	const char closer = object ? '}' : ']';
	const size_t base = b->n;

	b->at++;
	for (skip_space(b); *b->at != closer; skip_space(b)) {
		struct json_node item = {0};
		if (object) {
			item.name = put_string(b, &item.name_n);
			skip_space(b);
			b->at++; /* the colon */
			skip_space(b);
		}
		put_value(b, &item);
		b->stack[b->n++] = item;
		skip_space(b);
		if (*b->at == ',')
			b->at++;
	}
	b->at++;
	v->type = object ? JSON_OBJECT : JSON_ARRAY;
	v->n = (uint32_t)(b->n - base);
	v->items = b->used;
	if (v->n > 0)
		memcpy(v->items, b->stack + base, v->n * sizeof(*v));
	b->used += v->n;
	b->n = base;
	if (object)
		make_unique(b, v);
}

/* Values --------------------------------------------------------------- */

static bool is_of_number(char c)
{
	return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' ||
	       c == 'e' || c == 'E';
}

/* A point or an exponent makes a number that is no integer. */
static void put_number(struct builder *b, struct json_node *v)
{
	char *p = b->at;

	v->type = JSON_INT;
	for (; is_of_number(*p); p++)
		if (*p == '.' || (*p | 0x20) == 'e')
			v->type = JSON_REAL;
	v->p = b->at;
	v->n = (uint32_t)(p - b->at);
	b->at = p;
}

static void put_value(struct builder *b, struct json_node *v)
{
	switch (*b->at) {
	case '{':
	case '[':
		put_items(b, v);
		break;
	case '"':
		v->type = JSON_STRING;
		v->p = put_string(b, &v->n);
		break;
	case 't':
	case 'f':
		v->type = JSON_BOOL;
		v->truth = *b->at == 't';
		b->at += v->truth ? 4 : 5;
		break;
	case 'n':
		v->type = JSON_NULL;
		b->at += 4;
		break;
	default:
		put_number(b, v);
		break;
	}
}

struct json_node *tree_build(struct arena *a, struct str text, size_t values)
{
	struct json_node small[STACK_NODES];
	struct arena scratch;
	struct builder b = {.a = a, .stack = small};

	arena_init(&scratch, SCRATCH_BYTES);
	arena_expect(a, values * sizeof(struct json_node) + text.n + ALIGNMENT);
	struct json_node *const root = ARENA_ARRAY(a, values, struct json_node);
	b.used = root + 1;
	b.at = arena_strndup(a, text.p, text.n);
	if (values > STACK_NODES)
		b.stack = ARENA_ARRAY(&scratch, values, struct json_node);
	skip_space(&b);
	put_value(&b, root);
	arena_release(&scratch);
	return root;
}

/* Reading -------------------------------------------------------------- */

const struct json_node *tree_member(const struct json_node *v, struct str name)
{
	const struct json_node key = {.name = name.p,
				      .name_n = (uint32_t)name.n};
	size_t from = 0;

	if (v == NULL || v->type != JSON_OBJECT)
		return NULL;
	if (v->by_name == NULL)
		return find(v->items, v->n, name);
	for (size_t to = v->n; from < to;) {
		const size_t middle = from + (to - from) / 2;
		const struct json_node *const at = v->by_name[middle];
		const int order = by_bytes(name_of(&key), name_of(at));
		if (order == 0)
			return at;
		if (order < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return NULL;
}

/* Writing -------------------------------------------------------------- */

static void write_escape(struct buf *out, unsigned char c)
{
	static const char names[] = "btnfr"; /* of \b to \r, with a gap */
	static const char digits[] = "0123456789abcdef";
	char text[] = "\\u0000";

	if (c == '"' || c == '\\') {
		text[1] = (char)c;
		buf_add(out, text, 2);
	} else if (c >= '\b' && c <= '\r' && c != '\v') {
		text[1] = names[c > '\v' ? c - '\b' - 1 : c - '\b'];
		buf_add(out, text, 2);
	} else {
		text[4] = digits[c >> 4];
		text[5] = digits[c & 15];
		buf_add(out, text, 6);
	}
}

/* Only what must be escaped is. */
static void write_string(struct buf *out, struct str s)
{
	size_t from = 0;

	buf_add_char(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		const unsigned char c = (unsigned char)s.p[i];
		if (c >= ' ' && c != '"' && c != '\\')
			continue;
		buf_add(out, s.p + from, i - from);
		write_escape(out, c);
		from = i + 1;
	}
	buf_add(out, s.p + from, s.n - from);
	buf_add_char(out, '"');
}

static void write_items(const struct json_node *v, struct buf *out)
{
	const bool object = v->type == JSON_OBJECT;

	buf_add_char(out, object ? '{' : '[');
	for (size_t i = 0; i < v->n; i++) {
		if (i > 0)
			buf_add_char(out, ',');
		if (object) {
			write_string(out, name_of(&v->items[i]));
			buf_add_char(out, ':');
		}
		tree_write(&v->items[i], out);
	}
	buf_add_char(out, object ? '}' : ']');
}

void tree_write(const struct json_node *v, struct buf *out)
{
	const struct str text = {v->p, v->n};

	switch (v->type) {
	case JSON_NULL:
		buf_add_c(out, "null");
		break;
	case JSON_BOOL:
		buf_add_c(out, v->truth ? "true" : "false");
		break;
	case JSON_INT:
		buf_add_str(out, str_eq_c(text, "-0") ? STR("0") : text);
		break;
	case JSON_REAL:
		buf_add_str(out, text);
		break;
	case JSON_STRING:
		write_string(out, text);
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		write_items(v, out);
		break;
	}
}
