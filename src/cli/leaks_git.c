/*
 * Keys in the history of a repository: what any commit of any branch, tag or
 * stash ever added, and what its message says.  The output of `git log -p` is
 * read as it comes, so the length of the history costs no memory.
 */
#include "base/num.h"
#include "cli/child.h"
#include "cli/leaks.h"

#include <stdio.h>
#include <string.h>

#define LINE_BYTES 8192
#define MARK       '\001' /* begins the line with the id of a commit */
#define ID_SHOWN   12
#define NAME_BYTES ((size_t)1024)

struct history {
	struct leaks *leaks;
	char commit[ID_SHOWN + 1];
	char file[NAME_BYTES / 2];
	char where[NAME_BYTES];
	bool in_message;
	bool middle;   /* of a line: its beginning was handed out before */
	bool taken;    /* the beginning was of the text that is looked at */
	int64_t added; /* lines that the hunk still has */
	int64_t removed;
	size_t parents; /* of a hunk that only the merge itself made; or 0 */
};

static void begin(struct history *h, const char *what, int64_t line)
{
	guard_keys_finish(&h->leaks->keys);
	(void)snprintf(h->where, sizeof(h->where), "commit %s, %s", h->commit,
		       what);
	leaks_begin(h->leaks, h->where, line);
}

/* "12,3" of a hunk's head: where, and how many lines. */
static void range(struct str s, int64_t *from, int64_t *count)
{
	struct str first;
	struct str second;

	*from = 0;
	*count = 1;
	const bool both = str_cut(s, ',', &first, &second);
	if (num_parse_i64(first, 0, INT64_MAX, from) != ERR_OK ||
	    (both && num_parse_i64(second, 0, INT64_MAX, count) != ERR_OK))
		*count = 0;
}

/* "@@ -1,2 +3,4 @@ …" */
static void hunk(struct history *h, struct str line)
{
	struct str word;
	struct str rest;
	int64_t from = 0;

	(void)str_cut(line, ' ', &word, &rest);
	(void)str_cut(rest, ' ', &word, &rest);
	range((struct str){word.p + 1, word.n - (word.n > 0)}, &from,
	      &h->removed);
	(void)str_cut(rest, ' ', &word, &rest);
	range((struct str){word.p + 1, word.n - (word.n > 0)}, &from,
	      &h->added);
	begin(h, h->file, from);
}

/*
 * "@@@ -1,2 -1,2 +1,3 @@@ …": what a merge has that none of its parents has.
 * Such lines begin with a "+" for each.
 */
static void merged(struct history *h, struct str line)
{
	struct str word;
	struct str rest;
	int64_t from = 0;
	int64_t count = 0;

	(void)str_cut(line, ' ', &word, &rest);
	h->parents = word.n - 1;
	while (rest.n > 0 && rest.p[0] == '-')
		(void)str_cut(rest, ' ', &word, &rest);
	(void)str_cut(rest, ' ', &word, &rest);
	range((struct str){word.p + 1, word.n - (word.n > 0)}, &from, &count);
	begin(h, h->file, from);
}

/* Has a line of a merge a "+" for each parent? */
static bool is_its_own(const struct history *h, struct str line)
{
	for (size_t i = 0; i < h->parents; i++)
		if (i >= line.n || line.p[i] != '+')
			return false;
	return true;
}

static void commit(struct history *h, struct str line)
{
	(void)snprintf(h->commit, sizeof(h->commit), "%.*s", (int)(line.n - 1),
		       line.p + 1);
	h->in_message = true;
	h->leaks->nlooked++;
	begin(h, "its message", 1);
}

/* A line of a patch outside of hunks. */
static void head(struct history *h, struct str line)
{
	if (str_starts(line, STR("diff --")))
		h->in_message = false;
	else if (str_starts(line, STR("+++ b/")))
		(void)snprintf(h->file, sizeof(h->file), "%.*s",
			       (int)(line.n - 6), line.p + 6);
	else if (str_starts(line, STR("@@ -")))
		hunk(h, line);
	else if (str_starts(line, STR("@@@")))
		merged(h, line);
}

/* The first piece of a line. */
static void line_begins(struct history *h, struct str line)
{
	h->taken = false;
	/* what a line of a merge never begins with */
	if (line.n > 0 && strchr("d@\001", line.p[0]) != NULL)
		h->parents = 0;
	if (h->added + h->removed > 0 && line.n > 0 && line.p[0] == '+') {
		h->added--;
		h->taken = true;
		guard_keys_feed(&h->leaks->keys,
				(struct str){line.p + 1, line.n - 1});
	} else if (h->added + h->removed > 0) {
		h->removed -= line.n > 0 && line.p[0] == '-';
	} else if (h->parents > 0) {
		h->taken = is_its_own(h, line);
		if (h->taken)
			guard_keys_feed(&h->leaks->keys,
					(struct str){line.p + h->parents,
						     line.n - h->parents});
	} else if (line.n > 0 && line.p[0] == MARK) {
		commit(h, str_trim(line));
	} else if (h->in_message && !str_starts(line, STR("diff --"))) {
		h->taken = true;
		guard_keys_feed(&h->leaks->keys, line);
	} else {
		head(h, str_trim(line));
	}
}

enum err leaks_history(struct leaks *l, const char *repo, struct errbuf *e)
{
	const char *const argv[] = {"git",
				    "-C",
				    repo,
				    "--no-pager",
				    "log",
				    "--all",
				    "--no-color",
				    "--cc",
				    "--unified=0",
				    "--no-renames",
				    "--no-ext-diff",
				    "--no-textconv",
				    "--src-prefix=a/",
				    "--dst-prefix=b/",
				    "--format=%x01%H%n%B",
				    NULL};
	struct history h = {.leaks = l};
	struct child git;
	char line[LINE_BYTES];

	ERR_TRY(child_start(&git, argv, e));
	leaks_begin(l, "", 1);
	while (fgets(line, sizeof(line), git.out) != NULL) {
		const struct str piece = str_from(line);
		if (!h.middle)
			line_begins(&h, piece);
		else if (h.taken)
			guard_keys_feed(&l->keys, piece);
		h.middle = piece.n == 0 || piece.p[piece.n - 1] != '\n';
	}
	guard_keys_finish(&l->keys);
	return child_end(&git, e);
}
