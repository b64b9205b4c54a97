#ifndef SLIPWAY_HTTP_PROCESS_H
#define SLIPWAY_HTTP_PROCESS_H

#include <pthread.h>

/*
 * Harden the process (no new privileges, no core dumps, no SIGPIPE), keep its
 * memory in few places, and say what happens when there is none left.  Called
 * once, first.
 */
void process_setup(void);

/*
 * Start a thread with a small stack.  Ends the process when the system has
 * none to give.
 */
void process_thread(pthread_t *t, void *(*fn)(void *), void *arg);

#endif
