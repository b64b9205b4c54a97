#ifndef SLIPWAY_CONF_PROVIDER_H
#define SLIPWAY_CONF_PROVIDER_H

#include "conf/conf.h"
#include "conf/file.h"

/*
 * Append the provider of block b to c.
 *
 * Returns ERR_OK or ERR_CONFIG.
 */
ERR_MUST_USE enum err conf_provider_add(const struct conf_file *f,
					const struct conf_block *b,
					struct conf *c);

/*
 * Append the provider `extract`, which answers from the documents and is
 * always there.
 *
 * Returns ERR_OK or ERR_CONFIG.
 */
ERR_MUST_USE enum err conf_provider_add_extract(const struct conf_file *f,
						struct conf *c);

#endif
