#ifndef SLIPWAY_OPS_HTML_H
#define SLIPWAY_OPS_HTML_H

#include "base/buf.h"
#include "http/words.h"

#include <stdint.h>

/* Times as pages show them. */

/* <time datetime="…">26 Nov 2026, 13:50 UTC</time> */
void html_time(struct buf *out, enum words_lang lang, int64_t wall_ms);

/* "26 Nov 2026" in UTC. */
void html_day(struct buf *out, enum words_lang lang, int64_t wall_ms);

/* "3 days", "2 hours", "45 minutes", "1 minute", "12 seconds". */
void html_duration(struct buf *out, enum words_lang lang, int64_t seconds);

#endif
