/*
 * One file of an ingest: its bytes, its fingerprint, its link.
 */
#include "docs/source.h"

#include "base/arena.h"
#include "base/id.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BINARY_WITHIN 8192 /* a NUL byte so early: no text */

static bool read_all(int fd, struct buf *out, size_t n)
{
	while (out->n < n) {
		char *const room = buf_room(out, n - out->n);
		if (room == NULL)
			return false;
		const ssize_t got = read(fd, room, n - out->n);
		if (got == 0)
			return true; /* it shrank meanwhile */
		if (got < 0 && errno != EINTR)
			return false;
		if (got > 0)
			buf_commit(out, (size_t)got);
	}
	return true;
}

static bool is_binary(struct str s)
{
	const size_t n = s.n < BINARY_WITHIN ? s.n : BINARY_WITHIN;

	/* UTF-16 has NULs; its byte order mark says what it is */
	if (str_starts(s, STR("\xff\xfe")) || str_starts(s, STR("\xfe\xff")))
		return false;
	return n > 0 && memchr(s.p, '\0', n) != NULL;
}

static enum err read_open(struct arena *a, int fd, struct str *out,
			  enum docs_skip *why)
{
	struct stat st;
	struct buf b;

	*why = DOCS_SKIP_CLOSED;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return ERR_IO;
	if ((uintmax_t)st.st_size > DOCS_MAX_FILE_BYTES) {
		*why = DOCS_SKIP_LARGE;
		return ERR_IO;
	}
	buf_init(&b, a, DOCS_MAX_FILE_BYTES);
	if (!read_all(fd, &b, (size_t)st.st_size))
		return ERR_IO;
	*why = DOCS_SKIP_BINARY;
	if (is_binary(buf_str(&b)))
		return ERR_IO;
	*out = (struct str){buf_c(&b), b.n};
	return ERR_OK;
}

enum err source_read(struct arena *a, const char *root, const char *below,
		     struct str *out, enum docs_skip *why)
{
	struct buf path;

	buf_init(&path, a, PATH_MAX);
	buf_addf(&path, "%s/%s", root, below);
	/* O_NONBLOCK: a FIFO put there meanwhile must not hang us */
	const int fd = open(buf_c(&path), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	*why = DOCS_SKIP_CLOSED;
	if (fd < 0)
		return ERR_IO;
	const enum err err = read_open(a, fd, out, why);
	(void)close(fd);
	return err;
}

static void hash_part(crypto_hash_sha256_state *st, struct str part)
{
	unsigned char n[8];

	for (size_t i = 0; i < sizeof(n); i++)
		n[i] = (unsigned char)(part.n >> (8 * i));
	(void)crypto_hash_sha256_update(st, n, sizeof(n));
	(void)crypto_hash_sha256_update(
		st, (const unsigned char *)(part.p != NULL ? part.p : ""),
		part.n);
}

void source_hash(struct str version, struct str url, struct str bytes,
		 char out[static DOCS_HASH_BYTES])
{
	unsigned char digest[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state st;

	(void)crypto_hash_sha256_init(&st);
	hash_part(&st, version);
	hash_part(&st, url);
	hash_part(&st, bytes);
	(void)crypto_hash_sha256_final(&st, digest);
	id_hex(digest, sizeof(digest), out);
}

void source_encode(struct buf *out, struct str s, const char *keep)
{
	for (size_t i = 0; i < s.n; i++) {
		const char c = s.p[i];
		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') ||
		    (c != '\0' &&
		     (strchr("-._~", c) != NULL || strchr(keep, c) != NULL)))
			buf_add_char(out, c);
		else
			buf_addf(out, "%%%02X", (unsigned int)(unsigned char)c);
	}
}

struct str source_url(struct arena *a, const char *base_url, const char *below)
{
	struct buf b;

	if (base_url == NULL || base_url[0] == '\0')
		return STR("");
	buf_init(&b, a, strlen(base_url) + 3 * strlen(below) + 2);
	buf_add_c(&b, base_url);
	/* "…?file=" wants the path as it is */
	if (strchr("/=", b.p[b.n - 1]) == NULL)
		buf_add_char(&b, '/');
	source_encode(&b, str_from(below), "/");
	return buf_str(&b);
}

bool source_base_ok(const char *base_url)
{
	const struct str s = str_from(base_url);

	for (size_t i = 0; i < s.n; i++) {
		const unsigned char c = (unsigned char)s.p[i];
		if (c <= ' ' || c == 0x7f || strchr("\"<>\\`", c) != NULL)
			return false;
	}
	return str_starts(s, STR("http://")) ||
	       str_starts(s, STR("https://")) ||
	       (str_starts(s, STR("/")) && !str_starts(s, STR("//")));
}
