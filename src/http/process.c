/*
 * What a worker sets up once for the whole process.
 */
#include "http/process.h"

#include "base/arena.h"
#include "base/log.h"

#include <malloc.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define STACK_BYTES ((size_t)256 * 1024)

/* Written as it is when memory has run out: nothing may be allocated then. */
static const char exhausted_text[] =
	"{\"level\":\"error\",\"event\":\"out_of_memory\"}\n";

static void write_exhausted(void)
{
	const ssize_t n = write(STDERR_FILENO, exhausted_text,
				sizeof(exhausted_text) - 1);
	(void)n;
}

void process_setup(void)
{
	const struct rlimit no_core = {0, 0};

	(void)signal(SIGPIPE, SIG_IGN);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	(void)setrlimit(RLIMIT_CORE, &no_core);
	(void)mallopt(M_ARENA_MAX, 2);
	(void)mallopt(M_TRIM_THRESHOLD, 256 * 1024);
	arena_on_exhaustion(write_exhausted);
}

void process_thread(pthread_t *t, void *(*fn)(void *), void *arg)
{
	pthread_attr_t attr;

	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setstacksize(&attr, STACK_BYTES);
	const int rc = pthread_create(t, &attr, fn, arg);
	(void)pthread_attr_destroy(&attr);
	if (rc != 0) {
		log_msg(LOG_ERROR, "start_failed", "could not start a thread");
		_exit(1);
	}
}
