/*
 * What a worker sets up once for the whole process.
 */
#include "http/process.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define STACK_BYTES ((size_t)256 * 1024)
/* For the database, logs, libraries, and connections that idle. */
#define SPARE_FILES   ((size_t)320)
#define DEFAULT_CALLS ((size_t)1000)
#define FILES_OF_CALL ((size_t)2)
#define TELL_EVERY_US ((int64_t)10 * 1000 * 1000)

/* Written as it is when memory has run out: nothing may be allocated then. */
static const char exhausted_text[] =
	"{\"level\":\"error\",\"event\":\"out_of_memory\"}\n";

static void write_exhausted(void)
{
	const ssize_t n = write(STDERR_FILENO, exhausted_text,
				sizeof(exhausted_text) - 1);
	(void)n;
}

/* select() is used by nobody here, so high numbers do no harm. */
static void take_files(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return;
	files.rlim_cur = files.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &files);
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
	take_files();
}

size_t process_max_calls(int64_t wanted)
{
	const size_t max = wanted > 0 ? (size_t)wanted : DEFAULT_CALLS;
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0 ||
	    files.rlim_cur == RLIM_INFINITY)
		return max;
	const size_t most = (size_t)files.rlim_cur;
	const size_t spare = most / 2 < SPARE_FILES ? most / 2 : SPARE_FILES;
	const size_t calls = (most - spare) / FILES_OF_CALL;
	if (calls >= max)
		return max;
	log_msg(LOG_INFO, "few_files",
		"the limit of %zu open files is enough for %zu calls at a "
		"time, not for [server] max_calls = %zu: " PROCESS_FILES_HINT,
		most, calls, max);
	return calls;
}

bool process_exhausted(int error, int64_t *told_us)
{
	const int64_t now_us = clock_mono_us();

	if (error != EMFILE && error != ENFILE && error != ENOBUFS &&
	    error != ENOMEM)
		return false;
	if (*told_us == 0 || now_us - *told_us >= TELL_EVERY_US) {
		*told_us = now_us;
		log_msg(LOG_ERROR, "no_files",
			"requests wait, as none can be accepted: %s; if it is "
			"the limit of open files, " PROCESS_FILES_HINT,
			strerror(error));
	}
	return true;
}

int process_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGUSR1);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
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
