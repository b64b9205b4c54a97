/*
 * `slipway eval`: a suite of questions asked through the gateway, and what the
 * answers must hold.  This file has the command and the lines it prints; what
 * it does is in src/eval.
 */
#include "cli/eval.h"
#include "base/num.h"
#include "cli/commands.h"
#include "cli/service.h"
#include "db/db.h"
#include "eval/record.h"
#include "ops/publish.h"

#include <inttypes.h>
#include <stdio.h>

#define MAX_FILES    64
#define THREAD_BYTES ((size_t)512 * 1024 * 1024)
#define REPORT_BYTES ((size_t)128 * 1024 * 1024)
#define ASKED_BYTES  ((size_t)80)
#define PARALLEL     4
#define PER_MILLE    1000
#define SMOKE_TAG    "smoke"

/* The arguments, and what comes of them. */
struct command {
	struct cli *cli;
	const char *files[MAX_FILES];
	size_t nfiles;
	const char *url;
	const char *key_file;
	const char *models;
	const char *repeat;
	const char *parallel;
	const char *max_usd;
	const char *json;
	const char *junit;
	const char *baseline;
	const char *revision;
	bool smoke;
	bool full;
	bool has_conf;
	struct eval_suite *suite;
	struct eval_run *run;
};

/* What is said --------------------------------------------------------------
 */

static size_t failures_of(const struct eval_result *r)
{
	size_t n = 0;

	for (size_t i = 0; r->state == EVAL_FAILED && i < r->c->nchecks; i++)
		n += !r->verdicts[i].pass;
	return n;
}

/* A line for a case that is not well; answers of others are in it. */
static void tell(void *arg, const struct eval_result *r)
{
	const struct command *const c = arg;
	struct arena *const a = &c->cli->arena;
	const size_t n = failures_of(r);
	struct buf line;

	if (r->state == EVAL_PASSED)
		return;
	buf_init(&line, a, REPORT_BYTES);
	buf_addf(&line, "%s %s (%s:%zu", n > 0 ? "FAIL" : "ERROR", r->c->id,
		 r->c->file, r->c->line);
	if (r->attempt > 1)
		buf_addf(&line, ", attempt %" PRId64, r->attempt);
	if (r->answer.request_id.n > 0)
		buf_addf(&line, ", " STR_FMT, STR_ARG(r->answer.request_id));
	buf_addf(&line, "): asked \"%s\"; %s",
		 eval_short(a, r->c->prompt, ASKED_BYTES), eval_reason(r));
	if (n > 1)
		buf_addf(&line, "; and %zu more", n - 1);
	cli_print(buf_str(&line), false);
	(void)printf("\n");
	(void)fflush(stdout);
}

static void print_sum(const struct eval_run *r, const struct eval_sum *sum)
{
	char usd[NUM_USD_BYTES];
	const size_t mille = sum->passed * PER_MILLE / r->nresults;

	(void)printf("%zu passed, %zu failed, %zu errors", sum->passed,
		     sum->failed, sum->broken);
	if (sum->not_run > 0)
		(void)printf(", %zu not run (--max-usd)", sum->not_run);
	(void)printf("; %zu.%zu %% of %zu; %s USD", mille / 10, mille % 10,
		     r->nresults, num_format_usd(sum->cost_pico, usd));
	if (sum->p50_ms >= 0)
		(void)printf("; p50 %" PRId64 " ms, p95 %" PRId64 " ms",
			     sum->p50_ms, sum->p95_ms);
	(void)printf("\n");
}

/* Files ---------------------------------------------------------------------
 */

static enum err read_file(void *arg, const char *path, struct str *out)
{
	return cli_read_file(arg, path, EVAL_FILE_BYTES, out);
}

static enum err read_suite(struct command *c)
{
	const struct eval_source src = {
		.arena = &c->cli->arena,
		.read = read_file,
		.arg = c->cli,
		.e = &c->cli->err,
	};

	for (size_t i = 0; i < c->nfiles; i++)
		ERR_TRY(eval_suite_add(c->suite, &src, c->files[i]));
	return ERR_OK;
}

static enum err write_file(struct command *c, const char *path,
			   void (*put)(const struct eval_run *r,
				       struct arena *a, struct buf *out))
{
	struct buf text;

	if (path == NULL)
		return ERR_OK;
	buf_init(&text, &c->cli->arena, REPORT_BYTES);
	put(c->run, &c->cli->arena, &text);
	ERR_TRY(buf_err(&text));
	return publish_file(path, buf_str(&text), &c->cli->err);
}

/* The run -------------------------------------------------------------------
 */

/* Who is asked: --models, else what the files say. */
static enum err read_targets(struct command *c)
{
	struct eval_run *const r = c->run;
	struct str rest = str_from(c->models);
	struct str name;

	if (c->models == NULL && r->feature == NULL) {
		r->ntargets = c->suite->ntargets;
		for (size_t i = 0; i < r->ntargets; i++)
			r->targets[i] = c->suite->targets[i];
	}
	while (rest.n > 0) {
		(void)str_cut(rest, ',', &name, &rest);
		const struct eval_target t =
			eval_target_of(&c->cli->arena, str_trim(name));
		if (t.model == NULL || r->ntargets == EVAL_MAX_TARGETS)
			return err_set(&c->cli->err, ERR_INVALID_REQUEST,
				       "--models takes up to %d names such as "
				       "openai/gpt-5-mini, with commas between",
				       EVAL_MAX_TARGETS);
		r->targets[r->ntargets++] = t;
	}
	return ERR_OK;
}

static enum err read_number(struct command *c, const char *name,
			    const char *text, int64_t max, int64_t *out)
{
	if (text == NULL ||
	    num_parse_i64(str_from(text), 1, max, out) == ERR_OK)
		return ERR_OK;
	return err_set(&c->cli->err, ERR_INVALID_REQUEST,
		       "%s takes a number from 1 to %" PRId64, name, max);
}

static enum err read_numbers(struct command *c)
{
	struct eval_run *const r = c->run;

	r->repeat = 1;
	r->parallel = PARALLEL;
	r->max_pico = -1;
	ERR_TRY(read_number(c, "--repeat", c->repeat, EVAL_MAX_REPEAT,
			    &r->repeat));
	ERR_TRY(read_number(c, "--parallel", c->parallel, EVAL_MAX_PARALLEL,
			    &r->parallel));
	if (c->smoke && c->full)
		return err_set(&c->cli->err, ERR_INVALID_REQUEST,
			       "--smoke or --full, not both");
	if (c->smoke)
		r->tag = SMOKE_TAG;
	if (c->max_usd != NULL &&
	    num_parse_usd(str_from(c->max_usd), &r->max_pico) != ERR_OK)
		return err_set(&c->cli->err, ERR_INVALID_REQUEST,
			       "--max-usd takes US dollars, such as 0.50");
	return ERR_OK;
}

static enum err read_service(struct command *c)
{
	struct cli_service service;

	ERR_TRY(cli_service(c->cli, c->url, c->key_file, &service));
	c->run->service = (struct eval_service){service.url, service.header};
	return ERR_OK;
}

/* All that must be well before the first question; exit 2 when it is not. */
static enum err prepare(struct command *c)
{
	struct cli *const cli = c->cli;

	ERR_TRY(cli_service_conf(cli, &c->has_conf));
	ERR_TRY(read_service(c));
	ERR_TRY(read_suite(c));
	ERR_TRY(read_targets(c));
	ERR_TRY(eval_run_plan(c->run, &cli->arena, c->suite, &cli->err));
	return eval_is_there(&cli->arena, &c->run->service, &cli->err);
}

/*
 * What the ledger says of refusals, which do not tell their cost.  Where it
 * cannot be asked from here, they count as nothing.
 */
static void ask_ledger(struct command *c)
{
	struct eval_run *const r = c->run;
	struct db_rows rows;

	for (size_t i = 0; c->has_conf && i < r->nresults; i++) {
		struct eval_result *const one = &r->results[i];
		const struct str id = one->answer.request_id;
		if (one->answer.cost_known || id.n == 0)
			continue;
		if (cli_call(c->cli,
			     "SELECT cost_pico FROM slipway.call_find($1) "
			     "WHERE settled_at IS NOT NULL",
			     &id, 1, &rows) != ERR_OK) {
			err_clear(&c->cli->err);
			return;
		}
		if (rows.nrows == 0)
			continue;
		one->answer.cost_pico = db_i64(&rows, 0, 0);
		one->answer.cost_known = true;
		one->cost_pico = num_add(one->cost_pico, one->answer.cost_pico);
		r->spent_pico = num_add(r->spent_pico, one->answer.cost_pico);
	}
}

/* A row of the run, where there is a database. */
static void keep(struct command *c)
{
	struct cli *const cli = c->cli;
	struct str param;
	struct db_rows rows;
	struct buf text;

	if (!c->has_conf)
		return;
	buf_init(&text, &cli->arena, REPORT_BYTES);
	eval_record(c->run, &cli->arena, c->revision != NULL ? c->revision : "",
		    &text);
	param = buf_str(&text);
	if (cli_call(cli, "SELECT slipway.eval_record($1::jsonb)", &param, 1,
		     &rows) == ERR_OK) {
		(void)printf("kept as run %" PRId64 "\n", db_i64(&rows, 0, 0));
		return;
	}
	(void)fflush(stdout);
	(void)fprintf(stderr, "slipway eval: the run is not kept: %s\n",
		      cli->err.detail);
	err_clear(&cli->err);
}

/* Is nothing worse than it was before? */
static enum err compare(struct command *c, struct str before, bool *well)
{
	struct eval_comparison got;

	ERR_TRY(eval_compare(c->run, &c->cli->arena, before, &got,
			     &c->cli->err));
	(void)printf("against %s: %zu worse%s" STR_FMT
		     ", %zu as bad as before, "
		     "%zu better, %zu that fail are new\n",
		     c->baseline, got.worse, got.worse > 0 ? ":" : "",
		     STR_ARG(got.worse_names), got.as_bad, got.better, got.new);
	*well = got.worse == 0 && got.new == 0;
	return ERR_OK;
}

/* Also whether it is one, before money is spent. */
static enum err read_baseline(struct command *c, struct str *out)
{
	struct eval_comparison unused;

	ERR_TRY(cli_read_file(c->cli, c->baseline, REPORT_BYTES, out));
	return eval_compare(c->run, &c->cli->arena, *out, &unused,
			    &c->cli->err);
}

static enum cli_exit carry_out(struct command *c, const char *command,
			       struct str before)
{
	struct eval_run *const r = c->run;
	struct arena *const arenas =
		ARENA_ARRAY(&c->cli->arena, (size_t)r->parallel, struct arena);
	struct eval_sum sum;
	bool well = false;

	for (int64_t i = 0; i < r->parallel; i++)
		arena_init(&arenas[i], THREAD_BYTES);
	r->told = tell;
	r->arg = c;
	eval_run(r, arenas);
	ask_ledger(c);
	eval_sum(r, &c->cli->arena, &sum);
	print_sum(r, &sum);
	well = sum.passed == r->nresults;
	enum err err = write_file(c, c->json, eval_report_json);
	if (err == ERR_OK)
		err = write_file(c, c->junit, eval_report_junit);
	if (err == ERR_OK && c->baseline != NULL)
		err = compare(c, before, &well);
	keep(c);
	for (int64_t i = 0; i < r->parallel; i++)
		arena_release(&arenas[i]);
	if (err != ERR_OK)
		return cli_fail(c->cli, command, err);
	return well ? CLI_OK : CLI_FAILED;
}

static enum cli_exit run(struct cli *cli, int argc, char **argv)
{
	struct command *const c = ARENA_NEW(&cli->arena, struct command);
	struct eval_run *const r = ARENA_NEW(&cli->arena, struct eval_run);
	const struct cli_option options[] = {
		{.name = "--url", .value = &c->url},
		{.name = "--key-file", .value = &c->key_file},
		{.name = "--smoke", .flag = &c->smoke},
		{.name = "--full", .flag = &c->full},
		{.name = "--feature", .value = &r->feature},
		{.name = "--judge", .value = &r->judge},
		{.name = "--models", .value = &c->models},
		{.name = "--repeat", .value = &c->repeat},
		{.name = "--parallel", .value = &c->parallel},
		{.name = "--max-usd", .value = &c->max_usd},
		{.name = "--json", .value = &c->json},
		{.name = "--junit", .value = &c->junit},
		{.name = "--baseline", .value = &c->baseline},
		{.name = "--revision", .value = &c->revision},
	};
	struct str before = STR_NONE;

	c->cli = cli;
	c->run = r;
	c->suite = ARENA_NEW(&cli->arena, struct eval_suite);
	if (cli_args(cli, argc, argv, options,
		     sizeof(options) / sizeof(options[0]), c->files, MAX_FILES,
		     &c->nfiles) != ERR_OK ||
	    read_numbers(c) != ERR_OK)
		return cli_usage(cli, argv[0]);
	if (c->nfiles == 0)
		return cli_missing(cli, argv[0], "the FILE with the cases");
	enum err err = prepare(c);
	if (err == ERR_OK && c->baseline != NULL)
		err = read_baseline(c, &before);
	if (err != ERR_OK) {
		(void)cli_fail(cli, argv[0], err);
		return CLI_USAGE;
	}
	return carry_out(c, argv[0], before);
}

enum cli_exit cli_eval(struct cli *cli, int argc, char **argv)
{
	static const struct cli_action actions[] = {
		{"run", run},
		{"from-feedback", cli_eval_draft},
	};

	return cli_dispatch(cli, argc, argv, actions, 2);
}
