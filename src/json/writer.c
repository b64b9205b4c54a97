/*
 * The JSON writer: text goes straight into a buf, nothing is allocated here.
 * json_quote() runs for every token of every answer, so it copies whole runs
 * of bytes that need no escape.
 */
#include "json/json.h"

#include <assert.h>
#include <string.h>

#define FFFD "\xEF\xBF\xBD"

/* ASCII that stands for itself; the rest is an escape or part of UTF-8. */
static bool is_plain(unsigned char c)
{
	static const bool special[128] = {
		['"'] = true, ['\\'] = true, ['<'] = true,
		['>'] = true, ['&'] = true,
	};

	return c >= 0x20 && c < 0x80 && !special[c];
}

/* U+2028 and U+2029 end a line in JavaScript before ES2019. */
static bool is_line_separator(struct str s)
{
	return s.n >= 3 && (memcmp(s.p, "\xE2\x80\xA8", 3) == 0 ||
			    memcmp(s.p, "\xE2\x80\xA9", 3) == 0);
}

/* Bytes at the start of s that can be copied as they are. */
static size_t plain_run(struct str s)
{
	size_t i = 0;

	for (;;) {
		while (i < s.n && is_plain((unsigned char)s.p[i]))
			i++;
		if (i == s.n)
			break;
		const struct str rest = {s.p + i, s.n - i};
		if ((unsigned char)s.p[i] < 0x80 || is_line_separator(rest))
			break;
		const size_t len = str_utf8_len(rest);
		if (len == 0)
			break;
		i += len;
	}
	return i;
}

static void put_unicode(struct buf *out, unsigned int c)
{
	static const char digits[] = "0123456789abcdef";
	const char text[6] = {
		'\\',
		'u',
		digits[c >> 12 & 15],
		digits[c >> 8 & 15],
		digits[c >> 4 & 15],
		digits[c & 15],
	};

	buf_add(out, text, sizeof(text));
}

/* Write what stopped the run at the start of s; returns its length. */
static size_t put_special(struct buf *out, struct str s)
{
	static const char short_form[128] = {
		['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
		['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't',
	};
	const unsigned char c = (unsigned char)s.p[0];

	if (is_line_separator(s)) {
		put_unicode(out, 0x2000 | (s.p[2] & 0x3F));
		return 3;
	}
	if (c >= 0x80) {
		buf_add_c(out, FFFD);
		return 1;
	}
	if (short_form[c] != '\0') {
		const char text[2] = {'\\', short_form[c]};
		buf_add(out, text, sizeof(text));
	} else
		put_unicode(out, c);
	return 1;
}

/* Most texts, and all names of members, need no escape. */
static void quote_plain(struct buf *out, struct str s)
{
	char *const p = buf_room(out, s.n + 2);

	if (p == NULL)
		return;
	p[0] = '"';
	if (s.n > 0)
		memcpy(p + 1, s.p, s.n);
	p[s.n + 1] = '"';
	buf_commit(out, s.n + 2);
}

void json_quote(struct buf *out, struct str s)
{
	if (plain_run(s) == s.n) {
		quote_plain(out, s);
		return;
	}
	buf_add_char(out, '"');
	while (s.n > 0) {
		size_t n = plain_run(s);
		buf_add(out, s.p, n);
		if (n < s.n)
			n += put_special(out, (struct str){s.p + n, s.n - n});
		s.p += n;
		s.n -= n;
	}
	buf_add_char(out, '"');
}

void jw_init(struct jw *w, struct buf *out)
{
	memset(w, 0, sizeof(*w));
	w->out = out;
}

/* The comma and the name in front of every value. */
static void put_name(struct jw *w, const char *name)
{
	const bool in_object = w->depth > 0 && w->closer[w->depth - 1] == '}';

	assert(in_object == (name != NULL));
	if (w->depth > 0 && !w->first[w->depth - 1])
		buf_add_char(w->out, ',');
	if (w->depth > 0)
		w->first[w->depth - 1] = false;
	if (name == NULL)
		return;
	json_quote(w->out, str_from(name));
	buf_add_char(w->out, ':');
}

static void open_level(struct jw *w, const char *name, char opener, char closer)
{
	assert(w->depth < JW_MAX_DEPTH);
	put_name(w, name);
	buf_add_char(w->out, opener);
	w->closer[w->depth] = closer;
	w->first[w->depth] = true;
	w->depth++;
}

void jw_open_object(struct jw *w, const char *name)
{
	open_level(w, name, '{', '}');
}

void jw_open_array(struct jw *w, const char *name)
{
	open_level(w, name, '[', ']');
}

void jw_close(struct jw *w)
{
	assert(w->depth > 0);
	w->depth--;
	buf_add_char(w->out, w->closer[w->depth]);
}

void jw_str(struct jw *w, const char *name, struct str value)
{
	put_name(w, name);
	json_quote(w->out, value);
}

void jw_c(struct jw *w, const char *name, const char *value)
{
	jw_str(w, name, str_from(value));
}

void jw_int(struct jw *w, const char *name, int64_t value)
{
	put_name(w, name);
	buf_add_i64(w->out, value);
}

void jw_bool(struct jw *w, const char *name, bool value)
{
	put_name(w, name);
	buf_add_c(w->out, value ? "true" : "false");
}

void jw_null(struct jw *w, const char *name)
{
	put_name(w, name);
	buf_add_c(w->out, "null");
}

void jw_raw(struct jw *w, const char *name, struct str value)
{
	put_name(w, name);
	buf_add_str(w->out, value);
}
