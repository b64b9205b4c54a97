/*
 * Whatever bytes a file has, as UTF-8.  Called by ingest before a reader sees
 * them, so that nothing after this point meets an invalid sequence.
 */
#include "docs/text.h"

#include "base/arena.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#define DECLARED_WITHIN                                       \
	1024 /* a charset must stand this early: HTML 4.2.5.5 \
	      */
#define CHARSET_BYTES     40
#define MAX_UTF8_PER_BYTE 4
#define REPLACEMENT       "\xef\xbf\xbd"

/* The value after "charset=" (or an XML "encoding=") near the start, or "". */
static void declared(struct str bytes, char out[static CHARSET_BYTES])
{
	static const char *const keys[] = {"charset=", "encoding="};
	const size_t n = bytes.n < DECLARED_WITHIN ? bytes.n : DECLARED_WITHIN;

	out[0] = '\0';
	for (size_t k = 0; k < 2; k++) {
		const size_t len = strlen(keys[k]);
		for (size_t i = 0; i + len < n; i++) {
			if (strncasecmp(bytes.p + i, keys[k], len) != 0)
				continue;
			i += len;
			while (i < n && strchr("\"' ", bytes.p[i]) != NULL)
				i++;
			size_t m = 0;
			while (i < n && m < CHARSET_BYTES - 1 &&
			       strchr("\"' ;>?/", bytes.p[i]) == NULL)
				out[m++] = bytes.p[i++];
			out[m] = '\0';
			return;
		}
	}
}

static void iconv_close_cb(void *arg)
{
	(void)iconv_close((iconv_t)arg);
}

/* iconv() until the end, each byte that it refuses replaced. */
static struct str convert(struct arena *a, iconv_t cd, struct str bytes)
{
	struct buf out;
	char *in = arena_strndup(a, bytes.p, bytes.n);
	size_t left = bytes.n;

	buf_init(&out, a, bytes.n * MAX_UTF8_PER_BYTE + 16);
	while (left > 0) {
		const size_t room = left * MAX_UTF8_PER_BYTE + 4;
		char *to = buf_room(&out, room);
		size_t to_left = room;

		if (to == NULL)
			break;
		const size_t r = iconv(cd, &in, &left, &to, &to_left);
		buf_commit(&out, room - to_left);
		if (r == (size_t)-1 && errno != E2BIG && left > 0) {
			buf_add_c(&out, REPLACEMENT);
			in++;
			left--;
		}
	}
	return buf_str(&out);
}

struct str docs_repair(struct arena *a, struct str bytes)
{
	struct buf out;
	size_t i = 0;

	if (str_is_utf8(bytes))
		return bytes;
	buf_init(&out, a, bytes.n * 3 + 16);
	while (i < bytes.n) {
		size_t n = 1;
		while (n < 4 && i + n < bytes.n &&
		       !str_is_utf8((struct str){bytes.p + i, n}))
			n++;
		const struct str c = {bytes.p + i, n};
		if (str_is_utf8(c)) {
			buf_add_str(&out, c);
			i += n;
		} else {
			buf_add_c(&out, REPLACEMENT);
			i++;
		}
	}
	return buf_str(&out);
}

static struct str from_charset(struct arena *a, const char *name,
			       struct str bytes)
{
	const iconv_t cd = iconv_open("UTF-8", name);

	if ((intptr_t)cd == -1)
		return docs_repair(a, bytes);
	arena_defer(a, iconv_close_cb, (void *)cd);
	return docs_repair(a, convert(a, cd, bytes));
}

struct str docs_utf8(struct arena *a, struct str bytes)
{
	char name[CHARSET_BYTES];

	if (str_starts(bytes, STR("\xef\xbb\xbf"))) {
		bytes.p += 3;
		bytes.n -= 3;
		return docs_repair(a, bytes);
	}
	if (str_starts(bytes, STR("\xff\xfe")) ||
	    str_starts(bytes, STR("\xfe\xff")))
		return from_charset(a, "UTF-16", bytes);
	if (str_is_utf8(bytes))
		return bytes;
	declared(bytes, name);
	/* browsers read latin-1 as windows-1252, which is a superset */
	if (name[0] == '\0' || strcasecmp(name, "iso-8859-1") == 0 ||
	    strcasecmp(name, "latin1") == 0 ||
	    strcasecmp(name, "us-ascii") == 0)
		return from_charset(a, "WINDOWS-1252", bytes);
	if (strcasecmp(name, "utf-8") == 0 || strcasecmp(name, "utf8") == 0)
		return docs_repair(a, bytes);
	return from_charset(a, name, bytes);
}
