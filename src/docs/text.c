/*
 * The plain text of a document: sections and blocks, built up by the readers
 * of the formats.  The plain-text reader, which needs no parser, is here, too.
 */
#include "docs/text.h"

#include "base/arena.h"

#include <assert.h>
#include <string.h>

#define FIRST_CAP   16
#define CODE_INDENT "    "

static struct str cut_copy(struct arena *a, struct str s, size_t max)
{
	const struct str cut = str_trim(str_utf8_prefix(s, max));

	return (struct str){arena_strndup(a, cut.p, cut.n), cut.n};
}

/* Squeezed, cut and copied: for titles and headings, which are one line. */
static struct str one_line(struct docs_text *t, struct str s, size_t max)
{
	struct buf b;

	buf_init(&b, t->arena, 2 * max);
	docs_squeeze(&b, str_utf8_prefix(str_trim(s), 2 * max));
	for (size_t i = 0; i < b.n; i++) {
		if (b.p[i] == '\n')
			b.p[i] = ' ';
	}
	return cut_copy(t->arena, buf_str(&b), max);
}

static void add_section(struct docs_text *t, struct str path, struct str anchor)
{
	if (t->nsections == t->sections_cap) {
		const size_t cap =
			t->sections_cap == 0 ? FIRST_CAP : t->sections_cap * 2;
		t->sections = arena_grow(t->arena, t->sections,
					 t->sections_cap * sizeof(*t->sections),
					 cap * sizeof(*t->sections));
		t->sections_cap = cap;
	}
	t->sections[t->nsections++] = (struct docs_section){path, anchor};
}

void docs_text_init(struct docs_text *t, struct arena *a)
{
	memset(t, 0, sizeof(*t));
	t->arena = a;
	t->title = STR("");
	add_section(t, STR(""), STR(""));
}

void docs_text_title(struct docs_text *t, struct str title)
{
	t->title = one_line(t, title, DOCS_MAX_TITLE_BYTES);
}

/* The open levels as one path, the title left out. */
static struct str section_path(struct docs_text *t)
{
	struct buf b;

	buf_init(&b, t->arena,
		 (size_t)DOCS_LEVELS * (DOCS_MAX_TITLE_BYTES + 3));
	for (int i = 1; i <= DOCS_LEVELS; i++) {
		if (t->levels[i].n == 0 || str_eq(t->levels[i], t->title))
			continue;
		if (b.n > 0)
			buf_add_c(&b, " > ");
		buf_add_str(&b, t->levels[i]);
	}
	return cut_copy(t->arena, buf_str(&b), DOCS_MAX_SECTION_BYTES);
}

void docs_text_heading(struct docs_text *t, int level, struct str text,
		       struct str anchor)
{
	assert(level >= 1 && level <= DOCS_LEVELS);
	const struct str line = one_line(t, text, DOCS_MAX_TITLE_BYTES);
	if (line.n == 0)
		return;
	t->levels[level] = line;
	for (int i = level + 1; i <= DOCS_LEVELS; i++)
		t->levels[i] = STR("");
	add_section(t, section_path(t),
		    cut_copy(t->arena, anchor, DOCS_MAX_ANCHOR_BYTES));
}

void docs_text_term_end(struct docs_text *t)
{
	if (t->levels[DOCS_TERM_LEVEL].n == 0)
		return;
	t->levels[DOCS_TERM_LEVEL] = STR("");
	const struct str path = section_path(t);
	struct str anchor = STR("");
	for (size_t i = t->nsections; i > 0; i--) {
		if (str_eq(t->sections[i - 1].path, path)) {
			anchor = t->sections[i - 1].anchor;
			break;
		}
	}
	add_section(t, path, anchor);
}

struct str docs_trim_end(struct str text)
{
	while (text.n > 0 && strchr(" \t\r\n", text.p[text.n - 1]) != NULL)
		text.n--;
	return text;
}

/* Lines indented by four spaces, without blank ones at either end. */
static struct str code_lines(struct docs_text *t, struct str text)
{
	struct buf b;
	struct str rest = docs_trim_end(text);
	struct str line;

	/* the worst case is an empty line: one byte becomes five */
	buf_init(&b, t->arena, rest.n * 6 + 16);
	bool more = rest.n > 0;
	while (more) {
		more = str_cut(rest, '\n', &line, &rest);
		line = docs_trim_end(line);
		if (line.n == 0 && b.n == 0)
			continue;
		if (b.n > 0)
			buf_add_char(&b, '\n');
		if (line.n > 0)
			buf_add_c(&b, CODE_INDENT);
		for (size_t i = 0; i < line.n; i++) {
			const unsigned char c = (unsigned char)line.p[i];
			if (c >= ' ' || c == '\t')
				buf_add_char(&b, line.p[i]);
		}
	}
	return buf_str(&b);
}

void docs_text_add(struct docs_text *t, enum docs_kind kind, struct str text)
{
	struct str copy;

	if (kind == DOCS_CODE)
		copy = code_lines(t, text);
	else
		copy = cut_copy(t->arena, text, text.n);
	/* what is left of a line of control characters may be blank */
	if (str_trim(copy).n == 0)
		return;
	if (t->nblocks == t->blocks_cap) {
		const size_t cap =
			t->blocks_cap == 0 ? FIRST_CAP : t->blocks_cap * 2;
		t->blocks = arena_grow(t->arena, t->blocks,
				       t->blocks_cap * sizeof(*t->blocks),
				       cap * sizeof(*t->blocks));
		t->blocks_cap = cap;
	}
	t->blocks[t->nblocks++] =
		(struct docs_block){kind, t->nsections - 1, copy};
}

/*
 * How many bytes at p are to be dropped (soft hyphen, zero-width space, byte
 * order mark, control characters) or read as a space: *space says which.
 * 0: an ordinary character.
 */
static size_t odd_bytes(const char *p, size_t n, bool *space)
{
	const unsigned char c = (unsigned char)p[0];

	*space = c == ' ' || (c >= '\t' && c <= '\r');
	if (*space || c < ' ' || c == 0x7f)
		return 1;
	if (n >= 2 && memcmp(p, "\xc2\xa0", 2) == 0) {
		*space = true;
		return 2;
	}
	if (n >= 2 && memcmp(p, "\xc2\xad", 2) == 0)
		return 2;
	if (n >= 3 && (memcmp(p, "\xe2\x80\x8b", 3) == 0 ||
		       memcmp(p, "\xef\xbb\xbf", 3) == 0))
		return 3;
	return 0;
}

/* Nothing there yet, or a blank or line end before. */
static bool at_blank(const struct buf *b)
{
	return b->n == 0 || b->p[b->n - 1] == ' ' || b->p[b->n - 1] == '\n';
}

void docs_squeeze(struct buf *out, struct str text)
{
	size_t i = 0;

	while (i < text.n) {
		bool space;
		const size_t odd = odd_bytes(text.p + i, text.n - i, &space);
		if (odd == 0)
			buf_add_char(out, text.p[i]);
		else if (space && !at_blank(out))
			buf_add_char(out, ' ');
		i += odd == 0 ? 1 : odd;
	}
}

static bool is_bullet(struct str line)
{
	const struct str s = str_trim(line);

	return s.n >= 2 && strchr("-*+", s.p[0]) != NULL && s.p[1] == ' ';
}

static bool is_code_line(struct str line)
{
	return str_starts(line, STR(CODE_INDENT)) ||
	       str_starts(line, STR("\t"));
}

/* A paragraph being gathered from lines. */
struct plain {
	struct docs_text *t;
	struct buf line;
	enum docs_kind kind;
};

static void plain_flush(struct plain *p)
{
	docs_text_add(p->t, p->kind, buf_str(&p->line));
	buf_reset(&p->line);
	p->kind = DOCS_PARA;
}

static void plain_line(struct plain *p, struct str line)
{
	const bool code = is_code_line(line) && !is_bullet(line) &&
			  (p->line.n == 0 || p->kind == DOCS_CODE);

	if (str_trim(line).n == 0 || is_bullet(line) ||
	    (p->kind == DOCS_CODE) != code)
		plain_flush(p);
	if (code) {
		p->kind = DOCS_CODE;
		buf_add_str(&p->line, line);
		buf_add_char(&p->line, '\n');
		return;
	}
	if (is_bullet(line))
		p->kind = DOCS_ITEM;
	docs_squeeze(&p->line, line);
	docs_squeeze(&p->line, STR(" "));
}

enum err docs_read_plain(struct arena *a, struct str bytes,
			 struct docs_text *out)
{
	struct plain p = {.t = out, .kind = DOCS_PARA};
	struct str rest = bytes;
	struct str line;

	docs_text_init(out, a);
	buf_init(&p.line, a, bytes.n * 2 + 16);
	bool more = bytes.n > 0;
	while (more) {
		more = str_cut(rest, '\n', &line, &rest);
		plain_line(&p, line);
	}
	plain_flush(&p);
	/* a short first line is a title; else the caller has the file's name */
	if (out->nblocks > 0 && out->blocks[0].kind == DOCS_PARA &&
	    out->blocks[0].text.n <= 80)
		docs_text_title(out, out->blocks[0].text);
	return ERR_OK;
}

enum docs_format docs_format_of(const char *path)
{
	static const struct {
		const char *ending;
		enum docs_format format;
	} endings[] = {
		{".html", DOCS_HTML},         {".htm", DOCS_HTML},
		{".xhtml", DOCS_HTML},        {".md", DOCS_MARKDOWN},
		{".markdown", DOCS_MARKDOWN}, {".txt", DOCS_PLAIN},
		{".text", DOCS_PLAIN},
	};
	const char *const dot = strrchr(path, '.');

	if (dot == NULL || dot == path || dot[-1] == '/')
		return DOCS_NO_FORMAT;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		if (str_eq_nocase(str_from(dot), str_from(endings[i].ending)))
			return endings[i].format;
	}
	return DOCS_NO_FORMAT;
}
