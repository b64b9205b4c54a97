#ifndef SLIPWAY_OPS_WIDGET_H
#define SLIPWAY_OPS_WIDGET_H

#include "base/buf.h"

struct conf;

/*
 * Append the page in the frame that www/widget.js puts on other sites, as a
 * complete HTML document.  Its scripts and styles are files of www/; it takes
 * colours, language, title and feature from its address, by script.
 */
void widget_page(const struct conf *conf, struct buf *out);

/*
 * Append the Content-Security-Policy of that page: the one of all pages, but
 * those of [server] widget_origins may frame it.
 */
void widget_policy(const struct conf *conf, struct buf *out);

#endif
