/*
 * What the subcommands share: the connection, files, tables on the terminal,
 * how a failure is told.
 */
#include "cli/cli.h"

#include "base/buf.h"
#include "db/db.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define READ_STEP_BYTES ((size_t)64 * 1024)
#define MAX_COLUMNS     16

/* Who runs the command, as the system knows. */
static const char *login_name(void)
{
	const struct passwd *const who = getpwuid(getuid());

	return who != NULL ? who->pw_name : "";
}

enum err cli_db(struct cli *cli, struct db **out)
{
	const struct conf_database *const conf = &cli->conf.database;

	if (cli->db == NULL) {
		cli->admin = *conf;
		if (conf->admin_dsn != NULL && conf->admin_dsn[0] != '\0') {
			cli->admin.dsn = conf->admin_dsn;
			cli->admin.password = conf->admin_password;
		}
		/* a migration or the janitor may take its time */
		cli->admin.statement_timeout_ms = 0;
		/* its name stands in the trail of changes */
		(void)snprintf(cli->app_name, sizeof(cli->app_name),
			       "slipway %s", login_name());
		ERR_TRY(db_open(&cli->db, &cli->admin, cli->app_name,
				&cli->err));
	}
	*out = cli->db;
	return ERR_OK;
}

enum cli_exit cli_fail(struct cli *cli, const char *command, enum err err)
{
	(void)fflush(stdout);
	(void)fprintf(stderr, "slipway %s: %s\n", command,
		      cli->err.detail[0] != '\0' ? cli->err.detail
						 : err_entry(err)->message);
	if (err == ERR_DB)
		(void)fprintf(stderr, "(configuration: %s)\n",
			      cli->conf.path != NULL ? cli->conf.path : "-");
	return CLI_FAILED;
}

enum cli_exit cli_missing(struct cli *cli, const char *command,
			  const char *what)
{
	(void)err_set(&cli->err, ERR_INVALID_REQUEST, "%s is missing", what);
	return cli_usage(cli, command);
}

enum err cli_call(struct cli *cli, const char *sql, const struct str *params,
		  size_t nparams, struct db_rows *rows)
{
	struct db *db = NULL;

	ERR_TRY(cli_db(cli, &db));
	return db_call(db, &cli->arena, sql, params, nparams, rows, &cli->err);
}

enum err cli_read_file(struct cli *cli, const char *path, size_t max,
		       struct str *out)
{
	struct buf text;
	ssize_t got = 0;
	const int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_set(&cli->err, ERR_IO, "cannot open %s: %s", path,
			       strerror(errno));
	buf_init(&text, &cli->arena, max + READ_STEP_BYTES);
	do {
		char *const room = buf_room(&text, READ_STEP_BYTES);
		if (room == NULL)
			break;
		got = read(fd, room, READ_STEP_BYTES);
		if (got > 0)
			buf_commit(&text, (size_t)got);
	} while (got > 0 || (got < 0 && errno == EINTR));
	const int why = errno;
	(void)close(fd);
	if (text.full || text.n > max)
		return err_set(&cli->err, ERR_TOO_LARGE,
			       "%s is larger than %zu bytes", path, max);
	if (got < 0)
		return err_set(&cli->err, ERR_IO, "cannot read %s: %s", path,
			       strerror(why));
	*out = buf_str(&text);
	return ERR_OK;
}

struct str cli_user_name(struct cli *cli, const char *tenant, const char *name)
{
	struct buf b;

	if (tenant == NULL)
		return str_from(name);
	buf_init(&b, &cli->arena, strlen(tenant) + strlen(name) + 1);
	buf_add_c(&b, tenant);
	buf_add_char(&b, '/');
	buf_add_c(&b, name);
	return buf_str(&b);
}

/* The bytes of the character that s begins with: no terminal obeys them? */
static bool is_inert(struct str s, bool lines)
{
	const unsigned char *const p = (const unsigned char *)s.p;

	if (s.n == 1)
		return (*p >= ' ' && *p != 0x7F) ||
		       (lines && (*p == '\n' || *p == '\t'));
	if (s.n == 2)
		return p[0] != 0xC2 || p[1] > 0x9F; /* C1: also an escape */
	/* U+202A..202E and U+2066..2069 turn what follows around */
	return s.n != 3 || p[0] != 0xE2 ||
	       !((p[1] == 0x80 && p[2] >= 0xAA && p[2] <= 0xAE) ||
		 (p[1] == 0x81 && p[2] >= 0xA6 && p[2] <= 0xA9));
}

void cli_print(struct str s, bool lines)
{
	while (s.n > 0) {
		const size_t len = str_utf8_len(s);
		const struct str c = {s.p, len > 0 ? len : 1};
		if (len > 0 && is_inert(c, lines))
			(void)fwrite(c.p, 1, c.n, stdout);
		else
			(void)fputc('?', stdout);
		s.p += c.n;
		s.n -= c.n;
	}
}

/* Characters, not bytes, so that columns with umlauts line up, too. */
static int width_of(struct str s)
{
	int n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xC0) != 0x80;
	return n;
}

static struct str cell(const struct db_rows *rows, size_t row, size_t col)
{
	const struct str v = db_str(rows, row, col);

	return v.p == NULL ? STR("-") : v;
}

/* One cell; the last of a line gets no spaces behind it. */
static void print_cell(struct str v, int width, bool last)
{
	cli_print(v, false);
	(void)printf("%*s", last ? 0 : width - width_of(v), "");
	(void)printf("%s", last ? "\n" : "  ");
}

void cli_table(const char *const *titles, const struct db_rows *rows)
{
	int widths[MAX_COLUMNS] = {0};
	const size_t n = rows->ncols < MAX_COLUMNS ? rows->ncols : MAX_COLUMNS;

	for (size_t col = 0; col < n; col++) {
		widths[col] = width_of(str_from(titles[col]));
		for (size_t row = 0; row < rows->nrows; row++) {
			const int w = width_of(cell(rows, row, col));
			widths[col] = w > widths[col] ? w : widths[col];
		}
	}
	for (size_t col = 0; col < n; col++)
		print_cell(str_from(titles[col]), widths[col], col + 1 == n);
	for (size_t row = 0; row < rows->nrows; row++)
		for (size_t col = 0; col < n; col++)
			print_cell(cell(rows, row, col), widths[col],
				   col + 1 == n);
}

enum cli_exit cli_show(struct cli *cli, const char *command,
		       const struct cli_listing *listing,
		       const struct str *params, size_t nparams)
{
	struct db_rows rows;
	const enum err err =
		cli_call(cli, listing->sql, params, nparams, &rows);

	if (err != ERR_OK)
		return cli_fail(cli, command, err);
	if (rows.nrows == 0 && listing->none != NULL)
		(void)printf("%s\n", listing->none);
	else
		cli_table(listing->titles, &rows);
	return CLI_OK;
}
