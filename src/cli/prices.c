/*
 * `slipway prices`: what models cost.  A price is never overwritten: a new one
 * begins to count, and what was charged before stays as it was.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "cli/commands.h"
#include "db/db.h"
#include "llm/price_import.h"
#include "json/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FILE_MAX_BYTES  ((size_t)64 * 1024 * 1024)
#define BATCH_ROWS      500
#define BATCH_MAX_BYTES ((size_t)1024 * 1024)
#define DATE_CHARS      10

static enum cli_exit list_prices(struct cli *cli, int argc, char **argv)
{
	static const char *const titles[] = {
		"PROVIDER", "MODEL",  "INPUT", "CACHE READ", "CACHE WRITE",
		"1H WRITE", "OUTPUT", "SINCE", "SOURCE"};
	const char *provider = NULL;
	struct db_rows rows;
	size_t n = 0;

	if (cli_args(cli, argc, argv, NULL, 0, &provider, 1, &n) != ERR_OK)
		return cli_usage(cli, argv[0]);
	const struct str param = str_from(provider);
	const enum err err = cli_call(
		cli,
		"SELECT provider, model, trim_scale(input_pico / 1e6), "
		"trim_scale(cache_read_pico / 1e6), "
		"trim_scale(cache_write_pico / 1e6), "
		"trim_scale(cache_write_1h_pico / 1e6), "
		"trim_scale(output_pico / 1e6), "
		"to_char(valid_from AT TIME ZONE 'UTC', 'YYYY-MM-DD'), source "
		"FROM slipway.prices_current() "
		"WHERE provider = coalesce($1, provider) ORDER BY 1, 2",
		&param, 1, &rows);
	if (err != ERR_OK)
		return cli_fail(cli, argv[0], err);
	(void)printf("USD per million tokens\n\n");
	cli_table(titles, &rows);
	return CLI_OK;
}

static void write_price(struct jw *w, const char *name, int64_t pico)
{
	if (pico >= 0)
		jw_int(w, name, pico);
}

static void write_row(struct jw *w, const struct price_row *r)
{
	jw_open_object(w, NULL);
	jw_str(w, "provider", r->provider);
	jw_str(w, "model", r->model);
	if (r->valid_from.n > 0)
		jw_str(w, "valid_from", r->valid_from);
	write_price(w, "input_pico", r->price.input_pico);
	write_price(w, "cache_read_pico", r->price.cache_read_pico);
	write_price(w, "cache_write_pico", r->price.cache_write_pico);
	write_price(w, "cache_write_1h_pico", r->price.cache_write_1h_pico);
	write_price(w, "output_pico", r->price.output_pico);
	jw_close(w);
}

/* What price_upsert() did with the rows. */
struct counts {
	int64_t added;
	int64_t changed;
	int64_t unchanged;
};

static enum err upsert(struct cli *cli, const struct price_row *rows, size_t n,
		       struct str source, struct counts *counts)
{
	struct buf json;
	struct jw w;
	struct db_rows got;

	buf_init(&json, &cli->arena, BATCH_MAX_BYTES);
	jw_init(&w, &json);
	jw_open_array(&w, NULL);
	for (size_t i = 0; i < n; i++)
		write_row(&w, &rows[i]);
	jw_close(&w);
	ERR_TRY(buf_err(&json));
	const struct str params[] = {buf_str(&json), source};
	ERR_TRY(cli_call(cli,
			 "SELECT count(*) FILTER (WHERE action = 'added'), "
			 "count(*) FILTER (WHERE action = 'changed'), "
			 "count(*) FILTER (WHERE action = 'unchanged') "
			 "FROM slipway.price_upsert($1, $2)",
			 params, 2, &got));
	counts->added += db_i64(&got, 0, 0);
	counts->changed += db_i64(&got, 0, 1);
	counts->unchanged += db_i64(&got, 0, 2);
	return ERR_OK;
}

/* All rows, in one transaction: a list is taken as a whole or not at all. */
static enum err store(struct cli *cli, const struct price_import *list,
		      struct str source, struct counts *counts)
{
	struct db *db = NULL;
	enum err err = ERR_OK;

	ERR_TRY(cli_db(cli, &db));
	ERR_TRY(db_script(db, "BEGIN", &cli->err));
	for (size_t i = 0; i < list->nrows && err == ERR_OK; i += BATCH_ROWS) {
		const size_t left = list->nrows - i;
		err = upsert(cli, list->rows + i,
			     left < BATCH_ROWS ? left : BATCH_ROWS, source,
			     counts);
	}
	if (err == ERR_OK)
		return db_script(db, "COMMIT", &cli->err);
	if (db_script(db, "ROLLBACK", NULL) != ERR_OK)
		(void)fprintf(stderr, "slipway prices: connection lost; "
				      "nothing was taken\n");
	return err;
}

static void print_skips(const struct price_import *list)
{
	for (size_t i = 0; i < list->nskips; i++)
		(void)printf("left out " STR_FMT "/" STR_FMT ": %s\n",
			     STR_ARG(list->skips[i].provider),
			     STR_ARG(list->skips[i].model), list->skips[i].why);
}

/* The name of the file, which is what `source` keeps. */
static struct str base_name(const char *path)
{
	const char *const slash = strrchr(path, '/');

	return str_from(slash != NULL ? slash + 1 : path);
}

/* "litellm: model_prices_and_context_window.json" */
static struct str source_of(struct cli *cli, const struct price_import *list,
			    const char *path)
{
	const struct str file = base_name(path);
	struct buf b;

	buf_init(&b, &cli->arena, strlen(list->format) + file.n + 2);
	buf_add_c(&b, list->format);
	buf_add_c(&b, ": ");
	buf_add_str(&b, file);
	return buf_str(&b);
}

static enum err import_file(struct cli *cli, const char *path, bool dearest,
			    struct price_import *list)
{
	char now[CLOCK_TEXT_BYTES];
	struct str text;

	(void)clock_format(clock_wall_ms(), now);
	ERR_TRY(cli_read_file(cli, path, FILE_MAX_BYTES, &text));
	return price_import_read(&cli->arena, text,
				 (struct str){now, DATE_CHARS}, dearest, list,
				 &cli->err);
}

static enum cli_exit import(struct cli *cli, int argc, char **argv)
{
	const char *path = NULL;
	bool dearest = false;
	bool dry_run = false;
	bool verbose = false;
	const struct cli_option options[] = {
		{.name = "--dearest", .flag = &dearest},
		{.name = "--dry-run", .flag = &dry_run},
		{.name = "--verbose", .flag = &verbose},
	};
	struct counts counts = {0, 0, 0};
	struct price_import list;
	size_t n = 0;

	if (cli_args(cli, argc, argv, options, 3, &path, 1, &n) != ERR_OK)
		return cli_usage(cli, argv[0]);
	if (n == 0)
		return cli_missing(cli, argv[0], "the FILE to import");
	enum err err = import_file(cli, path, dearest, &list);
	if (err == ERR_OK && verbose)
		print_skips(&list);
	if (err == ERR_OK && !dry_run)
		err = store(cli, &list, source_of(cli, &list, path), &counts);
	if (err != ERR_OK)
		return cli_fail(cli, argv[0], err);
	(void)printf("%s (%s): %zu prices, %zu left out%s\n", path, list.format,
		     list.nrows, list.nskips,
		     list.nskips > 0 && !verbose ? " (--verbose says why)"
						 : "");
	if (!dry_run)
		(void)printf("%" PRId64 " added, %" PRId64 " changed, %" PRId64
			     " as they were\n",
			     counts.added, counts.changed, counts.unchanged);
	return CLI_OK;
}

enum cli_exit cli_prices(struct cli *cli, int argc, char **argv)
{
	static const struct cli_action actions[] = {
		{"list", list_prices},
		{"import", import},
	};

	return cli_dispatch(cli, argc, argv, actions, 2);
}
