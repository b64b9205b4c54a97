/*
 * One other program whose output a command reads: git, for `slipway
 * preflight`.  No shell is between, so no name can become a command.
 */
#include "cli/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum err child_start(struct child *c, const char *const *argv, struct errbuf *e)
{
	posix_spawn_file_actions_t actions;
	int ends[2];

	if (pipe(ends) != 0)
		return err_set(e, ERR_IO, "cannot make a pipe: %s",
			       strerror(errno));
	(void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, ends[1],
					       STDOUT_FILENO);
	(void)posix_spawn_file_actions_addclose(&actions, ends[1]);
	/* posix_spawnp() does not change them, whatever its type says */
	const int why = posix_spawnp(&c->pid, argv[0], &actions, NULL,
				     (char *const *)(uintptr_t)argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)close(ends[1]);
	c->out = why == 0 ? fdopen(ends[0], "r") : NULL;
	if (c->out != NULL)
		return ERR_OK;
	(void)close(ends[0]);
	if (why == 0) {
		(void)kill(c->pid, SIGTERM);
		(void)waitpid(c->pid, NULL, 0);
	}
	return err_set(e, ERR_IO, "cannot run %s: %s", argv[0],
		       strerror(why != 0 ? why : errno));
}

enum err child_end(struct child *c, struct errbuf *e)
{
	int status = 0;

	(void)fclose(c->out);
	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return ERR_OK;
	return err_set(e, ERR_IO, "it ended with %d",
		       WIFEXITED(status) ? WEXITSTATUS(status)
					 : WTERMSIG(status));
}
