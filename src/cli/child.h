#ifndef SLIPWAY_CLI_CHILD_H
#define SLIPWAY_CLI_CHILD_H

#include "base/err.h"

#include <stdio.h>
#include <sys/types.h>

/* Another program, whose output is read; what it complains of goes to ours. */
struct child {
	pid_t pid;
	FILE *out;
};

/*
 * Start it, without a shell.
 *
 * argv  NULL ends it; argv[0] is looked for in $PATH
 *
 * Returns ERR_OK or ERR_IO, with the reason in e.
 * Owns:  child_end() must follow.
 */
ERR_MUST_USE enum err child_start(struct child *c, const char *const *argv,
				  struct errbuf *e);

/*
 * Wait for its end.
 *
 * Returns ERR_OK when it ended with 0, else ERR_IO.
 */
ERR_MUST_USE enum err child_end(struct child *c, struct errbuf *e);

#endif
