/*
 * `slipway preflight`, secrets of this host: in files of their own that are
 * not below the document root, and not in the environment of processes.  That
 * no other may read them is looked at when the configuration is read.
 */
#include "cli/preflight.h"
#include "conf/places.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIST_BYTES    ((size_t)2048)
#define ENVIRON_BYTES ((size_t)1024 * 1024)

struct search {
	struct preflight *p;
	struct stat conf;  /* of the configuration file */
	const char *root;  /* real path of the document root; NULL */
	struct buf inside; /* the document root */
	struct buf owned;  /* by somebody else */
	struct buf env;    /* in environment variables */
	size_t files;
};

static void list(struct buf *b, const char *what)
{
	buf_addf(b, "%s%s", b->n > 0 ? ", " : "", what);
}

static void look_where(struct search *s, const char *path)
{
	char real[PATH_MAX];
	const size_t n = s->root != NULL ? strlen(s->root) : 0;

	if (path[0] != '\0' && n > 0 && realpath(path, real) != NULL &&
	    strncmp(real, s->root, n) == 0 &&
	    (real[n] == '/' || real[n] == '\0'))
		list(&s->inside, path);
}

static void on_place(void *arg, const struct conf_place *place)
{
	struct search *const s = arg;
	struct stat st;

	if (place->path == NULL) {
		buf_addf(&s->env, "%s[%s%s%s] %s", s->env.n > 0 ? ", " : "",
			 place->section, place->name[0] != '\0' ? " " : "",
			 place->name, place->key);
		return;
	}
	s->files++;
	look_where(s, place->path);
	if (stat(place->path, &st) == 0 && st.st_uid != 0 &&
	    st.st_uid != s->conf.st_uid)
		list(&s->owned, place->path);
}

static void check_files(struct preflight *p)
{
	static const char check[] = "A17 secret-files";
	const struct conf *const c = &p->site.cli->conf;
	struct arena *const a = &p->site.cli->arena;
	struct search s = {.p = p};

	buf_init(&s.inside, a, LIST_BYTES);
	buf_init(&s.owned, a, LIST_BYTES);
	buf_init(&s.env, a, LIST_BYTES);
	(void)stat(c->path, &s.conf);
	if (p->docroot != NULL) {
		char *const root = arena_alloc(a, PATH_MAX);
		s.root = realpath(p->docroot, root);
	}
	conf_places(c, a, on_place, &s);
	look_where(&s, c->path);
	look_where(&s, c->server.state_dir);
	look_where(&s, c->server.log_file);
	if (s.inside.n > 0)
		verdict_note(&p->site.verdicts, check, VERDICT_FAIL,
			     "below the document root %s: %s; move them out "
			     "of it and name the new place in %s",
			     p->docroot, buf_c(&s.inside), c->path);
	else if (s.owned.n > 0)
		verdict_note(&p->site.verdicts, check, VERDICT_WARN,
			     "owned by somebody who owns neither %s nor the "
			     "machine: %s; chown them to root, and to the "
			     "group of the web server",
			     c->path, buf_c(&s.owned));
	else if (s.env.n > 0)
		verdict_note(&p->site.verdicts, check, VERDICT_WARN,
			     "%s of %s take a secret from the environment, "
			     "which others of the same user can read and "
			     "crash reports carry: use the setting that names "
			     "a file",
			     buf_c(&s.env), c->path);
	else
		verdict_note(&p->site.verdicts, check, VERDICT_PASS,
			     "%zu files%s", s.files,
			     s.root != NULL
				     ? ", none below the document root"
				     : "; whether one is below it: --docroot");
}

/* Environments ------------------------------------------------------------ */

/* The name of a provider whose key stands in these bytes; NULL: none. */
static const char *key_in(const struct conf *c, struct str text)
{
	for (size_t i = 0; i < c->nproviders; i++) {
		const struct conf_secret key = c->providers[i].api_key;
		const struct str want = {key.secret_p, key.secret_n};
		if (want.n < 8)
			continue;
		for (size_t k = 0; k + want.n <= text.n; k++)
			if (text.p[k] == want.p[0] &&
			    memcmp(text.p + k, want.p, want.n) == 0)
				return c->providers[i].name;
	}
	return NULL;
}

/* The environment of a process; empty when it may not be looked at. */
static struct str environment(const char *pid)
{
	static char text[ENVIRON_BYTES];
	char path[64];
	struct str all = {text, 0};
	ssize_t got = 0;

	(void)snprintf(path, sizeof(path), "/proc/%.20s/environ", pid);
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return STR_NONE;
	do {
		got = read(fd, text + all.n, sizeof(text) - all.n);
		all.n += got > 0 ? (size_t)got : 0;
	} while (got > 0 && all.n < sizeof(text));
	(void)close(fd);
	return all;
}

static void check_environments(struct preflight *p)
{
	static const char check[] = "A17 environments";
	const struct dirent *d = NULL;
	DIR *const proc = opendir("/proc");
	struct buf found;
	size_t seen = 0;

	buf_init(&found, &p->site.cli->arena, LIST_BYTES);
	while (proc != NULL && (d = readdir(proc)) != NULL)
		if (isdigit((unsigned char)d->d_name[0])) {
			const struct str text = environment(d->d_name);
			const char *const whose =
				key_in(&p->site.cli->conf, text);
			seen += text.n > 0;
			if (whose != NULL)
				buf_addf(&found, "%sprocess %s (key of %s)",
					 found.n > 0 ? ", " : "", d->d_name,
					 whose);
		}
	if (proc != NULL)
		(void)closedir(proc);
	if (seen == 0)
		verdict_note(&p->site.verdicts, check, VERDICT_SKIP,
			     "/proc cannot be read here");
	else if (found.n > 0)
		verdict_note(
			&p->site.verdicts, check, VERDICT_WARN,
			"a provider's key stands in the environment of %s: "
			"put it into a file ([provider NAME] "
			"api_key_file) and start that process anew",
			buf_c(&found));
	else
		verdict_note(&p->site.verdicts, check, VERDICT_PASS,
			     "no provider's key in those of %zu processes that "
			     "may be looked at",
			     seen);
}

void preflight_secrets(struct preflight *p)
{
	if (!preflight_has_conf(p, "A17 secrets"))
		return;
	check_files(p);
	check_environments(p);
}
