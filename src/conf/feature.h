#ifndef SLIPWAY_CONF_FEATURE_H
#define SLIPWAY_CONF_FEATURE_H

#include "conf/conf.h"
#include "conf/file.h"

/*
 * Append the feature of block b to c, whose providers must be complete.
 *
 * Returns ERR_OK or ERR_CONFIG.
 */
ERR_MUST_USE enum err conf_feature_add(const struct conf_file *f,
				       const struct conf_block *b,
				       struct conf *c);

#endif
