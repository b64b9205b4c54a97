#ifndef SLIPWAY_TESTS_UNIT_TEMP_H
#define SLIPWAY_TESTS_UNIT_TEMP_H

/* Where a test keeps its files: below TMPDIR, as all suites do. */
#include <stdio.h>
#include <stdlib.h>

#define TEMP_BYTES 256

/* A name for mkstemp() or mkdtemp(). */
static inline char *temp_name(char path[TEMP_BYTES], const char *what)
{
	const char *const tmp = getenv("TMPDIR");

	(void)snprintf(path, TEMP_BYTES, "%s/slipway-%s-XXXXXX",
		       tmp != NULL ? tmp : "/tmp", what);
	return path;
}

#endif
