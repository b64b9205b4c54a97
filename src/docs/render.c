/*
 * Markdown of a model to HTML, for pages that work without JavaScript; the
 * counterpart of www/markdown.js.
 */
#include "docs/render.h"

#include "base/arena.h"

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm-extension_api.h>
#include <cmark-gfm.h>
#include <stddef.h>

static void free_parser(void *arg)
{
	cmark_parser_free(arg);
}

static void free_node(void *arg)
{
	cmark_node_free(arg);
}

static void free_iter(void *arg)
{
	cmark_iter_free(arg);
}

static void attach(cmark_parser *parser, const char *name)
{
	cmark_syntax_extension *const ext = cmark_find_syntax_extension(name);

	if (ext != NULL)
		(void)cmark_parser_attach_syntax_extension(parser, ext);
}

/* Put a link with the same address and words into the place of an image. */
static void image_to_link(cmark_node *image)
{
	cmark_node *const link = cmark_node_new(CMARK_NODE_LINK);
	cmark_node *child;

	(void)cmark_node_set_url(link, cmark_node_get_url(image));
	while ((child = cmark_node_first_child(image)) != NULL)
		(void)cmark_node_append_child(link, child);
	if (cmark_node_first_child(link) == NULL) {
		cmark_node *const text = cmark_node_new(CMARK_NODE_TEXT);
		(void)cmark_node_set_literal(text, cmark_node_get_url(image));
		(void)cmark_node_append_child(link, text);
	}
	(void)cmark_node_replace(image, link);
	cmark_node_free(image);
}

/* A node that was left may go: the iterator is past it. */
static void replace_images(struct arena *a, cmark_node *root)
{
	cmark_iter *const it = cmark_iter_new(root);
	cmark_event_type ev;

	arena_defer(a, free_iter, it);
	while ((ev = cmark_iter_next(it)) != CMARK_EVENT_DONE) {
		cmark_node *const node = cmark_iter_get_node(it);
		if (ev == CMARK_EVENT_EXIT &&
		    cmark_node_get_type(node) == CMARK_NODE_IMAGE)
			image_to_link(node);
	}
}

struct str docs_render_html(struct arena *a, struct str markdown)
{
	cmark_gfm_core_extensions_ensure_registered();
	cmark_parser *const parser = cmark_parser_new(CMARK_OPT_DEFAULT);
	arena_defer(a, free_parser, parser);
	attach(parser, "table");
	attach(parser, "strikethrough");
	attach(parser, "autolink");
	cmark_parser_feed(parser, markdown.p, markdown.n);
	cmark_node *const root = cmark_parser_finish(parser);
	arena_defer(a, free_node, root);
	replace_images(a, root);
	char *const html =
		cmark_render_html(root, CMARK_OPT_DEFAULT,
				  cmark_parser_get_syntax_extensions(parser));
	arena_defer(a, cmark_get_default_mem_allocator()->free, html);
	return str_from(html);
}
