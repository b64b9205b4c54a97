/*
 * `slipway preflight`, leaked keys: below the document root, in the whole
 * history of a repository, in the log.
 */
#include "cli/leaks.h"

#include "cli/preflight.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define LOG_MAX     INT64_C(67108864) /* of its newest bytes */
#define FILE_MAX    INT64_C(1073741824)
#define KNOWN_BYTES ((size_t)1024 * 1024)
#define MAX_FOLDERS 10000

static void judge(struct preflight *p, const char *check, const struct leaks *l,
		  const char *what, const char *todo)
{
	char known[64] = "";

	if (l->nknown > 0)
		(void)snprintf(known, sizeof(known), ", %zu that --known names",
			       l->nknown);
	if (l->n == 0)
		verdict_note(&p->site.verdicts, check, VERDICT_PASS,
			     "%zu %s, no key%s", l->nlooked, what, known);
	else
		verdict_note(&p->site.verdicts, check, VERDICT_FAIL,
			     "%zu keys in %zu %s%s: %s; they count as known to "
			     "everybody: make new ones at their providers and "
			     "revoke these (/docs/runbooks/key-leak.html), "
			     "then %s",
			     l->n, l->nlooked, what, known, buf_c(&l->list),
			     todo);
}

/* The document root ------------------------------------------------------- */

struct walk {
	struct preflight *p;
	struct leaks *leaks;
	const char **folders; /* to be looked into */
	size_t n;
};

static enum err look_at(struct walk *w, const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return ERR_OK; /* a link to nowhere is not served */
	if (S_ISREG(st.st_mode))
		return leaks_file(w->leaks, path, FILE_MAX,
				  &w->p->site.cli->err);
	/* a link to a folder may lead around */
	if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && w->n < MAX_FOLDERS)
		w->folders[w->n++] = path;
	return ERR_OK;
}

static enum err look_into(struct walk *w, const char *folder)
{
	struct cli *const cli = w->p->site.cli;
	const struct dirent *d = NULL;
	DIR *const dir = opendir(folder);
	enum err err = ERR_OK;

	if (dir == NULL)
		return err_set(&cli->err, ERR_IO, "cannot read %s", folder);
	while (err == ERR_OK && (d = readdir(dir)) != NULL) {
		char path[PATH_MAX];
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", folder, d->d_name);
		err = look_at(w, str_dup(&cli->arena, str_from(path)));
	}
	(void)closedir(dir);
	return err;
}

static void cannot(struct preflight *p, const char *check)
{
	verdict_note(&p->site.verdicts, check, VERDICT_SKIP, "%s",
		     p->site.cli->err.detail);
	err_clear(&p->site.cli->err);
}

static void check_docroot(struct preflight *p, struct leaks *l)
{
	static const char check[] = "A17 docroot-keys";
	struct arena *const a = &p->site.cli->arena;
	struct walk w = {.p = p, .leaks = l};
	enum err err = ERR_OK;

	if (p->docroot == NULL) {
		verdict_note(&p->site.verdicts, check, VERDICT_SKIP,
			     "say where the web server's document root lies "
			     "with --docroot");
		return;
	}
	w.folders = ARENA_ARRAY(a, MAX_FOLDERS, const char *);
	w.folders[w.n++] = p->docroot;
	for (size_t i = 0; i < w.n && err == ERR_OK; i++)
		err = look_into(&w, w.folders[i]);
	if (err != ERR_OK)
		cannot(p, check);
	else
		judge(p, check, l, "files", "take the files away");
}

/* History and log --------------------------------------------------------- */

static void check_history(struct preflight *p, struct leaks *l)
{
	static const char check[] = "A17 history-keys";

	if (p->repo == NULL) {
		verdict_note(&p->site.verdicts, check, VERDICT_SKIP,
			     "say where the repository of this deployment lies "
			     "with --repo");
		return;
	}
	if (leaks_history(l, p->repo, &p->site.cli->err) == ERR_OK) {
		judge(p, check, l, "commits",
		      "take them out of the history (git filter-repo), or "
		      "name the fingerprints in brackets in a file for --known "
		      "when they are dead");
		return;
	}
	verdict_note(&p->site.verdicts, check, VERDICT_SKIP,
		     "git could not read %s (%s): is it a repository, and "
		     "yours?",
		     p->repo, p->site.cli->err.detail);
	err_clear(&p->site.cli->err);
}

static bool is_packed(struct str name)
{
	static const char *const ends[] = {".gz", ".xz", ".bz2", ".zst"};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		const size_t n = strlen(ends[i]);
		if (name.n > n && memcmp(&name.p[name.n - n], ends[i], n) == 0)
			return true;
	}
	return false;
}

/*
 * The logs of earlier, as logrotate names them, beside the one of now:
 * slipway.jsonl.1, slipway.jsonl-20261127.  What is packed is counted.
 */
static enum err look_at_rotated(struct preflight *p, struct leaks *l,
				const char *log, size_t *packed)
{
	struct cli *const cli = p->site.cli;
	const char *const slash = strrchr(log, '/');
	const struct str name = str_from(slash != NULL ? slash + 1 : log);
	const struct str folder = {log, (size_t)(name.p - log)};
	const struct dirent *d = NULL;
	enum err err = ERR_OK;
	DIR *const dir =
		opendir(folder.n > 0 ? str_dup(&cli->arena, folder) : ".");

	if (dir == NULL)
		return err_set(&cli->err, ERR_IO,
			       "cannot read the folder of %s", log);
	while (err == ERR_OK && (d = readdir(dir)) != NULL) {
		const struct str one = str_from(d->d_name);
		char path[PATH_MAX];
		if (one.n <= name.n || !str_starts(one, name) ||
		    (one.p[name.n] != '.' && one.p[name.n] != '-'))
			continue;
		*packed += is_packed(one);
		(void)snprintf(path, sizeof(path), STR_FMT STR_FMT,
			       STR_ARG(folder), STR_ARG(one));
		if (!is_packed(one))
			err = leaks_file(l,
					 str_dup(&cli->arena, str_from(path)),
					 LOG_MAX, &cli->err);
	}
	(void)closedir(dir);
	return err;
}

static void check_log(struct preflight *p, struct leaks *l)
{
	static const char check[] = "A17 log-keys";
	const char *const path = p->site.cli->conf.server.log_file;
	char what[80] = "logs";
	size_t packed = 0;

	if (!preflight_has_conf(p, check))
		return;
	if (path[0] == '\0')
		verdict_note(&p->site.verdicts, check, VERDICT_SKIP,
			     "[server] log_file is not set: the log is the web "
			     "server's");
	else if (leaks_file(l, path, LOG_MAX, &p->site.cli->err) != ERR_OK ||
		 look_at_rotated(p, l, path, &packed) != ERR_OK)
		cannot(p, check);
	else {
		if (packed > 0)
			(void)snprintf(what, sizeof(what),
				       "logs (%zu packed ones were not read)",
				       packed);
		judge(p, check, l, what, "empty them");
	}
}

void preflight_leaks(struct preflight *p)
{
	struct cli *const cli = p->site.cli;
	struct leaks *const l = ARENA_NEW(&cli->arena, struct leaks);
	struct str known = STR_NONE;

	if (p->known != NULL &&
	    cli_read_file(cli, p->known, KNOWN_BYTES, &known) != ERR_OK) {
		cannot(p, "A17 known-keys");
		known = STR_NONE;
	}
	leaks_init(l, &cli->arena, known);
	check_docroot(p, l);
	leaks_init(l, &cli->arena, known);
	check_history(p, l);
	leaks_init(l, &cli->arena, known);
	check_log(p, l);
}
