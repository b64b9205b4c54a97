#ifndef SLIPWAY_CONF_TOOL_H
#define SLIPWAY_CONF_TOOL_H

#include "conf/conf.h"
#include "conf/file.h"
#include "conf/table.h"

/* The settings of [tool NAME]; see table.c. */
#define CONF_NTOOL_SETTINGS 10
extern const struct conf_setting conf_tool_settings[CONF_NTOOL_SETTINGS];

/*
 * Read [tool NAME] of block b into c->tools.  For conf.c.
 *
 * Returns ERR_OK or ERR_CONFIG.
 */
ERR_MUST_USE enum err conf_tool_add(const struct conf_file *f,
				    const struct conf_block *b, struct conf *c);

/*
 * Read what makes a feature an agent, with its tools; the route is known.  For
 * feature.c.
 *
 * Returns ERR_OK or ERR_CONFIG.
 */
ERR_MUST_USE enum err conf_tool_agent(const struct conf_file *f,
				      const struct conf_block *b,
				      const struct conf *c,
				      struct conf_feature *out);

#endif
