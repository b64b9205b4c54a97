/*
 * Keys whose files change while a worker runs: the temporary ones of AWS.  A
 * look at a file costs microseconds, so it is made before every request.
 */
#include "conf/renew.h"

#include "base/arena.h"
#include "conf/secret.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ACCESS_KEY, SECRET_KEY, SESSION_TOKEN, NKEYS };

struct key_file {
	const char *path; /* NULL: there is none, the key stays unset */
	struct stat seen; /* of the file that was read last */
	struct conf_secret now;
	char text[CONF_SECRET_MAX_BYTES + 1]; /* room for what it becomes */
};

struct conf_renewal {
	struct key_file files[NKEYS];
	uint64_t version;
};

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Read at most one byte too much, so that too much is found out. */
static size_t read_text(int fd, char out[static CONF_SECRET_MAX_BYTES + 1])
{
	size_t n = 0;
	ssize_t got = 0;

	do {
		got = read(fd, out + n, CONF_SECRET_MAX_BYTES + 1 - n);
		n += got > 0 ? (size_t)got : 0;
	} while (got > 0 && n <= CONF_SECRET_MAX_BYTES);
	return got < 0 ? 0 : n;
}

/* Take what the open file has, if it is a key.  True: it is another one. */
static bool take(struct key_file *k, int fd, const struct stat *st)
{
	char text[CONF_SECRET_MAX_BYTES + 1];
	const size_t n = read_text(fd, text);
	const struct str key = str_trim((struct str){text, n});
	const struct str before = {k->now.secret_p, k->now.secret_n};

	if (n > CONF_SECRET_MAX_BYTES || !conf_secret_is_one(key))
		return false;
	k->seen = *st;
	if (str_eq(key, before))
		return false;
	memcpy(k->text, key.p, key.n);
	k->text[key.n] = '\0';
	k->now = (struct conf_secret){k->text, key.n};
	return true;
}

/* True: the key is another one than before. */
static bool look(struct key_file *k, bool again)
{
	struct stat st;
	bool changed = false;

	if (k->path == NULL || stat(k->path, &st) != 0 ||
	    (!again && is_same(&st, &k->seen)))
		return false;
	const int fd = open(k->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && conf_secret_mode_ok(&st))
		changed = take(k, fd, &st);
	(void)close(fd);
	return changed;
}

struct conf_renewal *conf_renewal_new(const struct conf_file *f,
				      const struct conf_block *b,
				      const struct conf_provider *p)
{
	struct conf_renewal *const r = ARENA_NEW(f->arena, struct conf_renewal);
	bool any = false;

	r->files[ACCESS_KEY].path = conf_secret_path(f, b, "access_key_file");
	r->files[SECRET_KEY].path = conf_secret_path(f, b, "secret_key_file");
	r->files[SESSION_TOKEN].path =
		conf_secret_path(f, b, "session_token_file");
	r->files[ACCESS_KEY].now = p->access_key;
	r->files[SECRET_KEY].now = p->secret_key;
	r->files[SESSION_TOKEN].now = p->session_token;
	for (size_t i = 0; i < NKEYS; i++)
		any = any || r->files[i].path != NULL;
	return any ? r : NULL;
}

struct conf_aws_keys conf_aws_keys(const struct conf_provider *p, bool again)
{
	struct conf_renewal *const r = p->renewal;
	bool changed = false;

	if (r == NULL)
		return (struct conf_aws_keys){p->access_key, p->secret_key,
					      p->session_token, 0};
	for (size_t i = 0; i < NKEYS; i++)
		changed = look(&r->files[i], again) || changed;
	r->version += changed;
	return (struct conf_aws_keys){r->files[ACCESS_KEY].now,
				      r->files[SECRET_KEY].now,
				      r->files[SESSION_TOKEN].now, r->version};
}
