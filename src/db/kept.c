/*
 * Answers of the database in files.  A file is written whole under another name
 * and then gets its own, so a reader finds all of it or nothing; of two that
 * would write at once one does.  It is no store: a file that is old, broken or
 * gone is as good as none.
 *
 *	STATE_DIR/kept-HASH-HASH	of database and statement:
 *		"0123456789abcdef\n"	a hash of the parameter,
 *		"2 1\n"			columns, rows, then each value:
 *		"5 hello\n"		"-1 \n" for NULL
 *	STATE_DIR/kept-HASH-HASH.new	somebody writes it, or was killed then
 */
#include "db/kept.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/num.h"
#include "conf/conf.h"
#include "db/conn.h"
#include "db/db.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES  4096
#define FILE_BYTES  (8 * 1024 * 1024)
#define CELLS_MAX   1000000
#define COLUMNS_MAX 16
#define WRITING_MS  10000 /* nobody takes so long */

#define TAG_BYTES   20

struct place {
	char path[PATH_BYTES];
	char tag[TAG_BYTES]; /* its first line */
};

/* Nobody chooses a question so that it looks like another. */
static bool place_of(const struct db *db, const struct db_kept *q,
		     struct place *out)
{
	if (q->folder == NULL || q->folder[0] == '\0')
		return false;
	(void)snprintf(out->tag, sizeof(out->tag), "%016" PRIx64 "\n",
		       str_hash(q->param));
	const int n = snprintf(out->path, PATH_BYTES,
			       "%s/kept-%016" PRIx64 "-%016" PRIx64, q->folder,
			       str_hash(str_from(db->conf->dsn)),
			       str_hash(str_from(q->sql)));
	return n > 0 && n < PATH_BYTES;
}

/* Reading --------------------------------------------------------------- */

static bool is_fresh(const struct stat *st, int64_t fresh_ms)
{
	const int64_t age_ms = clock_age_ms(&st->st_mtim);

	return st->st_uid == geteuid() && age_ms >= 0 && age_ms < fresh_ms &&
	       st->st_size < FILE_BYTES;
}

static bool slurp(struct arena *a, const char *path, int64_t fresh_ms,
		  struct str *out)
{
	struct stat st;
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return false;
	bool ok = fstat(fd, &st) == 0 && is_fresh(&st, fresh_ms);
	if (ok) {
		char *const p = arena_alloc(a, (size_t)st.st_size + 1);
		ok = read(fd, p, (size_t)st.st_size) == st.st_size;
		*out = (struct str){p, (size_t)st.st_size};
	}
	(void)close(fd);
	return ok;
}

/* The number that ends at the next `until`; what follows stays in *rest. */
static bool number(struct str *rest, char until, int64_t *out)
{
	struct str digits;

	return str_cut(*rest, until, &digits, rest) &&
	       num_parse_i64(digits, -1, FILE_BYTES, out) == ERR_OK;
}

/* The next value, into row i, column j. */
static bool value(struct str *rest, PGresult *res, int i, int j)
{
	int64_t n = 0;

	if (!number(rest, ' ', &n))
		return false;
	const size_t bytes = n < 0 ? 0 : (size_t)n;
	if (rest->n <= bytes || rest->p[bytes] != '\n')
		return false;
	/* libpq copies it, and leaves the const out */
	char *const p = n < 0 ? NULL : (char *)(uintptr_t)rest->p;
	const bool ok = PQsetvalue(res, i, j, p, (int)n) != 0;
	rest->p += bytes + 1;
	rest->n -= bytes + 1;
	return ok;
}

/* Their names and types are not kept: who reads such rows knows them. */
static bool columns(PGresult *res, int64_t n)
{
	char none[] = "";
	PGresAttDesc all[COLUMNS_MAX];

	for (size_t i = 0; i < COLUMNS_MAX; i++)
		all[i] = (PGresAttDesc){.name = none, .atttypmod = -1};
	return n > 0 && n <= COLUMNS_MAX &&
	       PQsetResultAttrs(res, (int)n, all) != 0;
}

static bool parse(struct str text, PGresult *res)
{
	int64_t ncols = 0;
	int64_t nrows = 0;

	if (!number(&text, ' ', &ncols) || !number(&text, '\n', &nrows) ||
	    !columns(res, ncols) || nrows < 0 || nrows > CELLS_MAX / ncols)
		return false;
	for (int64_t k = 0; k < nrows * ncols; k++)
		if (!value(&text, res, (int)(k / ncols), (int)(k % ncols)))
			return false;
	return text.n == 0;
}

static void clear_result(void *res)
{
	PQclear(res);
}

static bool find(struct arena *a, const struct place *at, int64_t fresh_ms,
		 struct db_rows *out)
{
	const struct str tag = str_from(at->tag);
	struct str text;

	if (!slurp(a, at->path, fresh_ms, &text) || !str_starts(text, tag))
		return false;
	text.p += tag.n;
	text.n -= tag.n;
	PGresult *const res = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	if (res == NULL)
		return false;
	arena_defer(a, clear_result, res);
	*out = (struct db_rows){.res = res};
	if (!parse(text, res))
		return false;
	out->nrows = (size_t)PQntuples(res);
	out->ncols = (size_t)PQnfields(res);
	return true;
}

/* Writing --------------------------------------------------------------- */

static void encode(const struct db_rows *rows, struct buf *b)
{
	buf_addf(b, "%zu %zu\n", rows->ncols, rows->nrows);
	for (size_t k = 0; k < rows->nrows * rows->ncols; k++) {
		const struct str s =
			db_str(rows, k / rows->ncols, k % rows->ncols);
		buf_add_i64(b, s.p != NULL ? (int64_t)s.n : -1);
		buf_add_char(b, ' ');
		buf_add_str(b, s);
		buf_add_char(b, '\n');
	}
}

/* The file to write into; below 0: not now. */
static int begin_file(const char *path)
{
	struct stat st;
	const int fd =
		open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 && stat(path, &st) == 0 && !is_fresh(&st, WRITING_MS))
		(void)unlink(path); /* the next one finds it gone */
	return fd;
}

static void keep(struct arena *a, const struct place *at,
		 const struct db_rows *rows)
{
	char fresh[PATH_BYTES];
	struct buf b;

	buf_init(&b, a, (size_t)FILE_BYTES);
	buf_add_c(&b, at->tag);
	encode(rows, &b);
	const int n = snprintf(fresh, sizeof(fresh), "%s.new", at->path);
	if (buf_err(&b) != ERR_OK || n < 0 || n >= PATH_BYTES)
		return;
	const int fd = begin_file(fresh);
	if (fd < 0)
		return;
	const bool ok = write(fd, b.p, b.n) == (ssize_t)b.n;
	(void)close(fd);
	if (!ok || rename(fresh, at->path) != 0)
		(void)unlink(fresh);
}

enum err db_call_kept(struct db *db, struct arena *a, const struct db_kept *q,
		      struct db_rows *out, struct errbuf *e)
{
	struct place at;
	const bool keeps = place_of(db, q, &at);

	if (keeps && find(a, &at, q->fresh_ms, out))
		return ERR_OK;
	ERR_TRY(db_call(db, a, q->sql, &q->param, q->param.p != NULL ? 1 : 0,
			out, e));
	if (keeps)
		keep(a, &at, out);
	return ERR_OK;
}

void db_kept_forget(const struct db *db, const struct db_kept *q)
{
	struct place at;

	if (place_of(db, q, &at))
		(void)unlink(at.path);
}
