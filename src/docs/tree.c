/*
 * Lists the documents of a folder for an ingest.  Folders wait in a queue, so
 * a deep tree needs no recursion; the result is sorted, so an ingest does the
 * same things in the same order every time.
 */
#include "docs/tree.h"

#include "base/arena.h"
#include "base/buf.h"
#include "docs/text.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FIRST_CAP 64

struct list {
	const char **items;
	size_t n;
	size_t cap;
};

struct walk {
	struct arena *a;
	struct tree *tree;
	struct list files;
	struct list folders; /* below the root; "" is the root */
};

static void list_add(struct arena *a, struct list *l, const char *item)
{
	if (l->n == l->cap) {
		const size_t cap = l->cap == 0 ? FIRST_CAP : l->cap * 2;
		l->items = arena_grow(a, (void *)l->items,
				      l->cap * sizeof(*l->items),
				      cap * sizeof(*l->items));
		l->cap = cap;
	}
	l->items[l->n++] = item;
}

static const char *join(struct arena *a, const char *dir, const char *name)
{
	struct buf b;

	buf_init(&b, a, PATH_MAX + NAME_MAX);
	buf_add_c(&b, dir);
	if (b.n > 0 && b.p[b.n - 1] != '/')
		buf_add_char(&b, '/');
	buf_add_c(&b, name);
	return buf_c(&b);
}

/* True when the link at path leads to a file inside root; sets *st to it. */
static bool link_inside(const char *root, const char *path, struct stat *st)
{
	char target[PATH_MAX];

	if (realpath(path, target) == NULL || stat(target, st) != 0)
		return false;
	const struct str r = str_from(root);
	return str_starts(str_from(target), r) &&
	       (root[r.n - 1] == '/' || target[r.n] == '/');
}

static void visit(struct walk *w, const char *folder, const char *name)
{
	struct tree *const t = w->tree;
	struct stat st;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return;
	if (name[0] == '.') {
		t->nhidden++;
		return;
	}
	const char *const below = join(w->a, folder, name);
	const char *const full = join(w->a, t->root, below);
	const bool known = lstat(full, &st) == 0;
	const bool link = known && S_ISLNK(st.st_mode);
	if (!known || (link && !link_inside(t->root, full, &st)))
		t->noutside++;
	else if (strlen(below) > TREE_MAX_PATH_BYTES ||
		 !str_is_utf8(str_from(name)))
		t->nbadname++;
	else if (S_ISDIR(st.st_mode) && !link)
		list_add(w->a, &w->folders, below);
	else if (S_ISREG(st.st_mode) && docs_format_of(below) != DOCS_NO_FORMAT)
		list_add(w->a, &w->files, below);
	else if (!S_ISDIR(st.st_mode))
		t->nother++;
}

static void read_folder(struct walk *w, const char *folder)
{
	DIR *const d = opendir(join(w->a, w->tree->root, folder));
	const struct dirent *entry;

	if (d == NULL) {
		w->tree->nclosed++;
		return;
	}
	while ((entry = readdir(d)) != NULL)
		visit(w, folder, entry->d_name);
	(void)closedir(d);
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A single file: the root is its folder. */
static enum err list_file(struct walk *w, char *real, struct errbuf *e)
{
	char *const slash = strrchr(real, '/');

	if (docs_format_of(real) == DOCS_NO_FORMAT)
		return err_set(
			e, ERR_IO,
			"%s: not a document: its name must end in .html, "
			".htm, .xhtml, .md, .markdown, .txt or .text",
			real);
	w->tree->is_file = true;
	w->tree->root = slash == real ? "/"
				      : arena_strndup(w->a, real,
						      (size_t)(slash - real));
	list_add(w->a, &w->files,
		 arena_strndup(w->a, slash + 1, strlen(slash + 1)));
	return ERR_OK;
}

enum err tree_list(struct arena *a, const char *path, struct tree *out,
		   struct errbuf *e)
{
	struct walk w = {.a = a, .tree = out};
	char real[PATH_MAX];
	struct stat st;

	memset(out, 0, sizeof(*out));
	if (realpath(path, real) == NULL || stat(real, &st) != 0)
		return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	if (S_ISREG(st.st_mode)) {
		ERR_TRY(list_file(&w, real, e));
	} else {
		out->root = arena_strndup(a, real, strlen(real));
		list_add(a, &w.folders, "");
	}
	for (size_t i = 0; i < w.folders.n; i++)
		read_folder(&w, w.folders.items[i]);
	if (out->nclosed > 0 && w.folders.n == 1)
		return err_set(e, ERR_IO, "%s: cannot be read as a folder",
			       path);
	if (w.files.n > 0)
		qsort((void *)w.files.items, w.files.n, sizeof(char *),
		      by_bytes);
	out->paths = w.files.items;
	out->npaths = w.files.n;
	return ERR_OK;
}
