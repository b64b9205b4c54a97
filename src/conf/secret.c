/*
 * Secrets come from files or the environment and go nowhere but into a struct
 * conf_secret.  A file that others can read or change is refused: it is either
 * no secret any more or not ours.
 */
#include "conf/secret.h"

#include "base/arena.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The file in $CREDENTIALS_DIRECTORY for a relative path; NULL: none. */
static const char *credential_path(const struct conf_file *f, const char *path)
{
	const char *const dir = getenv("CREDENTIALS_DIRECTORY");
	const char *const slash = strrchr(path, '/');
	struct buf b;

	if (dir == NULL || dir[0] == '\0' || path[0] == '/')
		return NULL;
	buf_init(&b, f->arena, CONF_SECRET_MAX_BYTES);
	buf_addf(&b, "%s/%s", dir, slash != NULL ? slash + 1 : path);
	if (buf_err(&b) != ERR_OK || access(buf_c(&b), F_OK) != 0)
		return NULL;
	return buf_c(&b);
}

const char *conf_secret_path(const struct conf_file *f,
			     const struct conf_block *b, const char *key)
{
	const char *const given = conf_block_given(b, key)->text;

	if (given == NULL || given[0] == '\0')
		return NULL;
	const char *const credential = credential_path(f, given);
	return credential != NULL ? credential : conf_file_path(f, given);
}

bool conf_secret_is_ours(const struct conf_file *f, const struct conf_block *b,
			 const char *key)
{
	const char *const path = conf_secret_path(f, b, key);

	return path == NULL || access(path, R_OK) == 0 || errno != EACCES;
}

bool conf_secret_is_one(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7F)
			return false;
	return s.n > 0;
}

bool conf_secret_mode_ok(const struct stat *st)
{
	return S_ISREG(st->st_mode) &&
	       (st->st_mode & (S_IWGRP | S_IROTH | S_IWOTH)) == 0;
}

/* Take text, without white space around it, as the secret. */
static enum err take(const struct conf_file *f, const struct conf_block *b,
		     const char *key, struct str text, struct conf_secret *out)
{
	const struct str secret = str_trim(text);

	if (!conf_secret_is_one(secret))
		return conf_file_fail(f, b, key,
				      "the secret has control bytes; "
				      "expected one line of text");
	out->secret_p = str_dup(f->arena, secret);
	out->secret_n = secret.n;
	return ERR_OK;
}

/* errno in words; where we may not, also who we are and what helps. */
static enum err cannot(const struct conf_file *f, const struct conf_block *b,
		       const char *key, const char *what, const char *path)
{
	const int error = errno;
	const struct passwd *const user = getpwuid(geteuid());
	const struct group *const group = getgrgid(getegid());

	if (error != EACCES || user == NULL || group == NULL)
		return conf_file_fail(f, b, key, "could not %s %s: %s", what,
				      path, strerror(error));
	return conf_file_fail(f, b, key,
			      "could not %s %s: %s for user %s; run chgrp %s "
			      "and chmod 0640 on it, and see that its folders "
			      "may be entered",
			      what, path, strerror(error), user->pw_name,
			      group->gr_name);
}

/* Refuse what is not a regular file or is open to others. */
static enum err check_mode(const struct conf_file *f,
			   const struct conf_block *b, const char *key,
			   const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return cannot(f, b, key, "open", path);
	if (!S_ISREG(st.st_mode))
		return conf_file_fail(f, b, key, "%s is not a file", path);
	if (!conf_secret_mode_ok(&st))
		return conf_file_fail(f, b, key,
				      "%s is open to others (mode %04o); run "
				      "chmod 0640 on it",
				      path, (unsigned int)st.st_mode & 07777);
	return ERR_OK;
}

enum err conf_secret_file(const struct conf_file *f, const struct conf_block *b,
			  const char *key, struct conf_secret *out)
{
	const char *const path = conf_secret_path(f, b, key);
	struct str text = STR_NONE;

	if (path == NULL)
		return ERR_OK;
	ERR_TRY(check_mode(f, b, key, path));
	const enum err err =
		conf_slurp(f->arena, path, CONF_SECRET_MAX_BYTES, &text);
	if (err == ERR_TOO_LARGE)
		return conf_file_fail(f, b, key, "%s is over %d bytes", path,
				      CONF_SECRET_MAX_BYTES);
	if (err != ERR_OK)
		return cannot(f, b, key, "read", path);
	if (str_trim(text).n == 0)
		return conf_file_fail(f, b, key, "%s is empty", path);
	return take(f, b, key, text, out);
}

enum err conf_secret_env(const struct conf_file *f, const struct conf_block *b,
			 const char *key, struct conf_secret *out)
{
	const char *const name = conf_block_given(b, key)->text;

	if (name == NULL || name[0] == '\0')
		return ERR_OK;
	const struct str text = str_from(getenv(name));
	if (str_trim(text).n == 0)
		return ERR_OK;
	return take(f, b, key, text, out);
}
