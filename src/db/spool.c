/*
 * The spool: settlements on disk while PostgreSQL is away.  Called by the
 * ledger thread only.  A line is acknowledged after fsync and a file deleted
 * after its last line was settled, so at every moment each acknowledged
 * settlement is on disk or in the database.
 */
#include "db/spool.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/id.h"
#include "base/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SPOOL_ARENA_BYTES ((size_t)32 * 1024 * 1024)
#define READ_BYTES        ((size_t)256 * 1024)
#define PATH_BYTES        4096
#define OWN_TRIES         8
#define FILE_PREFIX       "settle-"
#define FILE_SUFFIX       ".jsonl"

struct spool_file {
	int fd;       /* -1: none; else open and locked by us */
	off_t offset; /* replayed up to here */
	char path[PATH_BYTES];
};

struct spool {
	struct arena arena;   /* holds this struct */
	struct arena scratch; /* of one call */
	const char *state_dir;
	struct spool_file own;
	struct spool_file other; /* being replayed for a dead process */
};

struct spool *spool_new(const char *state_dir)
{
	struct arena a;

	arena_init(&a, SPOOL_ARENA_BYTES);
	struct spool *const s = ARENA_NEW(&a, struct spool);
	arena_init(&s->scratch, SPOOL_ARENA_BYTES);
	s->state_dir = state_dir;
	s->own.fd = -1;
	s->other.fd = -1;
	s->arena = a;
	return s;
}

static void file_close(struct spool_file *f)
{
	if (f->fd >= 0)
		(void)close(f->fd); /* and with it the lock */
	f->fd = -1;
	f->offset = 0;
}

void spool_free(struct spool *s)
{
	if (s == NULL)
		return;
	file_close(&s->own);
	file_close(&s->other);
	arena_release(&s->scratch);
	struct arena a = s->arena; /* s itself is in it */
	arena_release(&a);
}

static enum err io_failed(struct errbuf *e, const char *what, const char *path)
{
	return err_set(e, ERR_IO,
		       "cannot %s %.120s: %s; check [server] state_dir", what,
		       path, strerror(errno));
}

/* STATE_DIR/spool/NAME; false when it does not fit */
static bool path_of(const struct spool *s, const char *name,
		    char out[static PATH_BYTES])
{
	const int n =
		snprintf(out, PATH_BYTES, "%s/spool/%s", s->state_dir, name);

	return n > 0 && n < PATH_BYTES;
}

/* A new file or its deletion is durable once its folder is. */
static enum err sync_folder(const struct spool *s, struct errbuf *e)
{
	char path[PATH_BYTES];

	if (!path_of(s, "", path))
		return io_failed(e, "open", s->state_dir);
	const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return io_failed(e, "open", path);
	const int rc = fsync(fd);
	(void)close(fd);
	return rc == 0 ? ERR_OK : io_failed(e, "fsync", path);
}

enum err spool_check(const char *state_dir, struct errbuf *e)
{
	const struct passwd *const user = getpwuid(geteuid());
	char path[PATH_BYTES];

	(void)snprintf(path, sizeof(path), "%s/spool", state_dir);
	if (access(path, F_OK) != 0)
		(void)snprintf(path, sizeof(path), "%s", state_dir);
	if (access(path, W_OK | X_OK) == 0)
		return ERR_OK;
	return err_set(e, ERR_IO,
		       "[server] state_dir: %.120s cannot be written by user "
		       "%s (%s), so a settlement would be lost while "
		       "PostgreSQL is away",
		       path, user != NULL ? user->pw_name : "?",
		       strerror(errno));
}

static enum err make_folder(const struct spool *s, struct errbuf *e)
{
	char path[PATH_BYTES];

	if (s->state_dir == NULL || s->state_dir[0] == '\0')
		return err_set(e, ERR_IO,
			       "[server] state_dir is not set, so a settlement "
			       "cannot be kept while PostgreSQL is away");
	if (!path_of(s, "", path))
		return io_failed(e, "use", s->state_dir);
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return io_failed(e, "create", path);
	return ERR_OK;
}

/*
 * Lock f->fd.  False when someone else has it, or had it and deleted the file
 * before we got the lock.
 */
static bool lock_file(const struct spool_file *f, int wait_flag)
{
	struct stat st;

	return flock(f->fd, LOCK_EX | wait_flag) == 0 &&
	       fstat(f->fd, &st) == 0 && st.st_nlink > 0;
}

/* A new file of our own; *taken: another process was faster than our lock. */
static enum err make_own(struct spool *s, bool *taken, struct errbuf *e)
{
	unsigned char noise[8];
	char hex[2 * sizeof(noise) + 1];
	char name[64];

	*taken = false;
	id_random(noise, sizeof(noise));
	id_hex(noise, sizeof(noise), hex);
	(void)snprintf(name, sizeof(name), FILE_PREFIX "%ld-%s" FILE_SUFFIX,
		       (long)getpid(), hex);
	if (!path_of(s, name, s->own.path))
		return io_failed(e, "use", s->state_dir);
	s->own.fd =
		open(s->own.path,
		     O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
	if (s->own.fd < 0)
		return io_failed(e, "create", s->own.path);
	/* it may have been found, and deleted as one without entries */
	if (!lock_file(&s->own, 0)) {
		file_close(&s->own);
		*taken = true;
		return err_set(e, ERR_IO, "cannot lock %.150s", s->own.path);
	}
	return sync_folder(s, e);
}

/* Our own file, made when first needed. */
static enum err open_own(struct spool *s, struct errbuf *e)
{
	enum err err = ERR_OK;
	bool taken = s->own.fd < 0;

	if (taken)
		ERR_TRY(make_folder(s, e));
	for (int i = 0; taken && i < OWN_TRIES; i++) {
		err_clear(e);
		err = make_own(s, &taken, e);
	}
	return err;
}

static bool write_all(int fd, struct str text)
{
	while (text.n > 0) {
		const ssize_t n = write(fd, text.p, text.n);
		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0) {
			text.p += n;
			text.n -= (size_t)n;
		}
	}
	return true;
}

/* Append text to fd durably, or leave the file as it was. */
static enum err write_durably(int fd, const char *path, struct str text,
			      struct errbuf *e)
{
	const off_t before = lseek(fd, 0, SEEK_END);

	if (before >= 0 && write_all(fd, text) && fsync(fd) == 0)
		return ERR_OK;
	const enum err err = io_failed(e, "write", path);
	if (before >= 0 && ftruncate(fd, before) != 0)
		log_msg(LOG_ERROR, "spool_torn", "%s has a torn last line",
			path);
	return err;
}

enum err spool_append(struct spool *s, const struct str *entries, size_t n,
		      struct errbuf *e)
{
	struct buf text;
	enum err err = open_own(s, e);

	if (err != ERR_OK)
		return err;
	buf_init(&text, &s->scratch, SPOOL_ARENA_BYTES / 4);
	for (size_t i = 0; i < n; i++) {
		buf_add_str(&text, entries[i]);
		buf_add_char(&text, '\n');
	}
	err = buf_err(&text);
	if (err == ERR_OK)
		err = write_durably(s->own.fd, s->own.path, buf_str(&text), e);
	arena_clear(&s->scratch);
	return err;
}

enum err spool_reject(struct spool *s, struct str entry, struct errbuf *e)
{
	char path[PATH_BYTES];
	struct arena a; /* scratch has the lines that are being replayed */
	struct buf text;

	ERR_TRY(make_folder(s, e));
	if (!path_of(s, "rejected.jsonl", path))
		return io_failed(e, "use", s->state_dir);
	const int fd =
		open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
		return io_failed(e, "open", path);
	arena_init(&a, SPOOL_ARENA_BYTES);
	buf_init(&text, &a, entry.n + 1);
	buf_add_str(&text, entry);
	buf_add_char(&text, '\n');
	const enum err err = write_durably(fd, path, buf_str(&text), e);
	(void)close(fd);
	arena_release(&a);
	return err;
}

static bool is_spool_name(const char *name)
{
	const size_t n = strlen(name);
	const size_t tail = sizeof(FILE_SUFFIX) - 1;

	return n > tail &&
	       strncmp(name, FILE_PREFIX, sizeof(FILE_PREFIX) - 1) == 0 &&
	       strcmp(name + n - tail, FILE_SUFFIX) == 0;
}

/* Open and lock the file `name`; false when it is not for us. */
static bool adopt(struct spool *s, const char *name)
{
	struct spool_file *const f = &s->other;

	if (!is_spool_name(name) || !path_of(s, name, f->path) ||
	    (s->own.fd >= 0 && strcmp(f->path, s->own.path) == 0))
		return false;
	f->fd = open(f->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (f->fd < 0)
		return false;
	if (lock_file(f, LOCK_NB))
		return true;
	file_close(f);
	return false;
}

/* Find a file that a dead process left; s->other.fd stays -1 without one. */
static void find_other(struct spool *s)
{
	char path[PATH_BYTES];
	const struct dirent *entry = NULL;

	if (s->state_dir == NULL || s->state_dir[0] == '\0' ||
	    !path_of(s, "", path))
		return;
	DIR *const dir = opendir(path);
	if (dir == NULL)
		return; /* nothing was ever spooled here */
	while ((entry = readdir(dir)) != NULL)
		if (adopt(s, entry->d_name))
			break;
	(void)closedir(dir);
}

/* The whole lines of text, SPOOL_BATCH at most; *used bytes are theirs. */
static size_t split_lines(struct str text, struct str out[static SPOOL_BATCH],
			  size_t *used)
{
	struct str line;
	struct str rest = text;
	size_t n = 0;

	while (n < SPOOL_BATCH && str_cut(rest, '\n', &line, &rest))
		out[n++] = line;
	*used = n > 0 ? (size_t)(out[n - 1].p - text.p) + out[n - 1].n + 1 : 0;
	return n;
}

/* The file is through: delete it while we still hold its lock. */
static enum err retire(struct spool *s, struct spool_file *f, size_t tail,
		       struct errbuf *e)
{
	if (tail > 0) /* never acknowledged: its writer died in the middle */
		log_msg(LOG_WARN, "spool_torn",
			"%s ended with %zu bytes of a line that was never "
			"acknowledged",
			f->path, tail);
	const int rc = unlink(f->path);
	if (rc != 0)
		return io_failed(e, "delete", f->path);
	file_close(f);
	return sync_folder(s, e);
}

/* The next entries of f to send. */
static enum err replay_file(struct spool *s, struct spool_file *f,
			    spool_send_fn *send, void *arg, struct errbuf *e)
{
	struct str lines[SPOOL_BATCH];
	size_t used = 0;
	char *const room = arena_alloc(&s->scratch, READ_BYTES);
	const ssize_t got = pread(f->fd, room, READ_BYTES, f->offset);

	if (got < 0)
		return io_failed(e, "read", f->path);
	const size_t n =
		split_lines((struct str){room, (size_t)got}, lines, &used);
	if (n == 0 && (size_t)got < READ_BYTES)
		return retire(s, f, (size_t)got, e);
	if (n > 0) {
		ERR_TRY(send(arg, lines, n));
	} else { /* no line of ours: what follows it may be */
		log_msg(LOG_ERROR, "spool_torn",
			"%s has a line that is too long", f->path);
		used = (size_t)got;
	}
	f->offset += (off_t)used;
	return ERR_OK;
}

enum err spool_replay(struct spool *s, spool_send_fn *send, void *arg,
		      bool *more, struct errbuf *e)
{
	struct spool_file *f = &s->own;

	if (f->fd < 0 && s->other.fd < 0)
		find_other(s);
	if (f->fd < 0)
		f = &s->other;
	*more = f->fd >= 0;
	if (f->fd < 0)
		return ERR_OK;
	const enum err err = replay_file(s, f, send, arg, e);
	arena_clear(&s->scratch);
	return err;
}
