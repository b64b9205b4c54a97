/*
 * HTML to plain text: the parser is gumbo, which reads what browsers read.
 * The tree is walked with a stack of its own, so no input can exhaust the
 * program's.  Navigation, scripts and tables of contents are left out;
 * headings become the section path.
 *
 * gumbo allocates from the arena and its tree is never freed by itself: it
 * goes with the arena.
 */
#include "docs/text.h"

#include "base/arena.h"
#include "docs/html_nesting.h"

#include <gumbo.h>
#include <stdbool.h>
#include <string.h>

#define MAX_DEPTH      512 /* of the walk; browsers have the same limit */
#define MAX_LISTS      16
#define MAX_ITEM_BYTES 24

/* What an element does to the text around it. */
enum role {
	ROLE_INLINE,
	ROLE_SKIP,
	ROLE_BLOCK,
	ROLE_HEADING,
	ROLE_PRE,
	ROLE_LIST,
	ROLE_ITEM,
	ROLE_DL,
	ROLE_TERM,
	ROLE_ROW,
	ROLE_CELL,
	ROLE_BREAK,
	ROLE_SUP
};

static const enum role roles[GUMBO_TAG_LAST + 1] = {
	[GUMBO_TAG_HEAD] = ROLE_SKIP,        [GUMBO_TAG_SCRIPT] = ROLE_SKIP,
	[GUMBO_TAG_STYLE] = ROLE_SKIP,       [GUMBO_TAG_NOSCRIPT] = ROLE_SKIP,
	[GUMBO_TAG_TEMPLATE] = ROLE_SKIP,    [GUMBO_TAG_NAV] = ROLE_SKIP,
	[GUMBO_TAG_FOOTER] = ROLE_SKIP,      [GUMBO_TAG_HEADER] = ROLE_SKIP,
	[GUMBO_TAG_SVG] = ROLE_SKIP,         [GUMBO_TAG_MATH] = ROLE_SKIP,
	[GUMBO_TAG_IFRAME] = ROLE_SKIP,      [GUMBO_TAG_OBJECT] = ROLE_SKIP,
	[GUMBO_TAG_CANVAS] = ROLE_SKIP,      [GUMBO_TAG_AUDIO] = ROLE_SKIP,
	[GUMBO_TAG_VIDEO] = ROLE_SKIP,       [GUMBO_TAG_SELECT] = ROLE_SKIP,
	[GUMBO_TAG_BUTTON] = ROLE_SKIP,      [GUMBO_TAG_TEXTAREA] = ROLE_SKIP,
	[GUMBO_TAG_H1] = ROLE_HEADING,       [GUMBO_TAG_H2] = ROLE_HEADING,
	[GUMBO_TAG_H3] = ROLE_HEADING,       [GUMBO_TAG_H4] = ROLE_HEADING,
	[GUMBO_TAG_H5] = ROLE_HEADING,       [GUMBO_TAG_H6] = ROLE_HEADING,
	[GUMBO_TAG_PRE] = ROLE_PRE,          [GUMBO_TAG_LISTING] = ROLE_PRE,
	[GUMBO_TAG_XMP] = ROLE_PRE,          [GUMBO_TAG_UL] = ROLE_LIST,
	[GUMBO_TAG_OL] = ROLE_LIST,          [GUMBO_TAG_MENU] = ROLE_LIST,
	[GUMBO_TAG_LI] = ROLE_ITEM,          [GUMBO_TAG_DL] = ROLE_DL,
	[GUMBO_TAG_DT] = ROLE_TERM,          [GUMBO_TAG_DD] = ROLE_BLOCK,
	[GUMBO_TAG_TR] = ROLE_ROW,           [GUMBO_TAG_TD] = ROLE_CELL,
	[GUMBO_TAG_TH] = ROLE_CELL,          [GUMBO_TAG_BR] = ROLE_BREAK,
	[GUMBO_TAG_SUP] = ROLE_SUP,          [GUMBO_TAG_P] = ROLE_BLOCK,
	[GUMBO_TAG_DIV] = ROLE_BLOCK,        [GUMBO_TAG_SECTION] = ROLE_BLOCK,
	[GUMBO_TAG_ARTICLE] = ROLE_BLOCK,    [GUMBO_TAG_ASIDE] = ROLE_BLOCK,
	[GUMBO_TAG_MAIN] = ROLE_BLOCK,       [GUMBO_TAG_ADDRESS] = ROLE_BLOCK,
	[GUMBO_TAG_BLOCKQUOTE] = ROLE_BLOCK, [GUMBO_TAG_CENTER] = ROLE_BLOCK,
	[GUMBO_TAG_DETAILS] = ROLE_BLOCK,    [GUMBO_TAG_SUMMARY] = ROLE_BLOCK,
	[GUMBO_TAG_FIELDSET] = ROLE_BLOCK,   [GUMBO_TAG_FIGURE] = ROLE_BLOCK,
	[GUMBO_TAG_FIGCAPTION] = ROLE_BLOCK, [GUMBO_TAG_FORM] = ROLE_BLOCK,
	[GUMBO_TAG_HGROUP] = ROLE_BLOCK,     [GUMBO_TAG_HR] = ROLE_BLOCK,
	[GUMBO_TAG_TABLE] = ROLE_BLOCK,      [GUMBO_TAG_CAPTION] = ROLE_BLOCK,
	[GUMBO_TAG_BODY] = ROLE_BLOCK,
};

/* Classes of navigation, in DocBook's pages and in common site generators. */
static const char *const skip_classes[] = {
	"navheader", "navfooter",   "toc",        "indexdiv", "footnote",
	"navbar",    "breadcrumbs", "headerlink", "id_link",  NULL};

/* DocBook's boxes: their "Note" is a label, not a section. */
static const char *const box_classes[] = {"note",    "tip",       "caution",
					  "warning", "important", NULL};

struct frame {
	const GumboNode *node;
	unsigned next; /* child to visit */
};

struct walk {
	struct docs_text *out;
	struct buf line; /* the block being gathered */
	enum docs_kind kind;
	int pre;     /* open elements of these kinds */
	int heading; /* the open heading's level, or 0 */
	int box;
	int rows;
	struct str anchor; /* of the element that the next heading names */
	struct str own;    /* id in or on the open heading or term */
	int lists;         /* open lists */
	int item[MAX_LISTS + 1]; /* number of the latest item; -1: bullets */
	char prefix[MAX_ITEM_BYTES]; /* goes before the item's first text */
	struct frame stack[MAX_DEPTH];
	size_t depth;
};

static struct str attr(const GumboElement *e, const char *name)
{
	const GumboAttribute *const a =
		gumbo_get_attribute(&e->attributes, name);

	return a != NULL ? str_trim(str_from(a->value)) : STR("");
}

/* The same where it is kept; see add_text(). */
static struct str name_of(const struct walk *w, const GumboElement *e,
			  const char *name)
{
	return docs_repair(w->out->arena, attr(e, name));
}

static bool has_class(const GumboElement *e, const char *const *names)
{
	struct str rest = attr(e, "class");
	struct str word;

	while (rest.n > 0) {
		(void)str_cut(rest, ' ', &word, &rest);
		for (size_t i = 0; names[i] != NULL; i++) {
			if (str_eq_c(word, names[i]))
				return true;
		}
	}
	return false;
}

/* A header inside an article holds its title; elsewhere it is the site's. */
static bool in_article(const struct walk *w)
{
	for (size_t i = 0; i < w->depth; i++) {
		const GumboTag tag = w->stack[i].node->v.element.tag;
		if (tag == GUMBO_TAG_ARTICLE || tag == GUMBO_TAG_MAIN ||
		    tag == GUMBO_TAG_SECTION)
			return true;
	}
	return false;
}

static bool is_skipped(const struct walk *w, const GumboElement *e)
{
	if (e->tag == GUMBO_TAG_HEADER)
		return !in_article(w);
	return roles[e->tag] == ROLE_SKIP ||
	       gumbo_get_attribute(&e->attributes, "hidden") != NULL ||
	       str_eq_c(attr(e, "role"), "navigation") ||
	       has_class(e, skip_classes);
}

static void flush(struct walk *w)
{
	/* a paragraph in a cell belongs to the row's first line */
	if (w->rows > 0 && w->kind == DOCS_PARA)
		w->kind = DOCS_LINE;
	docs_text_add(w->out, w->kind, docs_trim_end(buf_str(&w->line)));
	buf_reset(&w->line);
	w->kind = DOCS_PARA;
}

/* An element begins: what came before it ends, if there was something. */
static void open_line(struct walk *w)
{
	if (str_trim(buf_str(&w->line)).n > 0)
		flush(w);
}

static void add_text(struct walk *w, const char *text)
{
	/* Gumbo makes bytes that are no UTF-8 of &#66666666666; */
	const struct str s = docs_repair(w->out->arena, str_from(text));

	if (w->prefix[0] != '\0' && str_trim(s).n > 0) {
		buf_add_c(&w->line, w->prefix);
		w->prefix[0] = '\0';
	}
	if (w->pre > 0)
		buf_add_str(&w->line, s);
	else
		docs_squeeze(&w->line, s);
}

static void open_list(struct walk *w, GumboTag tag)
{
	open_line(w);
	if (w->lists < MAX_LISTS)
		w->lists++;
	w->item[w->lists] = tag == GUMBO_TAG_OL ? 0 : -1;
}

static void open_item(struct walk *w)
{
	int *const n = &w->item[w->lists];

	open_line(w);
	w->kind = DOCS_ITEM;
	struct buf b;
	buf_init(&b, w->out->arena, MAX_ITEM_BYTES - 1);
	if (w->lists > 0 && *n >= 0)
		buf_addf(&b, "%d. ", ++*n);
	else
		buf_add_c(&b, "- ");
	memcpy(w->prefix, buf_c(&b), b.n + 1);
}

static void open_heading(struct walk *w, const GumboElement *e)
{
	open_line(w);
	if (w->box > 0)
		return;
	w->heading = (int)(e->tag - GUMBO_TAG_H1) + 1;
	w->own = name_of(w, e, "id");
}

static void open_cell(struct walk *w)
{
	if (w->kind == DOCS_ROW && w->line.n > 0) {
		w->line.n = docs_trim_end(buf_str(&w->line)).n;
		buf_add_c(&w->line, " | ");
	}
}

static void open_block(struct walk *w, const GumboElement *e)
{
	open_line(w);
	if (has_class(e, box_classes))
		w->box++;
	const struct str id = name_of(w, e, "id");
	if (id.n > 0 &&
	    (e->tag == GUMBO_TAG_DIV || e->tag == GUMBO_TAG_SECTION ||
	     e->tag == GUMBO_TAG_ARTICLE))
		w->anchor = id;
}

/* Inside a heading and preformatted text blocks mean nothing. */
static void enter_inline(struct walk *w, const GumboElement *e)
{
	if (roles[e->tag] == ROLE_BREAK)
		buf_add_char(&w->line, '\n');
	if (roles[e->tag] == ROLE_SUP && w->line.n > 0)
		buf_add_char(&w->line, '^');
	if (w->own.n == 0 && e->tag == GUMBO_TAG_A)
		w->own = name_of(w, e, attr(e, "id").n > 0 ? "id" : "name");
}

static void enter_element(struct walk *w, const GumboElement *e)
{
	const enum role role = roles[e->tag];

	if (w->pre > 0 || w->heading > 0 || role == ROLE_INLINE ||
	    role == ROLE_BREAK || role == ROLE_SUP) {
		w->pre += w->pre > 0 && role == ROLE_PRE;
		enter_inline(w, e);
		return;
	}
	if (role == ROLE_HEADING) {
		open_heading(w, e);
	} else if (role == ROLE_PRE) {
		open_line(w);
		w->pre++;
		w->kind = DOCS_CODE;
	} else if (role == ROLE_LIST) {
		open_list(w, e->tag);
	} else if (role == ROLE_ITEM) {
		open_item(w);
	} else if (role == ROLE_CELL) {
		open_cell(w);
	} else {
		open_block(w, e);
	}
	if (role == ROLE_TERM) {
		w->kind = DOCS_TERM;
		w->own = name_of(w, e, "id");
	} else if (role == ROLE_ROW) {
		w->kind = DOCS_ROW;
		w->rows++;
	}
}

static void close_heading(struct walk *w)
{
	const struct str anchor = w->own.n > 0 ? w->own : w->anchor;

	docs_text_heading(w->out, w->heading, buf_str(&w->line), anchor);
	buf_reset(&w->line);
	w->heading = 0;
	w->own = w->anchor = STR("");
}

static void close_term(struct walk *w)
{
	if (w->own.n > 0 && w->line.n > 0)
		docs_text_heading(w->out, DOCS_TERM_LEVEL, buf_str(&w->line),
				  w->own);
	w->own = STR("");
	flush(w);
}

static void leave_element(struct walk *w, const GumboElement *e)
{
	const enum role role = roles[e->tag];

	if (w->heading > 0) {
		if (role == ROLE_HEADING)
			close_heading(w);
		return;
	}
	if (w->pre > 0) {
		w->pre -= role == ROLE_PRE;
		if (w->pre == 0)
			flush(w);
		return;
	}
	if (role == ROLE_INLINE || role == ROLE_BREAK || role == ROLE_CELL ||
	    role == ROLE_SUP)
		return;
	if (role == ROLE_TERM)
		close_term(w);
	flush(w);
	w->rows -= role == ROLE_ROW;
	if (role == ROLE_ITEM)
		w->prefix[0] = '\0';
	if (role == ROLE_LIST && w->lists > 0)
		w->lists--;
	if (role == ROLE_DL)
		docs_text_term_end(w->out);
	if (w->box > 0 && has_class(e, box_classes))
		w->box--;
}

/* Push node when its children are to be visited. */
static void enter(struct walk *w, const GumboNode *node)
{
	if (node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_CDATA ||
	    node->type == GUMBO_NODE_WHITESPACE) {
		add_text(w, node->v.text.text);
		return;
	}
	if (node->type != GUMBO_NODE_ELEMENT || w->depth == MAX_DEPTH ||
	    is_skipped(w, &node->v.element))
		return;
	enter_element(w, &node->v.element);
	w->stack[w->depth++] = (struct frame){node, 0};
}

static void walk_tree(struct walk *w, const GumboNode *root)
{
	enter(w, root);
	while (w->depth > 0) {
		struct frame *const f = &w->stack[w->depth - 1];
		const GumboVector *const children =
			&f->node->v.element.children;

		if (f->next < children->length) {
			enter(w, children->data[f->next++]);
			continue;
		}
		leave_element(w, &f->node->v.element);
		w->depth--;
	}
	flush(w);
}

/* The first child element of that tag, or NULL. */
static const GumboNode *child_of(const GumboNode *parent, GumboTag tag)
{
	const GumboVector *const children = &parent->v.element.children;

	for (unsigned i = 0; i < children->length; i++) {
		const GumboNode *const c = children->data[i];
		if (c->type == GUMBO_NODE_ELEMENT && c->v.element.tag == tag)
			return c;
	}
	return NULL;
}

static void read_title(struct docs_text *out, const GumboNode *html)
{
	const GumboNode *const head = child_of(html, GUMBO_TAG_HEAD);
	const GumboNode *const title =
		head != NULL ? child_of(head, GUMBO_TAG_TITLE) : NULL;

	if (title == NULL || title->v.element.children.length == 0)
		return;
	const GumboNode *const text = title->v.element.children.data[0];
	if (text->type == GUMBO_NODE_TEXT)
		docs_text_title(out, docs_repair(out->arena,
						 str_from(text->v.text.text)));
}

static void *gumbo_alloc(void *userdata, size_t n)
{
	return arena_alloc(userdata, n);
}

/* The arena frees. */
static void gumbo_dealloc(void *userdata, void *p)
{
	(void)userdata;
	(void)p;
}

enum err docs_read_html(struct arena *a, struct str bytes,
			struct docs_text *out)
{
	GumboOptions options = kGumboDefaultOptions;

	docs_text_init(out, a);
	if (html_nesting(bytes) > HTML_MAX_NESTING)
		return ERR_TOO_LARGE;
	options.allocator = gumbo_alloc;
	options.deallocator = gumbo_dealloc;
	options.userdata = a;
	options.max_errors = 0;
	const GumboOutput *const tree = gumbo_parse_with_options(
		&options, bytes.p != NULL ? bytes.p : "", bytes.n);
	struct walk *const w = ARENA_NEW(a, struct walk);
	w->out = out;
	w->kind = DOCS_PARA;
	/* entities and bullets make text longer than its source, not much */
	buf_init(&w->line, a, bytes.n * 4 + 4096);
	read_title(out, tree->root);
	walk_tree(w, tree->root);
	return ERR_OK;
}
