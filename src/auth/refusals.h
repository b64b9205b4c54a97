#ifndef SLIPWAY_AUTH_REFUSALS_H
#define SLIPWAY_AUTH_REFUSALS_H

#include "base/err.h"
#include "base/str.h"
#include "db/ledger.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/*
 * What this process remembers of its last admissions, so that a caller who
 * hammers at a limit, or guesses keys, costs no database work.  Bounded
 * memory: a new entry pushes out the oldest of its set.  Safe from any thread;
 * never blocks for more than a copy.
 *
 * - Over the RPM: refused from here until the retry time.
 * - Over a cap: the same request, or a larger one, is refused from here for
 *   REFUSALS_CAP_MS at most, because a cap may be raised and a reservation
 *   may be settled for less.
 * - An unknown key: refused from here for REFUSALS_UNKNOWN_MS.
 * - An address that sent many unknown keys within a minute: further keys that
 *   were not seen to be good within REFUSALS_GOOD_MS are refused unasked until
 *   the minute is over.  That is a day, as many may share an address, and one
 *   of them must not shut out the others.
 */
struct refusals;

#define REFUSALS_CAP_MS     2000
#define REFUSALS_UNKNOWN_MS 10000
#define REFUSALS_GOOD_MS    86400000
#define REFUSALS_MINUTE_MS  60000

/*
 * max_unknown  unknown keys a minute and address; 0 = no such limit
 * Owns: lives in a.
 */
struct refusals *refusals_new(struct arena *a, int64_t max_unknown);

/*
 * Is this admission refused already?  Then fills *out (verdict, retry time,
 * limits) and returns true.
 *
 * address  of the client
 * now_ms   monotonic
 */
bool refusals_find(struct refusals *r, const struct ledger_admit *in,
		   struct str address, int64_t now_ms,
		   struct ledger_admission *out);

/* Remember what the ledger answered. */
void refusals_note(struct refusals *r, const struct ledger_admit *in,
		   struct str address, int64_t now_ms,
		   const struct ledger_admission *answer);

#endif
