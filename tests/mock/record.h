#ifndef SLIPWAY_TESTS_MOCK_RECORD_H
#define SLIPWAY_TESTS_MOCK_RECORD_H

#include "call.h"

/*
 * What the mock remembers: how many calls came, by model, and the last ones
 * in detail; and the scripts that a test gave to model names.  Daemon thread
 * only.
 */
struct records;

struct records *records_new(void);

/* Forget everything, also the scripts. */
void records_reset(struct records *r);

/*
 * Count a new call and remember it.  Returns how many of the same model came
 * before it.
 */
long records_begin(struct records *r, const struct call *c);

/* The state of c changed; state is borrowed for ever. */
void records_update(struct records *r, const struct call *c, const char *state);

/* Give a script to a model name ("" takes it away). */
void records_set_script(struct records *r, struct span model,
			struct span script);
/* The script of a model name; {NULL, 0} when there is none. */
struct span records_script(const struct records *r, struct span model);

/*
 * Append everything as JSON.
 *
 * in_flight    calls that are being answered now
 * connections  accepted since the start
 * bodies       also the requests' bodies, as strings
 */
void records_write(const struct records *r, struct text *out, size_t in_flight,
		   unsigned long connections, bool bodies);

#endif
