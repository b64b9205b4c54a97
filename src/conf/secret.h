#ifndef SLIPWAY_CONF_SECRET_H
#define SLIPWAY_CONF_SECRET_H

#include "conf/conf.h"
#include "conf/file.h"

#include <stdbool.h>

#define CONF_SECRET_MAX_BYTES 4096

struct stat;

/* Where the secret of a file setting is; NULL when the setting is empty. */
const char *conf_secret_path(const struct conf_file *f,
			     const struct conf_block *b, const char *key);

/* Is it a regular file that others can neither read nor change? */
bool conf_secret_mode_ok(const struct stat *st);

/* Is s a secret: not empty, and no control byte in it? */
bool conf_secret_is_one(struct str s);

/*
 * Read the secret that the file setting `key` of b names: from
 * $CREDENTIALS_DIRECTORY when that has a file of this name, else from the file.
 * *out stays unset when the setting is empty.
 *
 * Returns ERR_OK, or ERR_CONFIG when the file cannot be read, is open to
 * others, is empty or has more than one line.
 */
ERR_MUST_USE enum err conf_secret_file(const struct conf_file *f,
				       const struct conf_block *b,
				       const char *key,
				       struct conf_secret *out);

/*
 * False when the file that `key` of b names exists but is none of this
 * process's business: the system does not let it read the file.
 */
bool conf_secret_is_ours(const struct conf_file *f, const struct conf_block *b,
			 const char *key);

/*
 * Read the secret in the environment variable that `key` of b names.  *out
 * stays unset when the variable is not there or empty.
 *
 * Returns ERR_OK, or ERR_CONFIG when it has more than one line.
 */
ERR_MUST_USE enum err conf_secret_env(const struct conf_file *f,
				      const struct conf_block *b,
				      const char *key, struct conf_secret *out);

#endif
