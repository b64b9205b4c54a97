#ifndef SLIPWAY_CLI_VERDICT_H
#define SLIPWAY_CLI_VERDICT_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

struct jw;

/* What the checks of a command found, a line each, printed as they come. */

enum verdict { VERDICT_PASS, VERDICT_FAIL, VERDICT_WARN, VERDICT_SKIP };
#define VERDICT_KINDS     4

#define VERDICT_MAX_LINES 128

struct verdict_line {
	const char *check; /* "chat", or "A1 no-session": row and name */
	enum verdict verdict;
	const char *text; /* "", or what, where, what to do */
};

struct verdicts {
	struct arena *arena;
	/* the word that begins a line, for each kind */
	const char *const *words;
	struct verdict_line lines[VERDICT_MAX_LINES];
	size_t n;
	size_t count[VERDICT_KINDS];
};

/*
 * Note the result of a check and print its line to stdout.  The text may have
 * words of others in it: what a terminal would obey is replaced.
 */
void verdict_note(struct verdicts *v, const char *check, enum verdict verdict,
		  const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* The members ok, passed, failed, warned (if any), skipped, and checks. */
void verdict_write(const struct verdicts *v, struct jw *w);

#endif
