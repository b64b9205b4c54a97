#ifndef SLIPWAY_HTTP_PROCESS_H
#define SLIPWAY_HTTP_PROCESS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where an operator sets the limit of open files, for log lines. */
#define PROCESS_FILES_HINT                                                 \
	"raise it (lighttpd: server.max-fds, systemd: LimitNOFILE=, else " \
	"ulimit -n)"

/*
 * Harden the process (no new privileges, no core dumps, no SIGPIPE), keep its
 * memory in few places, say what happens when there is none left, and take as
 * many open files as it may have.  Called once, first.
 */
void process_setup(void);

/*
 * How many of the wanted calls at a time the limit of open files allows: each
 * has a client's socket and a provider's.
 *
 * wanted  0, where there is no configuration, is taken for 1000
 *
 * Returns wanted, or less; then it has said so in the log.
 */
size_t process_max_calls(int64_t wanted);

/*
 * Does this errno of accept() say that there are no descriptors or no memory
 * for one?  Logs it, at most once in ten seconds.
 *
 * told_us  when that was last said; 0 at first
 */
bool process_exhausted(int error, int64_t *told_us);

/*
 * Block the signals that end a worker in all threads.
 *
 * Returns a descriptor from which they can be read, or -1.
 */
int process_signals(void);

/*
 * Start a thread with a small stack.  Ends the process when the system has
 * none to give.
 */
void process_thread(pthread_t *t, void *(*fn)(void *), void *arg);

#endif
