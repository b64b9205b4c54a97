#ifndef SLIPWAY_DOCS_HTML_NESTING_H
#define SLIPWAY_DOCS_HTML_NESTING_H

#include "base/str.h"

#include <stddef.h>

/* Real pages stay below 100, sloppy ones below 1,000. */
#define HTML_MAX_NESTING 2000

/*
 * How deep the elements of a page nest, as far as can be told without parsing
 * it: start tags without their end tag, those left out that HTML lets an
 * author leave open (p, li, td, br, ...).
 *
 * The time of an HTML5 parser grows with size x depth, so a page of nothing
 * but "<div>" must be refused before it is parsed.
 */
size_t html_nesting(struct str page);

#endif
