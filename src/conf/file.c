/*
 * The INI text of the configuration, by libinih: the only user of ini.h.
 * inih keeps 50 bytes of a section's name, says nothing about a section
 * without settings and cuts long lines in two, so the lines pass through
 * next_line() here, which sees to sections and lengths; inih does the rest.
 */
#include "conf/file.h"

#include "base/arena.h"
#include "base/buf.h"
#include "conf/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX_BYTES ((size_t)1024 * 1024)
#define LINE_MAX_BYTES 8000
#define READ_BYTES     4096
#define FAIL_BYTES     300
#define BOM            STR("\xEF\xBB\xBF")

struct reader {
	struct conf_file *file;
	struct str rest; /* lines that inih has not seen */
	int line;        /* number of the latest one it has */
	struct conf_block *block;
	enum err err;
};

enum err conf_file_fail(const struct conf_file *f, const struct conf_block *b,
			const char *key, const char *fmt, ...)
{
	const struct conf_given *const given = conf_block_given(b, key);
	const int line = given->text != NULL ? given->line : b->line;
	char what[FAIL_BYTES];
	char where[16] = "";
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (line > 0)
		(void)snprintf(where, sizeof(where), ":%d", line);
	return err_set(f->e, ERR_CONFIG, "%s%s: [%s%s%s] %s: %s", f->path,
		       where, b->section->name, b->name[0] != '\0' ? " " : "",
		       b->name, key, what);
}

enum err conf_fail(const struct conf *c, const char *section, const char *name,
		   const char *key, const char *why, struct errbuf *e)
{
	const struct conf_file f = {.path = c->path, .e = e};
	const struct conf_block *b = c->blocks;

	while (b != NULL && (strcmp(b->section->name, section) != 0 ||
			     strcmp(b->name, name) != 0))
		b = b->next;
	if (b != NULL)
		return conf_file_fail(&f, b, key, "%s", why);
	return err_set(e, ERR_CONFIG, "[%s%s%s] %s: %s", section,
		       name[0] != '\0' ? " " : "", name, key, why);
}

enum err conf_file_check(const struct conf_file *f, const struct conf_block *b,
			 const char *key, const char *path)
{
	if (path[0] == '\0' || access(path, R_OK) == 0)
		return ERR_OK;
	return conf_file_fail(f, b, key, "could not read %s: %s", path,
			      strerror(errno));
}

const char *conf_file_folder(struct arena *a, const char *path)
{
	const char *const slash = strrchr(path, '/');

	if (slash == NULL)
		return "";
	return arena_strndup(a, path, (size_t)(slash - path) + 1);
}

const char *conf_file_path(const struct conf_file *f, const char *path)
{
	if (path[0] == '\0' || path[0] == '/' || f->dir[0] == '\0')
		return path;
	struct buf b;
	buf_init(&b, f->arena, strlen(f->dir) + strlen(path));
	buf_add_c(&b, f->dir);
	buf_add_c(&b, path);
	return buf_c(&b);
}

static enum err read_all(int fd, struct buf *b)
{
	for (;;) {
		char *const room = buf_room(b, READ_BYTES);
		if (room == NULL)
			return ERR_TOO_LARGE;
		const ssize_t n = read(fd, room, READ_BYTES);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ERR_IO;
		if (n == 0)
			return ERR_OK;
		buf_commit(b, (size_t)n);
	}
}

enum err conf_slurp(struct arena *a, const char *path, size_t max_bytes,
		    struct str *out)
{
	struct buf b;
	const int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return ERR_IO;
	buf_init(&b, a, max_bytes + READ_BYTES);
	const enum err err = read_all(fd, &b);
	const int saved = errno;
	(void)close(fd);
	errno = saved;
	ERR_TRY(err);
	if (b.n > max_bytes)
		return ERR_TOO_LARGE;
	*out = (struct str){buf_c(&b), b.n};
	return ERR_OK;
}

struct conf_block *conf_file_block(struct conf_file *f,
				   const struct conf_section *section,
				   const char *name, int line)
{
	for (struct conf_block *b = f->blocks; b != NULL; b = b->next)
		if (b->section == section && strcmp(b->name, name) == 0) {
			b->line = b->line > 0 ? b->line : line;
			return b;
		}
	struct conf_block *const b = ARENA_NEW(f->arena, struct conf_block);
	b->section = section;
	b->name = name;
	b->line = line;
	*f->end = b;
	f->end = &b->next;
	return b;
}

static enum err line_fail(struct reader *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static enum err line_fail(struct reader *r, const char *fmt, ...)
{
	char what[FAIL_BYTES];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	r->err = err_set(r->file->e, ERR_CONFIG, "%s:%d: %s", r->file->path,
			 r->line, what);
	return r->err;
}

static bool is_name(struct str s)
{
	if (s.n == 0 || s.n > CONF_MAX_NAME_BYTES)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		const char c = s.p[i];
		const bool letter = (c >= 'a' && c <= 'z') ||
				    (c >= 'A' && c <= 'Z') ||
				    (c >= '0' && c <= '9');
		if (!letter && c != '-' && c != '_' && c != '.')
			return false;
	}
	return true;
}

/* "server, database, ..., provider NAME, ..." */
static const char *section_names(char out[static FAIL_BYTES])
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < CONF_NSECTIONS && n < FAIL_BYTES; i++)
		n += (size_t)snprintf(out + n, FAIL_BYTES - n, "%s%s%s",
				      i > 0 ? ", " : "", conf_sections[i].name,
				      conf_sections[i].named ? " NAME" : "");
	return out;
}

/* line: a trimmed "[section]" or "[section NAME]" */
static enum err enter_section(struct reader *r, struct str line)
{
	char names[FAIL_BYTES];
	struct str kind;
	struct str name;

	if (line.p[line.n - 1] != ']')
		return line_fail(r, "expected [section] and nothing after it");
	const struct str inner = str_trim((struct str){line.p + 1, line.n - 2});
	(void)str_cut(inner, ' ', &kind, &name);
	name = str_trim(name);
	const struct conf_section *const s = conf_section_find(kind);
	if (s == NULL)
		return line_fail(r,
				 "[" STR_FMT "]: unknown section; expected %s",
				 STR_ARG(str_utf8_prefix(inner, 40)),
				 section_names(names));
	if (!s->named && name.n > 0)
		return line_fail(r, "[%s] takes no name", s->name);
	if (s->named && !is_name(name))
		return line_fail(r,
				 "[%s NAME] needs a name of 1 to %d letters, "
				 "digits, '-', '_' or '.'",
				 s->name, CONF_MAX_NAME_BYTES);
	r->block = conf_file_block(r->file, s, str_dup(r->file->arena, name),
				   r->line);
	return ERR_OK;
}

/* What inih calls to get a line, as fgets(): NULL ends its work. */
static char *next_line(char *out, int room, void *arg)
{
	struct reader *const r = arg;
	const char *const end =
		r->rest.n > 0 ? memchr(r->rest.p, '\n', r->rest.n) : NULL;
	const size_t n =
		end != NULL ? (size_t)(end - r->rest.p) + 1 : r->rest.n;

	if (n == 0 || r->err != ERR_OK)
		return NULL;
	r->line++;
	if (n > LINE_MAX_BYTES || n >= (size_t)room) {
		(void)line_fail(r,
				"line longer than %d bytes; a long prompt "
				"belongs into prompt_file",
				LINE_MAX_BYTES);
		return NULL;
	}
	memcpy(out, r->rest.p, n);
	out[n] = '\0';
	r->rest.p += n;
	r->rest.n -= n;
	const struct str line = str_trim((struct str){out, n});
	if (line.n > 0 && line.p[0] == '[' && enter_section(r, line) != ERR_OK)
		return NULL;
	return out;
}

/* Returns 0 on failure, as inih wants it. */
static int take_setting(void *arg, const char *section, const char *key,
			const char *value)
{
	struct reader *const r = arg;

	(void)section; /* next_line() knows it in full */
	if (r->block == NULL) {
		(void)line_fail(r, "%.40s stands before the first [section]",
				key);
		return 0;
	}
	const struct conf_section *const s = r->block->section;
	const struct conf_setting *const setting =
		conf_setting_find(s, str_from(key));
	if (setting == NULL) {
		(void)line_fail(r,
				"[%s%s%s] %.40s: unknown setting; `slipway "
				"config --markdown` shows all",
				s->name, s->named ? " " : "", r->block->name,
				key);
		return 0;
	}
	struct conf_given *const given =
		&r->block->given[setting - s->settings];
	given->text = str_dup(r->file->arena, str_from(value));
	given->line = r->line;
	return 1;
}

static enum err check_text(const struct conf_file *f, struct str text)
{
	if (text.n > 0 && memchr(text.p, '\0', text.n) != NULL)
		return err_set(f->e, ERR_CONFIG,
			       "%s: has a NUL byte; expected INI text",
			       f->path);
	if (!str_is_utf8(text))
		return err_set(f->e, ERR_CONFIG,
			       "%s: is not UTF-8; save it as UTF-8", f->path);
	return ERR_OK;
}

enum err conf_file_read(struct conf_file *f)
{
	struct str text = STR_NONE;
	const enum err err =
		conf_slurp(f->arena, f->path, FILE_MAX_BYTES, &text);

	if (err == ERR_TOO_LARGE)
		return err_set(f->e, ERR_CONFIG, "%s: is over 1 MiB", f->path);
	if (err != ERR_OK)
		return err_set(f->e, ERR_CONFIG,
			       "%s: could not read the configuration: %s",
			       f->path, strerror(errno));
	ERR_TRY(check_text(f, text));
	if (str_starts(text, BOM))
		text = (struct str){text.p + BOM.n, text.n - BOM.n};
	struct reader r = {.file = f, .rest = text};
	ini_use_stack = false;
	ini_initial_alloc = LINE_MAX_BYTES + 3;
	ini_max_line = LINE_MAX_BYTES + 3;
	ini_allow_multiline = false;
	ini_allow_inline_comments = false;
	ini_stop_on_first_error = true;
	const int line = ini_parse_stream(next_line, &r, take_setting, &r);
	ERR_TRY(r.err);
	if (line == 0)
		return ERR_OK;
	return line_fail(&r, "expected [section] or key = value");
}
