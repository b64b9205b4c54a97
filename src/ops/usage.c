/*
 * Providers' usage exports, CSV or JSON, brought into one form.  Text in, JSON
 * out; the comparison itself is slipway.reconcile().
 */
#include "ops/usage.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/num.h"
#include "json/json.h"

#include <string.h>

#define MAX_COLUMNS 64
#define DAY_BYTES   10 /* YYYY-MM-DD */
#define MAX_UNIX_S  INT64_C(99999999999)
#define MAX_TOKENS  INT64_C(1000000000000000)

enum field { DAY, MODEL, CALLS, INPUT, OUTPUT, COST, NFIELDS };

/* The names of each field, the preferred one first. */
static const struct {
	enum field field;
	const char *name;
} names[] = {
	{DAY, "date"},
	{DAY, "day"},
	{DAY, "usage_date_utc"},
	{DAY, "start_time_iso"},
	{DAY, "start_time"},
	{MODEL, "model"},
	{MODEL, "model_version"},
	{MODEL, "snapshot_id"},
	{CALLS, "num_model_requests"},
	{CALLS, "requests"},
	{INPUT, "input_tokens"},
	{INPUT, "prompt_tokens"},
	{OUTPUT, "output_tokens"},
	{OUTPUT, "completion_tokens"},
	{COST, "cost_usd"},
	{COST, "cost"},
	{COST, "amount_value"},
};

#define NNAMES (sizeof(names) / sizeof(names[0]))

/* One row as text; empty = not given. */
struct row {
	struct str value[NFIELDS];
};

struct reader {
	struct arena *arena;
	struct errbuf *e;
	struct jw out;
	size_t rows;
	size_t line; /* of the file, or of the list, from 1 */
};

/* "2026-11-22…" as it is, unix seconds as the day in UTC. */
static enum err day_of(struct reader *r, struct str v, struct str *out)
{
	int64_t s = 0;

	if (num_parse_i64(v, 0, MAX_UNIX_S, &s) == ERR_OK) {
		char *const text = arena_alloc(r->arena, CLOCK_TEXT_BYTES);
		*out = str_from(clock_format(s * 1000, text));
		v = *out;
	}
	if (v.n < DAY_BYTES || v.p[4] != '-' || v.p[7] != '-')
		return err_set(r->e, ERR_INVALID_REQUEST,
			       "line %zu: \"" STR_FMT "\" is no day; expected "
			       "YYYY-MM-DD or unix seconds",
			       r->line, STR_ARG(v));
	*out = (struct str){v.p, DAY_BYTES};
	return ERR_OK;
}

static enum err write_count(struct reader *r, const char *name, struct str v)
{
	int64_t n = 0;

	if (v.n > 0 && num_parse_i64(v, 0, MAX_TOKENS, &n) != ERR_OK)
		return err_set(r->e, ERR_INVALID_REQUEST,
			       "line %zu: %s \"" STR_FMT
			       "\" is no whole number",
			       r->line, name, STR_ARG(v));
	jw_int(&r->out, name, n);
	return ERR_OK;
}

static enum err write_cost(struct reader *r, struct str v)
{
	char text[NUM_USD_BYTES];
	int64_t pico = 0;

	if (v.n == 0) {
		jw_null(&r->out, "cost_usd");
		return ERR_OK;
	}
	/* consoles round to more places than a pico-dollar has */
	if (v.n > 2 + 12 && memchr(v.p, '.', v.n) != NULL &&
	    memchr(v.p, 'e', v.n) == NULL) {
		const char *const point = memchr(v.p, '.', v.n);
		const size_t max = (size_t)(point - v.p) + 1 + 12;
		v.n = v.n > max ? max : v.n;
	}
	if (num_parse_usd(v, &pico) != ERR_OK)
		return err_set(r->e, ERR_INVALID_REQUEST,
			       "line %zu: \"" STR_FMT "\" is no amount of "
			       "dollars",
			       r->line, STR_ARG(v));
	jw_c(&r->out, "cost_usd", num_format_usd(pico, text));
	return ERR_OK;
}

static enum err write_row(struct reader *r, const struct row *row)
{
	struct str day;

	if (row->value[MODEL].n == 0)
		return ERR_OK; /* a total, or another product */
	ERR_TRY(day_of(r, row->value[DAY], &day));
	jw_open_object(&r->out, NULL);
	jw_str(&r->out, "day", day);
	jw_str(&r->out, "model", row->value[MODEL]);
	ERR_TRY(write_count(r, "calls", row->value[CALLS]));
	ERR_TRY(write_count(r, "input_tokens", row->value[INPUT]));
	ERR_TRY(write_count(r, "output_tokens", row->value[OUTPUT]));
	ERR_TRY(write_cost(r, row->value[COST]));
	jw_close(&r->out);
	r->rows++;
	return ERR_OK;
}

/* CSV ---------------------------------------------------------------- */

/* The next cell; quotes are taken off.  *last: it ends the line. */
static struct str next_cell(struct reader *r, struct str *text, bool *last)
{
	struct buf cell;
	bool quoted = text->n > 0 && text->p[0] == '"';
	size_t i = quoted ? 1 : 0;

	buf_init(&cell, r->arena, text->n + 1);
	for (; i < text->n; i++) {
		const char c = text->p[i];
		const bool twice = i + 1 < text->n && text->p[i + 1] == '"';
		if (quoted && c == '"' && !twice) {
			quoted = false;
			continue;
		}
		if (!quoted && (c == ',' || c == '\n'))
			break;
		if (quoted && c == '"')
			i++;
		buf_add_char(&cell, c);
	}
	*last = i >= text->n || text->p[i] == '\n';
	const size_t used = i < text->n ? i + 1 : i;
	*text = (struct str){text->p + used, text->n - used};
	return str_trim(buf_str(&cell));
}

/* Which field each column is; NFIELDS for none. */
static enum err read_header(struct reader *r, struct str *text,
			    enum field *columns, size_t *n)
{
	bool last = false;
	bool found[NFIELDS] = {false};

	for (*n = 0; !last && *n < MAX_COLUMNS; ++*n) {
		const struct str cell = next_cell(r, text, &last);
		columns[*n] = NFIELDS;
		for (size_t i = 0; i < NNAMES; i++)
			if (str_eq_nocase(cell, str_from(names[i].name)) &&
			    !found[names[i].field]) {
				columns[*n] = names[i].field;
				found[names[i].field] = true;
				break;
			}
	}
	if (found[DAY] && found[MODEL])
		return ERR_OK;
	return err_set(r->e, ERR_INVALID_REQUEST,
		       "line 1: no column for the %s; the header must name one",
		       found[DAY] ? "model" : "day");
}

static enum err read_csv(struct reader *r, struct str text)
{
	enum field columns[MAX_COLUMNS];
	size_t n = 0;

	r->line = 1;
	ERR_TRY(read_header(r, &text, columns, &n));
	while (str_trim(text).n > 0) {
		struct row row = {{{0}}};
		bool last = false;
		r->line++;
		for (size_t i = 0; !last; i++) {
			const struct str cell = next_cell(r, &text, &last);
			if (i < n && columns[i] != NFIELDS)
				row.value[columns[i]] = cell;
		}
		ERR_TRY(write_row(r, &row));
	}
	return ERR_OK;
}

/* JSON --------------------------------------------------------------- */

static struct str text_of(struct json v)
{
	return json_type(v) == JSON_STRING ? json_str(v)
	       : json_type(v) == JSON_NULL ? STR_NONE
					   : json_text(v);
}

/* A member of the row, or else of what stands around it. */
static void fill(struct row *row, struct json v)
{
	for (size_t i = 0; i < NNAMES; i++)
		if (row->value[names[i].field].n == 0)
			row->value[names[i].field] =
				text_of(json_get(v, names[i].name));
}

static enum err read_object(struct reader *r, struct json v, struct json around)
{
	struct row row = {{{0}}};

	r->line++;
	fill(&row, v);
	fill(&row, around);
	return write_row(r, &row);
}

/* One level of "results" inside a bucket; results have no results. */
static enum err read_objects(struct reader *r, struct json list,
			     struct json around)
{
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json item = json_at(list, i);
		const struct json inner = json_get(item, "results");
		if (json_type(inner) != JSON_ARRAY)
			ERR_TRY(read_object(r, item, around));
		for (size_t j = 0; j < json_count(inner); j++)
			ERR_TRY(read_object(r, json_at(inner, j), item));
	}
	return ERR_OK;
}

static enum err read_json(struct reader *r, struct str text)
{
	struct json v;

	ERR_TRY(json_parse(r->arena, text, &v, r->e));
	const struct json list =
		json_type(v) == JSON_ARRAY ? v : json_get(v, "data");
	if (json_type(list) != JSON_ARRAY)
		return err_set(r->e, ERR_INVALID_REQUEST,
			       "neither a list of objects nor an object with "
			       "\"data\"");
	return read_objects(r, list, v);
}

enum err usage_read(struct arena *a, struct str text, struct buf *out,
		    size_t *n, struct errbuf *e)
{
	struct reader r = {.arena = a, .e = e};
	const struct str body = str_trim(text);

	if (body.n == 0)
		return err_set(e, ERR_INVALID_REQUEST, "the file is empty");
	jw_init(&r.out, out);
	jw_open_array(&r.out, NULL);
	if (body.p[0] == '{' || body.p[0] == '[')
		ERR_TRY(read_json(&r, body));
	else
		ERR_TRY(read_csv(&r, body));
	jw_close(&r.out);
	*n = r.rows;
	return buf_err(out);
}
