#ifndef SLIPWAY_DOCS_RENDER_H
#define SLIPWAY_DOCS_RENDER_H

#include "base/str.h"

struct arena;

/*
 * Markdown (GitHub's dialect) as HTML that is safe in a page, whoever wrote it:
 * raw HTML is left out, links lead to web and mail addresses only, and an
 * image becomes a link, so that no browser asks another host by itself.
 *
 * Returns the HTML; it lives in a.
 */
struct str docs_render_html(struct arena *a, struct str markdown);

#endif
