/*
 * The text form of a PostgreSQL array, for passing lists as one parameter.
 * Every element is quoted, so no element can be taken for NULL or for syntax.
 */
#include "db/db.h"

void db_array_begin(struct buf *b)
{
	buf_add_char(b, '{');
}

static void comma(struct buf *b)
{
	if (b->n > 0 && b->p[b->n - 1] != '{')
		buf_add_char(b, ',');
}

void db_array_str(struct buf *b, struct str v)
{
	comma(b);
	if (v.p == NULL) {
		buf_add_c(b, "NULL");
		return;
	}
	buf_add_char(b, '"');
	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] == '"' || v.p[i] == '\\')
			buf_add_char(b, '\\');
		buf_add_char(b, v.p[i]);
	}
	buf_add_char(b, '"');
}

void db_array_end(struct buf *b)
{
	buf_add_char(b, '}');
}
