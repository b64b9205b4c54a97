#ifndef SLIPWAY_TESTS_MOCK_PARK_H
#define SLIPWAY_TESTS_MOCK_PARK_H

#include "call.h"

#include <stdint.h>

/*
 * Calls that wait.  A waiting call is suspended in the HTTP daemon and costs
 * nothing; one thread wakes it when its time has come, when a permit arrives
 * or when its client hangs up.
 */
struct park;

/* Starts the thread.  Ends the program when it cannot. */
struct park *park_new(void);

/* c is in flight from now on: notice when its client hangs up. */
void park_enter(struct park *p, struct call *c);
/* c is over; before its socket is closed. */
void park_leave(struct park *p, struct call *c);

/*
 * Suspend c until due_ms (INT64_MAX: until something else wakes it).  On
 * the daemon's thread, from one of c's callbacks.
 */
void park_until(struct park *p, struct call *c, int64_t due_ms);

/*
 * Take one permit of c; without one, suspend it until there is.
 * Returns whether it had one.
 */
bool park_take_permit(struct park *p, struct call *c);

/* Give n permits to every call in flight. */
void park_step(struct park *p, long n);

/* Hang up on every call in flight. */
void park_hang_up(struct park *p);

bool park_is_gone(struct park *p, struct call *c);

/* The first call in flight; follow ->next.  On the daemon's thread. */
struct call *park_first(struct park *p);
size_t park_count(struct park *p);

/* Monotonic milliseconds. */
int64_t park_now_ms(void);

#endif
