#ifndef SLIPWAY_HTTP_PAGE_H
#define SLIPWAY_HTTP_PAGE_H

#include "base/buf.h"
#include "base/str.h"
#include "http/words.h"

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

struct page {
	const struct conf *conf;
	enum words_lang lang;
	const char *title; /* of the window, before the name of the service */
	const char *path;  /* its own, to mark it in the navigation; "": none */
	const char *extra; /* more lines of <head>, as HTML; NULL: none */
	/* where the same page is in words_other(); NULL: nowhere */
	const char *other;
};

/* Append everything up to and with "<main>". */
void page_open(struct buf *out, const struct page *page);

/* The same without "<main>", for a page that gives it attributes. */
void page_head(struct buf *out, const struct page *page);

/* Append what closes page_open(). */
void page_close(struct buf *out);

#endif
