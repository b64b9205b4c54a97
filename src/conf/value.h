#ifndef SLIPWAY_CONF_VALUE_H
#define SLIPWAY_CONF_VALUE_H

#include "base/err.h"
#include "conf/file.h"
#include "conf/table.h"

/*
 * Fill in the struct at base from what block b says, and from the defaults for
 * the rest.  Settings of type CONF_SECRET and CONF_SPECIAL are left alone.  For
 * the files of src/conf only.
 *
 * base  the struct that the offsets of b->section are offsets of
 *
 * Returns ERR_OK, or ERR_CONFIG for the first value that is wrong; the other
 * settings are filled in all the same.
 */
ERR_MUST_USE enum err conf_value_apply(const struct conf_file *f,
				       const struct conf_block *b, void *base);

/*
 * Read the number of a setting of type CONF_SPECIAL within its limits; *out
 * stays when the file does not give it.
 */
ERR_MUST_USE enum err conf_value_number(const struct conf_file *f,
					const struct conf_block *b,
					const char *key, int64_t *out);

#endif
