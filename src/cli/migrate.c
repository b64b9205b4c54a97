/*
 * `slipway migrate`: bring the schema to what the sql folder says.  Numbered
 * migrations are applied once each, in a transaction of their own with their
 * SHA-256; functions, views, roles and seed data are written so that applying
 * them again does no harm, and are applied every time, in one transaction, so
 * that no worker ever sees half of a release.
 */
#include "auth/key.h"
#include "base/arena.h"
#include "base/buf.h"
#include "cli/commands.h"
#include "db/db.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_FILES      512
#define FILE_MAX_BYTES ((size_t)4 * 1024 * 1024)
#define PATH_MAX_BYTES ((size_t)4096)
#define SQL_SUFFIX     ".sql"
#define SQL_INSTALLED  "/share/slipway/sql" /* below the prefix */
#define SQL_HERE       "sql"

/* Two of these at once would run the same file twice; held per transaction. */
#define LOCK_SQL "SELECT pg_advisory_xact_lock(hashtext('slipway.migrate'))"

struct sql_file {
	const char *name; /* without folder and ending */
	const char *path;
	struct str text;
	char sha256[AUTH_HEX_BYTES];
	bool applied;
};

struct sql_folder {
	struct sql_file files[MAX_FILES];
	size_t n;
};

static int by_name(const void *a, const void *b)
{
	const struct sql_file *const x = a;
	const struct sql_file *const y = b;

	return strcmp(x->name, y->name);
}

static const char *join_path(struct cli *cli, const char *dir, const char *name)
{
	struct buf b;

	buf_init(&b, &cli->arena, PATH_MAX_BYTES);
	buf_addf(&b, "%s/%s", dir, name);
	return buf_c(&b);
}

static enum err read_sql(struct cli *cli, const char *path, const char *name,
			 struct sql_file *out)
{
	ERR_TRY(cli_read_file(cli, path, FILE_MAX_BYTES, &out->text));
	out->path = path;
	out->name = name;
	out->applied = false;
	auth_sha256_hex(out->text, out->sha256);
	return ERR_OK;
}

/* The name of a .sql file without its ending, else NULL. */
static const char *sql_name(struct cli *cli, const char *file)
{
	const size_t n = strlen(file);
	const size_t tail = sizeof(SQL_SUFFIX) - 1;

	if (n <= tail || file[0] == '.' ||
	    strcmp(file + n - tail, SQL_SUFFIX) != 0)
		return NULL;
	return arena_strndup(&cli->arena, file, n - tail);
}

/* All .sql files of dir/sub, by name.  Without the folder there are none. */
static enum err read_folder(struct cli *cli, const char *dir, const char *sub,
			    struct sql_folder **out)
{
	struct sql_folder *const f = ARENA_NEW(&cli->arena, struct sql_folder);
	const char *const path = join_path(cli, dir, sub);
	const struct dirent *entry = NULL;
	enum err err = ERR_OK;
	DIR *const d = opendir(path);

	*out = f;
	if (d == NULL && errno == ENOENT)
		return ERR_OK;
	if (d == NULL)
		return err_set(&cli->err, ERR_IO, "cannot read %s: %s", path,
			       strerror(errno));
	while (err == ERR_OK && f->n < MAX_FILES &&
	       (entry = readdir(d)) != NULL) {
		const char *const name = sql_name(cli, entry->d_name);
		if (name == NULL)
			continue;
		err = read_sql(cli, join_path(cli, path, entry->d_name), name,
			       &f->files[f->n]);
		f->n++;
	}
	(void)closedir(d);
	qsort(f->files, f->n, sizeof(f->files[0]), by_name);
	return err;
}

/* One applied migration, as the database remembers it. */
static enum err check_applied(struct cli *cli, struct sql_folder *all,
			      struct str version, struct str sha256)
{
	for (size_t i = 0; i < all->n; i++) {
		struct sql_file *const f = &all->files[i];
		if (!str_eq_c(version, f->name))
			continue;
		if (!str_eq_c(sha256, f->sha256))
			return err_set(&cli->err, ERR_CONFIG,
				       "%s was changed after it had been "
				       "applied; restore it and put the change "
				       "into a new migration",
				       f->path);
		f->applied = true;
		return ERR_OK;
	}
	return err_set(&cli->err, ERR_CONFIG,
		       "the database has migration " STR_FMT ", which this "
		       "version does not know: it was migrated by a newer one",
		       STR_ARG(version));
}

/* Mark what is applied already; refuse what does not fit together. */
static enum err compare(struct cli *cli, struct sql_folder *all)
{
	struct db_rows rows;

	ERR_TRY(cli_call(cli,
			 "SELECT to_regclass('slipway.schema_migrations') IS "
			 "NOT NULL",
			 NULL, 0, &rows));
	if (rows.nrows != 1 || !db_bool(&rows, 0, 0))
		return ERR_OK; /* an empty database */
	ERR_TRY(cli_call(cli,
			 "SELECT version, sha256 FROM "
			 "slipway.schema_migrations ORDER BY version",
			 NULL, 0, &rows));
	for (size_t i = 0; i < rows.nrows; i++)
		ERR_TRY(check_applied(cli, all, db_str(&rows, i, 0),
				      db_str(&rows, i, 1)));
	for (size_t i = 1; i < all->n; i++)
		if (all->files[i].applied && !all->files[i - 1].applied)
			return err_set(&cli->err, ERR_CONFIG,
				       "%s comes before an applied migration "
				       "but is not applied itself; give it the "
				       "next number",
				       all->files[i - 1].path);
	return ERR_OK;
}

static enum err run_script(struct cli *cli, struct db *db,
			   const struct sql_file *f)
{
	struct errbuf e = {.code = ERR_OK};
	const enum err err =
		db_script(db, f->text.p != NULL ? f->text.p : "", &e);

	if (err == ERR_OK)
		return ERR_OK;
	return err_set(&cli->err, err, "%s: %.180s", f->path, e.detail);
}

/* Open a transaction that no other `slipway migrate` runs beside. */
static enum err begin(struct cli *cli, struct db **db)
{
	ERR_TRY(cli_db(cli, db));
	ERR_TRY(db_script(*db, "BEGIN", &cli->err));
	return db_script(*db, LOCK_SQL, &cli->err);
}

/* COMMIT when err is ERR_OK, else ROLLBACK.  Returns the first failure. */
static enum err finish(struct cli *cli, enum err err)
{
	if (err == ERR_OK)
		return db_script(cli->db, "COMMIT", &cli->err);
	if (cli->db != NULL && db_script(cli->db, "ROLLBACK", NULL) != ERR_OK) {
		db_close(cli->db); /* so the server rolls back */
		cli->db = NULL;
	}
	return err;
}

static enum err apply_one(struct cli *cli, struct db *db,
			  struct sql_folder *all, size_t i)
{
	const struct sql_file *const f = &all->files[i];
	const struct str params[] = {str_from(f->name), str_from(f->sha256)};

	ERR_TRY(compare(cli, all)); /* another one may have been faster */
	if (f->applied)
		return ERR_OK;
	ERR_TRY(run_script(cli, db, f));
	(void)printf("applied %s\n", f->name);
	return cli_call(cli,
			"INSERT INTO slipway.schema_migrations (version, "
			"sha256) VALUES ($1, $2)",
			params, 2, NULL);
}

static enum err apply_migrations(struct cli *cli, struct sql_folder *all)
{
	for (size_t i = 0; i < all->n; i++) {
		struct db *db = NULL;
		if (all->files[i].applied)
			continue;
		enum err err = begin(cli, &db);
		if (err == ERR_OK)
			err = apply_one(cli, db, all, i);
		ERR_TRY(finish(cli, err));
	}
	return ERR_OK;
}

/* What is applied every time. */
struct repeatable {
	struct sql_folder *functions;
	struct sql_folder *views;
	struct sql_folder *seed;
	struct sql_file roles;
	bool has_roles;
};

static enum err read_repeatable(struct cli *cli, const char *dir,
				struct repeatable *r)
{
	const char *const roles = join_path(cli, dir, "roles.sql");

	ERR_TRY(read_folder(cli, dir, "functions", &r->functions));
	ERR_TRY(read_folder(cli, dir, "views", &r->views));
	ERR_TRY(read_folder(cli, dir, "seed", &r->seed));
	r->has_roles = access(roles, F_OK) == 0;
	if (r->has_roles)
		ERR_TRY(read_sql(cli, roles, "roles", &r->roles));
	return ERR_OK;
}

static enum err run_folder(struct cli *cli, struct db *db,
			   const struct sql_folder *f)
{
	for (size_t i = 0; i < f->n; i++)
		ERR_TRY(run_script(cli, db, &f->files[i]));
	return ERR_OK;
}

static enum err run_repeatable(struct cli *cli, struct db *db,
			       const struct repeatable *r)
{
	/* functions may name each other, whatever the order of the files */
	ERR_TRY(db_script(db, "SET LOCAL check_function_bodies = off",
			  &cli->err));
	ERR_TRY(run_folder(cli, db, r->functions));
	ERR_TRY(run_folder(cli, db, r->views));
	if (r->has_roles)
		ERR_TRY(run_script(cli, db, &r->roles));
	return run_folder(cli, db, r->seed);
}

static enum err apply_repeatable(struct cli *cli, const struct repeatable *r)
{
	struct db *db = NULL;
	enum err err = begin(cli, &db);

	if (err == ERR_OK)
		err = run_repeatable(cli, db, r);
	ERR_TRY(finish(cli, err));
	(void)printf("%zu functions, %zu views, roles and %zu seed files are "
		     "up to date\n",
		     r->functions->n, r->views->n, r->seed->n);
	return ERR_OK;
}

static void print_plan(const struct sql_folder *all, const struct repeatable *r)
{
	size_t pending = 0;

	for (size_t i = 0; i < all->n; i++)
		if (!all->files[i].applied) {
			(void)printf("would apply %s\n", all->files[i].path);
			pending++;
		}
	(void)printf("%zu of %zu migrations to apply; then %zu functions, "
		     "%zu views, roles and %zu seed files again\n",
		     pending, all->n, r->functions->n, r->views->n, r->seed->n);
}

static enum err migrate(struct cli *cli, const char *dir, bool plan)
{
	struct sql_folder *all = NULL;
	struct repeatable *const r = ARENA_NEW(&cli->arena, struct repeatable);

	ERR_TRY(read_folder(cli, dir, "migrations", &all));
	if (all->n == 0)
		return err_set(&cli->err, ERR_IO,
			       "there is no migration in %s/migrations; name "
			       "the sql folder with --sql DIR",
			       dir);
	ERR_TRY(read_repeatable(cli, dir, r));
	ERR_TRY(compare(cli, all));
	if (plan) {
		print_plan(all, r);
		return ERR_OK;
	}
	ERR_TRY(apply_migrations(cli, all));
	return apply_repeatable(cli, r);
}

/*
 * The folder that `make install` put beside PREFIX/bin/slipway, else the one of
 * the source tree that we are called in.
 */
static const char *sql_folder(struct cli *cli)
{
	char *const exe = arena_alloc(&cli->arena, PATH_MAX_BYTES);
	const ssize_t n = readlink("/proc/self/exe", exe, PATH_MAX_BYTES - 1);
	struct buf b;

	if (n <= 0)
		return SQL_HERE;
	exe[n] = '\0';
	for (size_t up = 0; up < 2; up++) {
		char *const slash = strrchr(exe, '/');
		if (slash == NULL)
			return SQL_HERE;
		*slash = '\0';
	}
	buf_init(&b, &cli->arena, PATH_MAX_BYTES + sizeof(SQL_INSTALLED));
	buf_addf(&b, "%s" SQL_INSTALLED, exe);
	return access(buf_c(&b), R_OK | X_OK) == 0 ? buf_c(&b) : SQL_HERE;
}

enum cli_exit cli_migrate(struct cli *cli, int argc, char **argv)
{
	const char *dir = NULL;
	bool plan = false;
	const struct cli_option options[] = {
		{.name = "--sql", .value = &dir},
		{.name = "--plan", .flag = &plan},
	};
	size_t nwords = 0;

	if (cli_args(cli, argc, argv, options, 2, NULL, 0, &nwords) != ERR_OK)
		return cli_usage(cli, argv[0]);
	if (dir == NULL)
		dir = sql_folder(cli);
	const enum err err = migrate(cli, dir, plan);
	return err == ERR_OK ? CLI_OK : cli_fail(cli, argv[0], err);
}
