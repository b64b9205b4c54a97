/*
 * Markdown (GitHub's dialect) to plain text, parsed by cmark-gfm and read with
 * its iterator, which needs no recursion.  Raw HTML in it is left out.
 */
#include "docs/text.h"

#include "base/arena.h"

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm-extension_api.h>
#include <cmark-gfm.h>
#include <stdbool.h>
#include <string.h>

#define PREFIX_BYTES 24
#define FRONT_MARK   "---\n"

struct md {
	struct docs_text *out;
	struct buf line;
	enum docs_kind kind;
	struct buf prefix; /* goes before the item's first text */
	bool has_title;
};

static void cmark_parser_cb(void *arg)
{
	cmark_parser_free(arg);
}

static void cmark_node_cb(void *arg)
{
	cmark_node_free(arg);
}

static void cmark_iter_cb(void *arg)
{
	cmark_iter_free(arg);
}

static bool is_type(cmark_node *node, const char *name)
{
	return strcmp(cmark_node_get_type_string(node), name) == 0;
}

static void flush(struct md *m)
{
	docs_text_add(m->out, m->kind, docs_trim_end(buf_str(&m->line)));
	buf_reset(&m->line);
	m->kind = DOCS_PARA;
}

static void add_text(struct md *m, const char *text)
{
	buf_add_str(&m->line, buf_str(&m->prefix));
	buf_reset(&m->prefix);
	docs_squeeze(&m->line, str_from(text));
}

/*
 * The id that GitHub gives a heading, as most renderers do: lower case, blanks
 * as hyphens, other ASCII punctuation dropped.
 */
static struct str slug(struct arena *a, struct str heading)
{
	struct buf b;

	buf_init(&b, a, heading.n + 1);
	for (size_t i = 0; i < heading.n; i++) {
		const char c = heading.p[i];
		if (c >= 'A' && c <= 'Z')
			buf_add_char(&b, (char)(c + ('a' - 'A')));
		else if (c == ' ')
			buf_add_char(&b, '-');
		else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
			 c == '-' || c == '_' || (unsigned char)c >= 0x80)
			buf_add_char(&b, c);
	}
	return buf_str(&b);
}

static void close_heading(struct md *m, cmark_node *node)
{
	const struct str text = docs_trim_end(buf_str(&m->line));

	if (!m->has_title && text.n > 0) {
		docs_text_title(m->out, text);
		m->has_title = true;
	}
	docs_text_heading(m->out, cmark_node_get_heading_level(node), text,
			  slug(m->out->arena, text));
	buf_reset(&m->line);
}

static void open_item(struct md *m, cmark_node *node)
{
	cmark_node *const list = cmark_node_parent(node);
	int n = cmark_node_get_list_start(list);

	flush(m);
	buf_reset(&m->prefix);
	m->kind = DOCS_ITEM;
	if (cmark_node_get_list_type(list) != CMARK_ORDERED_LIST) {
		buf_add_c(&m->prefix, "- ");
		return;
	}
	for (cmark_node *p = cmark_node_previous(node); p != NULL;
	     p = cmark_node_previous(p))
		n++;
	buf_addf(&m->prefix, "%d. ", n);
}

static void enter(struct md *m, cmark_node *node)
{
	switch ((int)cmark_node_get_type(node)) {
	case CMARK_NODE_TEXT:
	case CMARK_NODE_CODE:
		add_text(m, cmark_node_get_literal(node));
		return;
	case CMARK_NODE_SOFTBREAK:
		add_text(m, " ");
		return;
	case CMARK_NODE_LINEBREAK:
		buf_add_char(&m->line, '\n');
		return;
	case CMARK_NODE_CODE_BLOCK:
		flush(m);
		docs_text_add(m->out, DOCS_CODE,
			      str_from(cmark_node_get_literal(node)));
		return;
	case CMARK_NODE_ITEM:
		open_item(m, node);
		return;
	default:
		break;
	}
	if (is_type(node, "table_row") || is_type(node, "table_header"))
		m->kind = DOCS_ROW;
	else if (is_type(node, "table_cell") && m->line.n > 0)
		buf_add_c(&m->line, " | ");
}

static void leave(struct md *m, cmark_node *node)
{
	if (cmark_node_get_type(node) == CMARK_NODE_HEADING)
		close_heading(m, node);
	else if (cmark_node_get_type(node) == CMARK_NODE_PARAGRAPH ||
		 is_type(node, "table_row") || is_type(node, "table_header"))
		flush(m);
	else if (cmark_node_get_type(node) == CMARK_NODE_ITEM)
		buf_reset(&m->prefix);
}

/*
 * Front matter: lines between two "---" at the very start.  Its title, if it
 * has one, is the document's.  Returns what comes after it.
 */
static struct str front_matter(struct md *m, struct str text)
{
	struct str rest = text;
	struct str line;
	struct str name;
	struct str value;

	if (!str_starts(text, STR(FRONT_MARK)))
		return text;
	(void)str_cut(rest, '\n', &line, &rest);
	while (str_cut(rest, '\n', &line, &rest)) {
		if (str_eq(str_trim(line), STR("---")))
			return rest;
		if (!str_cut(line, ':', &name, &value) ||
		    !str_eq(name, STR("title")))
			continue;
		value = str_trim(value);
		if (value.n >= 2 && strchr("\"'", value.p[0]) != NULL)
			value = (struct str){value.p + 1, value.n - 2};
		docs_text_title(m->out, value);
		m->has_title = m->out->title.n > 0;
	}
	return text; /* never closed: it was a thematic break */
}

static cmark_node *parse(struct arena *a, struct str text)
{
	cmark_gfm_core_extensions_ensure_registered();
	cmark_parser *const parser = cmark_parser_new(CMARK_OPT_DEFAULT);
	arena_defer(a, cmark_parser_cb, parser);
	cmark_syntax_extension *const table =
		cmark_find_syntax_extension("table");
	if (table != NULL)
		(void)cmark_parser_attach_syntax_extension(parser, table);
	cmark_parser_feed(parser, text.p, text.n);
	cmark_node *const root = cmark_parser_finish(parser);
	arena_defer(a, cmark_node_cb, root);
	return root;
}

enum err docs_read_markdown(struct arena *a, struct str bytes,
			    struct docs_text *out)
{
	struct md m = {.out = out, .kind = DOCS_PARA};

	docs_text_init(out, a);
	if (bytes.n == 0)
		return ERR_OK;
	buf_init(&m.line, a, bytes.n * 4 + 4096);
	buf_init(&m.prefix, a, PREFIX_BYTES);
	cmark_iter *const it =
		cmark_iter_new(parse(a, front_matter(&m, bytes)));
	arena_defer(a, cmark_iter_cb, it);
	cmark_event_type ev;
	while ((ev = cmark_iter_next(it)) != CMARK_EVENT_DONE) {
		if (ev == CMARK_EVENT_ENTER)
			enter(&m, cmark_iter_get_node(it));
		else
			leave(&m, cmark_iter_get_node(it));
	}
	return ERR_OK;
}
