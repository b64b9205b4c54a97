/*
 * `slipway smoke`: does a deployed service work, from the outside and with
 * real calls?  Run it after every deployment and during a drill.  This file
 * has the command, the lines it prints and its report; the checks are in
 * smoke_check.c and smoke_stream.c, what others check, too, and how the service
 * is asked in site.c.
 */
#include "cli/load.h"

#include "base/clock.h"
#include "base/num.h"
#include "cli/commands.h"
#include "cli/service.h"
#include "ops/publish.h"

#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define REPORT_BYTES ((size_t)64 * 1024)
#define DEFAULT_ASKS 5
#define SLO_TTFT_MS  800 /* without a configuration */

struct str smoke_question(struct smoke *s)
{
	return site_question(&s->site, s->feature, "Answer with the word ok.",
			     SMOKE_MAX_TOKENS);
}

void smoke_count(struct smoke *s, struct str cost_usd)
{
	int64_t pico = 0;

	s->calls++;
	if (num_parse_usd(cost_usd, &pico) == ERR_OK)
		s->cost_pico = num_add(s->cost_pico, pico);
}

/* The report -------------------------------------------------------------- */

static void write_report(const struct smoke *s, struct buf *out)
{
	char when[CLOCK_TEXT_BYTES];
	char usd[NUM_USD_BYTES];
	struct jw w;

	jw_init(&w, out);
	jw_open_object(&w, NULL);
	jw_c(&w, "url", s->site.url);
	jw_c(&w, "at", clock_format(clock_wall_ms(), when));
	verdict_write(&s->site.verdicts, &w);
	jw_str(&w, "model_route", s->model_route);
	jw_int(&w, "fallback_tier", s->fallback_tier);
	jw_int(&w, "calls", s->calls);
	jw_c(&w, "cost_usd", num_format_usd(s->cost_pico, usd));
	if (s->p95_ms >= 0)
		jw_int(&w, "ttft_p95_ms", s->p95_ms);
	else
		jw_null(&w, "ttft_p95_ms");
	jw_int(&w, "ttft_slo_ms", s->ttft_ms);
	if (s->load != NULL)
		load_write(s->load, &w);
	jw_close(&w);
	buf_add_char(out, '\n');
}

static enum cli_exit finish(struct smoke *s, const char *command,
			    const char *json)
{
	char usd[NUM_USD_BYTES];
	struct buf report;

	(void)printf("%zu passed, %zu failed, %zu skipped; %" PRId64
		     " calls for %s USD\n",
		     s->site.verdicts.count[VERDICT_PASS],
		     s->site.verdicts.count[VERDICT_FAIL],
		     s->site.verdicts.count[VERDICT_SKIP], s->calls,
		     num_format_usd(s->cost_pico, usd));
	if (json != NULL) {
		buf_init(&report, &s->site.cli->arena, REPORT_BYTES);
		write_report(s, &report);
		enum err err = buf_err(&report);
		if (err == ERR_OK)
			err = publish_file(json, buf_str(&report),
					   &s->site.cli->err);
		if (err != ERR_OK)
			return cli_fail(s->site.cli, command, err);
	}
	return s->site.verdicts.count[VERDICT_FAIL] == 0 ? CLI_OK : CLI_FAILED;
}

static void check_all(struct smoke *s)
{
	if (!site_check_live(&s->site, "live"))
		return; /* the rest would say the same */
	site_check_ready(&s->site, "ready");
	site_check_models(&s->site, "models", s->feature);
	smoke_check_no_session(s);
	site_check_bad_json(&s->site, "bad-request", s->site.header);
	smoke_check_chat(s);
	smoke_check_stream(s);
	smoke_check_ttft(s);
	smoke_check_ledger(s);
	if (s->load != NULL)
		smoke_load(s);
}

/* Arguments --------------------------------------------------------------- */

enum cli_exit cli_smoke(struct cli *cli, int argc, char **argv)
{
	static const char *const words[] = {"ok", "FAIL", "warn", "skip"};
	struct smoke *const s = ARENA_NEW(&cli->arena, struct smoke);
	const char *key_file = NULL;
	const char *asks = NULL;
	const char *json = NULL;
	const char *url = NULL;
	const char *load[] = {NULL, NULL, NULL};
	bool yes = false;
	const struct cli_option options[] = {
		{.name = "--url", .value = &url},
		{.name = "--key-file", .value = &key_file},
		{.name = "--feature", .value = &s->feature},
		{.name = "--asks", .value = &asks},
		{.name = "--json", .value = &json},
		{.name = "--load", .value = &load[0]},
		{.name = "--seconds", .value = &load[1]},
		{.name = "--tokens", .value = &load[2]},
		{.name = "--yes", .flag = &yes},
	};
	size_t n = 0;

	s->site.cli = cli;
	s->site.verdicts.arena = &cli->arena;
	s->site.verdicts.words = words;
	s->asks = DEFAULT_ASKS;
	s->request_id = "";
	s->p95_ms = -1;
	if (cli_args(cli, argc, argv, options,
		     sizeof(options) / sizeof(options[0]), NULL, 0,
		     &n) != ERR_OK ||
	    (asks != NULL && num_parse_i64(str_from(asks), 1, SMOKE_MAX_ASKS,
					   &s->asks) != ERR_OK) ||
	    load_arguments(s, load, yes) != ERR_OK)
		return cli_usage(cli, argv[0]);
	const enum err err = cli_service_conf(cli, &s->site.has_conf);
	if (err != ERR_OK)
		return cli_fail(cli, argv[0], err);
	s->ttft_ms =
		s->site.has_conf ? cli->conf.alerts.ttft_p95_ms : SLO_TTFT_MS;
	if (site_find(&s->site, url, key_file, true) != ERR_OK)
		return cli_usage(cli, argv[0]);
	(void)printf("%s: at most %" PRId64 " calls of %d output tokens\n",
		     s->site.url, s->asks + 1, SMOKE_MAX_TOKENS);
	check_all(s);
	return finish(s, argv[0], json);
}
