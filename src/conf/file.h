#ifndef SLIPWAY_CONF_FILE_H
#define SLIPWAY_CONF_FILE_H

#include "base/err.h"
#include "base/str.h"
#include "conf/table.h"

#include <stddef.h>

struct arena;

/*
 * A configuration file while it is being read; for the files of src/conf only.
 */
struct conf_file {
	struct arena *arena;
	const char *path;
	const char *dir; /* where relative paths start, with "/"; or "" */
	struct errbuf *e;
	struct conf_block *blocks; /* in the order of appearance */
	struct conf_block **end;   /* where the next one is linked */
};

/*
 * Read the INI text of f->path into f->blocks.  Blocks of the same section (and
 * name) become one; of a setting given twice the later text stays.
 *
 * Returns ERR_OK or ERR_CONFIG; what was read up to the fault stays.
 */
ERR_MUST_USE enum err conf_file_read(struct conf_file *f);

/*
 * The block of a section, appended when there is none yet.
 *
 * line  where it begins; 0: it is not in the file
 */
struct conf_block *conf_file_block(struct conf_file *f,
				   const struct conf_section *section,
				   const char *name, int line);

/*
 * Record ERR_CONFIG as "FILE:LINE: [section] key: what is wrong" and return
 * it.
 */
enum err conf_file_fail(const struct conf_file *f, const struct conf_block *b,
			const char *key, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Refuse a file that cannot be read; path "" is none. */
ERR_MUST_USE enum err conf_file_check(const struct conf_file *f,
				      const struct conf_block *b,
				      const char *key, const char *path);

/* The folder of the file at path with its slash, or "". */
const char *conf_file_folder(struct arena *a, const char *path);

/* path, or the same below f->dir when it is relative; "" stays "". */
const char *conf_file_path(const struct conf_file *f, const char *path);

/*
 * The whole content of the file at path, NUL-terminated besides.
 *
 * Returns ERR_OK; ERR_IO with errno set, or ERR_TOO_LARGE.
 */
ERR_MUST_USE enum err conf_slurp(struct arena *a, const char *path,
				 size_t max_bytes, struct str *out);

#endif
