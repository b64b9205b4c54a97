/*
 * A file that others read while we write it: the status file.
 */
#include "ops/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PUBLISH_MODE 0644

static enum err failed(struct errbuf *e, const char *what, const char *path)
{
	return err_set(e, ERR_IO, "could not %s %s: %s", what, path,
		       strerror(errno));
}

static enum err write_all(int fd, struct str content)
{
	size_t done = 0;

	while (done < content.n) {
		const ssize_t n = write(fd, content.p + done, content.n - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ERR_IO;
		done += (size_t)n;
	}
	return fchmod(fd, PUBLISH_MODE) == 0 && fsync(fd) == 0 ? ERR_OK
							       : ERR_IO;
}

/* The new name survives a power cut only when the folder was synced, too. */
static enum err sync_folder(const char *path)
{
	char folder[PATH_MAX];
	const char *const slash = strrchr(path, '/');

	if (slash == NULL)
		(void)snprintf(folder, sizeof(folder), ".");
	else
		(void)snprintf(folder, sizeof(folder), "%.*s",
			       (int)(slash - path + 1), path);
	const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return ERR_IO;
	const int rc = fsync(fd);
	(void)close(fd);
	return rc == 0 ? ERR_OK : ERR_IO;
}

enum err publish_file(const char *path, struct str content, struct errbuf *e)
{
	char temp[PATH_MAX];
	const int n = snprintf(temp, sizeof(temp), "%s.XXXXXX", path);

	if (n < 0 || (size_t)n >= sizeof(temp)) {
		errno = ENAMETOOLONG;
		return failed(e, "write", path);
	}
	const int fd = mkstemp(temp);
	if (fd < 0)
		return failed(e, "write beside", path);
	enum err err = write_all(fd, content);
	if (err != ERR_OK)
		err = failed(e, "write", temp);
	if (close(fd) != 0 && err == ERR_OK)
		err = failed(e, "write", temp);
	if (err == ERR_OK && rename(temp, path) != 0)
		err = failed(e, "replace", path);
	if (err != ERR_OK) {
		(void)unlink(temp);
		return err;
	}
	return sync_folder(path) == ERR_OK
		       ? ERR_OK
		       : failed(e, "sync the folder of", path);
}
