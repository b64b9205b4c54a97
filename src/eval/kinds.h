#ifndef SLIPWAY_EVAL_KINDS_H
#define SLIPWAY_EVAL_KINDS_H

#include "eval/case.h"

/*
 * Read one assertion, its texts filled in with vars.
 *
 * Returns ERR_OK, or ERR_INVALID_REQUEST with FILE:LINE and the reason: a type
 * that we do not know, a value that it cannot have.
 */
ERR_MUST_USE enum err eval_check_read(const struct eval_file *f, struct json v,
				      struct json vars, size_t line,
				      struct eval_check *out);

#endif
