/*
 * Brings a collection up to date with a folder: reads what is there, compares
 * hashes with what the index knows, replaces what differs.  Both lists are
 * sorted by path, so one pass over them finds new, changed and vanished
 * documents.  Called by `slipway ingest`.
 */
#include "docs/ingest.h"

#include "base/arena.h"
#include "base/log.h"
#include "db/db.h"
#include "docs/chunk.h"
#include "docs/source.h"
#include "docs/text.h"
#include "docs/tree.h"
#include "json/json.h"

#include <string.h>

/*
 * Raise it when the readers, the chunker or the weights in docs_put() change:
 * every document is then indexed again by the next ingest.
 */
#define DOCS_INDEX_VERSION "1"

/* One document may need so much while it is read; gumbo's tree is the most. */
#define DOC_ARENA_BYTES ((size_t)2048 * 1024 * 1024)
#define MAX_JSON_BYTES  ((size_t)64 * 1024 * 1024)

struct ingest {
	struct db *db;
	const struct docs_ingest *job;
	struct docs_ingest_report *report;
	struct tree tree;
	struct str tenant_id;
	struct db_rows known; /* path, sha256 */
	struct arena scratch; /* of one document */
	struct errbuf *e;
};

static void skip(struct ingest *in, const char *below, enum docs_skip why)
{
	static const char *const reasons[DOCS_SKIP_MAX] = {
		[DOCS_SKIP_CLOSED] = "cannot be read",
		[DOCS_SKIP_LARGE] = "larger than 8 MiB",
		[DOCS_SKIP_NESTED] = "nested too deep",
		[DOCS_SKIP_BINARY] = "not text",
		[DOCS_SKIP_EMPTY] = "no text",
	};

	in->report->skipped[why]++;
	log_msg(why == DOCS_SKIP_EMPTY ? LOG_DEBUG : LOG_WARN, "docs_skipped",
		"%s/%s: %s", in->tree.root, below,
		reasons[why] != NULL ? reasons[why] : "");
}

/* The reader of its format; false when the document is to be skipped. */
static bool read_text(struct ingest *in, const char *below, struct str bytes,
		      struct docs_text *text, enum docs_skip *why)
{
	struct arena *const a = &in->scratch;
	const struct str utf8 = docs_utf8(a, bytes);
	enum err err = ERR_OK;

	switch (docs_format_of(below)) {
	case DOCS_HTML:
		err = docs_read_html(a, utf8, text);
		break;
	case DOCS_MARKDOWN:
		err = docs_read_markdown(a, utf8, text);
		break;
	case DOCS_PLAIN:
	case DOCS_NO_FORMAT:
		err = docs_read_plain(a, utf8, text);
		break;
	}
	*why = err != ERR_OK ? DOCS_SKIP_NESTED : DOCS_SKIP_EMPTY;
	if (err != ERR_OK || text->nblocks == 0)
		return false;
	if (text->title.n == 0) {
		const char *const slash = strrchr(below, '/');
		docs_text_title(text,
				str_from(slash != NULL ? slash + 1 : below));
	}
	return true;
}

static void write_chunks(struct arena *a, const struct docs_chunk *chunks,
			 size_t n, struct buf *out)
{
	struct jw w;
	struct buf anchor;

	buf_init(&anchor, a, (size_t)3 * DOCS_MAX_ANCHOR_BYTES);
	jw_init(&w, out);
	jw_open_array(&w, NULL);
	for (size_t i = 0; i < n; i++) {
		buf_reset(&anchor);
		source_encode(&anchor, chunks[i].anchor, "!$&'()*+,;=:@/?");
		jw_open_object(&w, NULL);
		jw_str(&w, "section", chunks[i].section);
		jw_str(&w, "anchor", (struct str){buf_c(&anchor), anchor.n});
		jw_str(&w, "body", chunks[i].body);
		jw_close(&w);
	}
	jw_close(&w);
}

static enum err put(struct ingest *in, const char *below, struct str url,
		    const char *hash, const struct docs_text *text)
{
	struct arena *const a = &in->scratch;
	struct docs_chunk *chunks;
	struct buf json;
	size_t n;

	docs_chunk(a, text, &chunks, &n);
	buf_init(&json, a, MAX_JSON_BYTES);
	write_chunks(a, chunks, n, &json);
	ERR_TRY(buf_err(&json));
	const struct str params[] = {
		in->tenant_id,
		str_from(in->job->collection),
		str_from(below),
		text->title,
		url,
		str_from(hash),
		buf_str(&json),
	};
	struct errbuf why = {0};
	const enum err err =
		db_call(in->db, a,
			"SELECT slipway.docs_put($1, $2, $3, $4, $5, $6, $7)",
			params, sizeof(params) / sizeof(params[0]), NULL, &why);
	if (err != ERR_OK)
		return err_set(in->e, err, "%.80s: %.160s", below, why.detail);
	return ERR_OK;
}

static enum err remove_doc(struct ingest *in, struct str path)
{
	const struct str params[] = {in->tenant_id,
				     str_from(in->job->collection), path};

	in->report->nremoved++;
	if (in->job->dry_run)
		return ERR_OK;
	return db_call(in->db, &in->scratch,
		       "SELECT slipway.docs_remove($1, $2, $3)", params, 3,
		       NULL, in->e);
}

/*
 * One file.  known_hash is "" for a path that the index does not have.
 * A document that has become unreadable is skipped, not removed; one that has
 * no text any more is removed.
 */
static enum err take_file(struct ingest *in, const char *below, bool known,
			  struct str known_hash)
{
	struct arena *const a = &in->scratch;
	struct docs_text text;
	enum docs_skip why;
	struct str bytes;
	char hash[DOCS_HASH_BYTES];

	if (source_read(a, in->tree.root, below, &bytes, &why) != ERR_OK) {
		skip(in, below, why);
		return ERR_OK;
	}
	const struct str url = source_url(a, in->job->base_url, below);
	source_hash(STR(DOCS_INDEX_VERSION), url, bytes, hash);
	if (str_eq_c(known_hash, hash)) {
		in->report->nunchanged++;
		return ERR_OK;
	}
	if (!read_text(in, below, bytes, &text, &why)) {
		skip(in, below, why);
		if (known && why == DOCS_SKIP_EMPTY)
			return remove_doc(in, str_from(below));
		return ERR_OK;
	}
	*(known ? &in->report->nchanged : &in->report->nnew) += 1;
	return in->job->dry_run ? ERR_OK : put(in, below, url, hash, &text);
}

/*
 * Which comes first, path f of the folder or row k of the index: negative,
 * zero when they are the same document, positive.
 */
static int compare(const struct ingest *in, size_t f, size_t k)
{
	if (f == in->tree.npaths)
		return 1;
	if (k == in->known.nrows)
		return -1;
	/* the path of a row ends in a NUL, as every libpq value does */
	return strcmp(in->tree.paths[f], db_str(&in->known, k, 0).p);
}

/* Both lists in step; the index is sorted by bytes, as the files are. */
static enum err merge(struct ingest *in)
{
	size_t k = 0;
	size_t f = 0;

	while (f < in->tree.npaths || k < in->known.nrows) {
		const int order = compare(in, f, k);
		enum err err = ERR_OK;

		if (order == 0)
			err = take_file(in, in->tree.paths[f], true,
					db_str(&in->known, k, 1));
		else if (order < 0)
			err = take_file(in, in->tree.paths[f], false, STR(""));
		else if (!in->tree.is_file)
			err = remove_doc(in, db_str(&in->known, k, 0));
		f += order <= 0;
		k += order >= 0;
		arena_clear(&in->scratch);
		ERR_TRY(err);
	}
	return ERR_OK;
}

static enum err open_collection(struct ingest *in, struct arena *a)
{
	const struct docs_ingest *const job = in->job;
	const struct str params[] = {
		str_from(job->tenant), str_from(job->collection),
		job->language != NULL ? str_from(job->language) : STR_NONE,
		job->dry_run ? STR("true") : STR("false")};
	struct db_rows rows;

	ERR_TRY(db_call(in->db, a,
			"SELECT tenant_id FROM slipway.docs_open($1, $2, $3, "
			"$4)",
			params, 4, &rows, in->e));
	in->tenant_id = db_str(&rows, 0, 0);
	const struct str which[] = {in->tenant_id, str_from(job->collection)};
	return db_call(in->db, a,
		       "SELECT path, sha256 FROM slipway.docs_known($1, $2)",
		       which, 2, &in->known, in->e);
}

static enum err finish(struct ingest *in, struct arena *a)
{
	const struct str params[] = {in->tenant_id,
				     str_from(in->job->collection)};
	struct db_rows rows;

	ERR_TRY(db_call(in->db, a,
			"SELECT ndocuments, nchunks "
			"FROM slipway.docs_finish($1, $2)",
			params, 2, &rows, in->e));
	in->report->ndocuments = db_i64(&rows, 0, 0);
	in->report->nchunks = db_i64(&rows, 0, 1);
	return ERR_OK;
}

static void count_left_out(struct ingest *in)
{
	size_t *const skipped = in->report->skipped;

	skipped[DOCS_SKIP_OTHER] += in->tree.nother;
	skipped[DOCS_SKIP_HIDDEN] += in->tree.nhidden;
	skipped[DOCS_SKIP_OUTSIDE] += in->tree.noutside;
	skipped[DOCS_SKIP_CLOSED] += in->tree.nclosed;
	skipped[DOCS_SKIP_NAME] += in->tree.nbadname;
}

enum err docs_ingest(struct db *db, struct arena *a,
		     const struct docs_ingest *job,
		     struct docs_ingest_report *report, struct errbuf *e)
{
	struct ingest in = {.db = db, .job = job, .report = report, .e = e};

	memset(report, 0, sizeof(*report));
	if (job->base_url != NULL && !source_base_ok(job->base_url))
		return err_set(e, ERR_INVALID_REQUEST,
			       "--base-url %s: must begin with http://, "
			       "https:// or / and have no blanks or quotes",
			       job->base_url);
	ERR_TRY(tree_list(a, job->path, &in.tree, e));
	if (in.tree.npaths == 0)
		return err_set(e, ERR_IO,
			       "%s: no document in it (.html, .md, .txt); "
			       "nothing was changed",
			       job->path);
	count_left_out(&in);
	ERR_TRY(open_collection(&in, a));
	arena_init(&in.scratch, DOC_ARENA_BYTES);
	const enum err err = merge(&in);
	arena_release(&in.scratch);
	ERR_TRY(err);
	return job->dry_run ? ERR_OK : finish(&in, a);
}

void docs_ingest_summary(const struct docs_ingest_report *r, struct buf *out)
{
	static const char *const names[DOCS_SKIP_MAX] = {
		[DOCS_SKIP_OTHER] = "not .html, .md or .txt",
		[DOCS_SKIP_HIDDEN] = "hidden",
		[DOCS_SKIP_OUTSIDE] = "link out of the tree",
		[DOCS_SKIP_CLOSED] = "cannot be read",
		[DOCS_SKIP_LARGE] = "too large",
		[DOCS_SKIP_NAME] = "path too long or not UTF-8",
		[DOCS_SKIP_NESTED] = "nested too deep",
		[DOCS_SKIP_BINARY] = "not text",
		[DOCS_SKIP_EMPTY] = "no text",
	};
	size_t total = 0;
	const char *sep = " (";

	for (size_t i = 0; i < DOCS_SKIP_MAX; i++)
		total += r->skipped[i];
	buf_addf(out,
		 "%zu new, %zu changed, %zu removed, %zu unchanged, "
		 "%zu skipped",
		 r->nnew, r->nchanged, r->nremoved, r->nunchanged, total);
	for (size_t i = 0; i < DOCS_SKIP_MAX; i++) {
		if (r->skipped[i] == 0)
			continue;
		buf_addf(out, "%s%zu %s", sep, r->skipped[i], names[i]);
		sep = ", ";
	}
	if (total > 0)
		buf_add_char(out, ')');
}
