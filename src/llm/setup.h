#ifndef SLIPWAY_LLM_SETUP_H
#define SLIPWAY_LLM_SETUP_H

#include "base/err.h"

struct conf;

/*
 * Check what conf_load() cannot: that patterns and schemas are understood and
 * the blocklist is there.  A worker that needs them refuses to serve without;
 * this is how /ready and `slipway config` know.
 *
 * Returns ERR_OK, or ERR_CONFIG with "FILE:LINE: [section] key: what is
 * wrong".  Blocks: on file reads.
 */
ERR_MUST_USE enum err setup_check(const struct conf *c, struct errbuf *e);

/* The part of it about the schemas of tools. */
ERR_MUST_USE enum err setup_tools(const struct conf *c, struct errbuf *e);

#endif
