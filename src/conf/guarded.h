#ifndef SLIPWAY_CONF_GUARDED_H
#define SLIPWAY_CONF_GUARDED_H

#include "conf/conf.h"
#include "conf/file.h"
#include "conf/table.h"

/* The settings of [pattern NAME]; see table.c. */
#define CONF_NPATTERN_SETTINGS 4
extern const struct conf_setting conf_pattern_settings[CONF_NPATTERN_SETTINGS];

/*
 * Read input_pii, output_pii and injection of [guard] or of a feature over
 * what *out has already.
 *
 * Returns ERR_OK, or ERR_CONFIG with the reason.
 */
ERR_MUST_USE enum err conf_guarded_rules(const struct conf_file *f,
					 const struct conf_block *b,
					 struct conf_guard_rules *out);

/* The action hash needs a key. */
ERR_MUST_USE enum err conf_guarded_hash(const struct conf_file *f,
					const struct conf_block *b,
					const struct conf *c,
					const struct conf_guard_rules *rules);

/* Read content of a feature; its hash needs the same key. */
ERR_MUST_USE enum err conf_guarded_content(const struct conf_file *f,
					   const struct conf_block *b,
					   const struct conf *c,
					   enum conf_content *out);

/*
 * Read moderation and moderation_fail over what *out has already; the providers
 * of c are known.
 */
ERR_MUST_USE enum err conf_guarded_moderation(const struct conf_file *f,
					      const struct conf_block *b,
					      const struct conf *c,
					      struct conf_guard_rules *out);

/* Add a [pattern NAME] to c. */
ERR_MUST_USE enum err conf_guarded_pattern(const struct conf_file *f,
					   const struct conf_block *b,
					   struct conf *c);

#endif
