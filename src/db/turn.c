/*
 * Whose turn it is to do a chore: the file's time is all there is to it.  Two
 * that look at the same moment may both do it, so it must bear that.
 */
#include "db/turn.h"

#include "base/clock.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 4096

bool turn_take(const char *state_dir, const char *name, int64_t every_ms)
{
	char path[PATH_BYTES];
	struct stat st;

	if (state_dir == NULL || state_dir[0] == '\0')
		return true;
	(void)snprintf(path, sizeof(path), "%s/%s", state_dir, name);
	if (stat(path, &st) == 0) {
		const int64_t age_ms = clock_age_ms(&st.st_mtim);
		/* one from the future comes of a clock that was set back */
		if (age_ms >= 0 && age_ms < every_ms)
			return false;
	}
	const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0) {
		(void)futimens(fd, NULL);
		(void)close(fd);
	}
	return true;
}
