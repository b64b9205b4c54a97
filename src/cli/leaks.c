/*
 * Keys in a file: where they stand, by fingerprint when they are known.  For
 * `slipway preflight`, as leaks_git.c.
 */
#include "cli/leaks.h"

#include "auth/key.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LISTED            10
#define LIST_BYTES        ((size_t)3072)
#define FINGERPRINT_CHARS 12
#define READ_BYTES        ((size_t)64 * 1024)

static void on_found(void *arg, const struct guard_key *key)
{
	struct leaks *const l = arg;
	char mask[GUARD_KEY_MASK_BYTES];
	char hash[AUTH_HEX_BYTES];

	auth_sha256_hex(key->text, hash);
	hash[FINGERPRINT_CHARS] = '\0';
	if (l->known.n > 0 && strstr(l->known.p, hash) != NULL) {
		l->nknown++;
		return;
	}
	if (l->n++ < LISTED)
		buf_addf(&l->list, "%s%s line %" PRId64 ": %s %s [%s]",
			 l->list.n > 0 ? "; " : "", l->where, key->line,
			 guard_kind_name(key->kind),
			 guard_key_mask(key->text, mask), hash);
}

void leaks_init(struct leaks *l, struct arena *a, struct str known)
{
	*l = (struct leaks){.arena = a, .known = known, .where = ""};
	buf_init(&l->list, a, LIST_BYTES);
}

void leaks_begin(struct leaks *l, const char *where, int64_t line)
{
	l->where = where;
	guard_keys_init(&l->keys, line, on_found, l);
}

enum err leaks_file(struct leaks *l, const char *path, int64_t max,
		    struct errbuf *e)
{
	static char piece[READ_BYTES];
	struct stat st;
	ssize_t got = 0;
	const int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) != 0) {
		const int why = errno;
		if (fd >= 0)
			(void)close(fd);
		return err_set(e, ERR_IO, "cannot read %s: %s", path,
			       strerror(why));
	}
	if (st.st_size > max)
		(void)lseek(fd, st.st_size - max, SEEK_SET);
	leaks_begin(l, path, 1);
	do {
		got = read(fd, piece, sizeof(piece));
		if (got > 0)
			guard_keys_feed(&l->keys,
					(struct str){piece, (size_t)got});
	} while (got > 0 || (got < 0 && errno == EINTR));
	const int why = errno;
	(void)close(fd);
	guard_keys_finish(&l->keys);
	l->nlooked++;
	return got == 0 ? ERR_OK
			: err_set(e, ERR_IO, "cannot read %s: %s", path,
				  strerror(why));
}
