/*
 * Search, from C: one call of slipway.docs_search() and its rows as passages.
 * The ranking is all in the SQL function.
 */
#include "docs/retrieve.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/num.h"
#include "db/db.h"

#include <inttypes.h>

#define NUMBER_BYTES 24
/* The function reads fewer characters; this only bounds what is sent. */
#define MAX_QUESTION_BYTES 16000

enum col {
	COL_DOC_ID,
	COL_CHUNK,
	COL_TITLE,
	COL_SECTION,
	COL_URL,
	COL_TEXT,
	COL_SCORE_MILLI
};

static struct str number(struct arena *a, int64_t v)
{
	struct buf b;

	buf_init(&b, a, NUMBER_BYTES);
	buf_addf(&b, "%" PRId64, v);
	return buf_str(&b);
}

/* SQL NULL cannot come back; an empty string must not become one on the way. */
static struct str not_null(struct str s)
{
	return s.p != NULL ? s : STR("");
}

/* NOLINTNEXTLINE(readability-function-size): its header fixes the parameters */
enum err docs_retrieve(struct db *db, struct arena *a, int64_t tenant_id,
		       struct str collection, struct str question, size_t k,
		       struct docs_passage **out, size_t *n, struct errbuf *e)
{
	const size_t want = k < DOCS_MAX_PASSAGES ? k : DOCS_MAX_PASSAGES;
	const struct str params[] = {
		number(a, tenant_id), not_null(collection),
		not_null(str_utf8_prefix(question, MAX_QUESTION_BYTES)),
		number(a, (int64_t)want)};
	struct db_rows rows;

	*n = 0;
	*out = NULL;
	if (want == 0)
		return ERR_OK;
	ERR_TRY(db_call(db, a,
			"SELECT doc_id, chunk, title, section, url, text, "
			"round(score * 1000)::bigint "
			"FROM slipway.docs_search($1, $2, $3, $4)",
			params, 4, &rows, e));
	struct docs_passage *const p =
		ARENA_ARRAY(a, rows.nrows + 1, struct docs_passage);
	for (size_t i = 0; i < rows.nrows; i++) {
		p[i] = (struct docs_passage){
			.doc_id = db_i64(&rows, i, COL_DOC_ID),
			.chunk = db_i64(&rows, i, COL_CHUNK),
			.title = db_str(&rows, i, COL_TITLE),
			.section = db_str(&rows, i, COL_SECTION),
			.url = db_str(&rows, i, COL_URL),
			.text = db_str(&rows, i, COL_TEXT),
			.score_milli = db_i64(&rows, i, COL_SCORE_MILLI),
		};
	}
	*out = p;
	*n = rows.nrows;
	return ERR_OK;
}
