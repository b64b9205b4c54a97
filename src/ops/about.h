#ifndef SLIPWAY_OPS_ABOUT_H
#define SLIPWAY_OPS_ABOUT_H

#include "base/buf.h"
#include "http/words.h"

struct conf;

/*
 * Append the page "about, privacy, contact" as a complete HTML document: what
 * the service does, which providers get people's text (from the routes of the
 * features), what is stored, whom to ask.  Every value is escaped; the page
 * has no script and no inline style.
 *
 * Whether it fits is asked of the buf; a page is a few KiB plus the settings.
 */
void about_page(const struct conf *conf, enum words_lang lang, struct buf *out);

#endif
