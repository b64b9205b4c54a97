#ifndef SLIPWAY_HTTP_PAGE_H
#define SLIPWAY_HTTP_PAGE_H

#include "base/buf.h"
#include "base/str.h"

struct conf;

/*
 * Pages that a worker writes itself, in the dress of those in www/: for what
 * must work without JavaScript.
 */

/* The content type of a page. */
#define PAGE_TYPE "text/html; charset=utf-8"

/*
 * Append text so that it is nothing but text, in HTML, in XML, and within
 * quotes of an attribute.  Control bytes become blanks.
 */
void page_text(struct buf *out, struct str text);

/*
 * Append everything up to and with "<main>".
 *
 * title  of the window, before the name of the service
 * path   the page's own, to mark it in the navigation; "" is none of it
 */
void page_open(struct buf *out, const struct conf *conf, const char *title,
	       const char *path);

/*
 * The same without "<main>", for a page that gives it attributes.
 *
 * extra  more lines of <head>, as HTML
 */
void page_head(struct buf *out, const struct conf *conf, const char *title,
	       const char *path, const char *extra);

/* Append what closes page_open(). */
void page_close(struct buf *out);

#endif
