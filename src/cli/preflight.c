/*
 * `slipway preflight`: the checklist before a launch, run by a command that
 * attacks the deployment.  This file has the command, the order of the checks
 * and the report; the checks are in preflight_*.c.
 */
#include "cli/preflight.h"

#include "base/clock.h"
#include "base/num.h"
#include "cli/commands.h"
#include "cli/service.h"
#include "db/db.h"
#include "ops/publish.h"

#include <inttypes.h>
#include <stdio.h>

#define REPORT_BYTES  ((size_t)256 * 1024)
#define REFUSED_BYTES ((size_t)16 * 1024)
#define MAX_EXPECTED  INT64_C(1000000000)

/* What only people can do or see. */
static const char *const reminders[] = {
	"A9: set a hard limit in each provider's own console, above [limits] "
	"system_daily_usd and below what would hurt: "
	"/docs/runbooks/cost-spike.html",
	"B22: know how to change a provider's key within 15 minutes, and "
	"change those that were used while building: "
	"/docs/runbooks/key-leak.html",
	"B31: who is on call has read the runbooks: /docs/runbooks/",
	"B23: a load test at twice the expected rate: `slipway smoke --load "
	"EXPECTED_RPM`, with all passed: /docs/smoke.html#load",
	"B21: the fallback was seen working: `slipway drill --block PROVIDER "
	"--for 10m`, then `slipway smoke`",
	"A12: a monitor outside of this host asks /healthz and the status page "
	"every minute",
	"A21: /about says what this does, who runs it and what is kept",
};
#define NREMINDERS (sizeof(reminders) / sizeof(reminders[0]))

void preflight_no_database(struct preflight *p, const char *check)
{
	verdict_note(&p->site.verdicts, check, VERDICT_SKIP,
		     "the database cannot be asked from here (%s)",
		     p->site.cli->err.detail);
	err_clear(&p->site.cli->err);
}

bool preflight_has_conf(struct preflight *p, const char *check)
{
	if (!p->site.has_conf)
		verdict_note(&p->site.verdicts, check, VERDICT_SKIP,
			     "there is no configuration here: run it on the "
			     "server, or with -c FILE");
	return p->site.has_conf;
}

enum err preflight_refused(struct preflight *p, const struct site_ask *ask,
			   struct net_reply *reply, struct json *said)
{
	ERR_TRY(site_http(&p->site, ask, reply, said));
	const struct str id = net_header(reply, "x-request-id");
	if (id.n > 0) {
		db_array_str(&p->refused, id);
		p->nrefused++;
	}
	return ERR_OK;
}

/* The report -------------------------------------------------------------- */

static enum err write_report(const struct preflight *p, const char *path)
{
	char when[CLOCK_TEXT_BYTES];
	char usd[NUM_USD_BYTES];
	struct buf out;
	struct jw w;

	buf_init(&out, &p->site.cli->arena, REPORT_BYTES);
	jw_init(&w, &out);
	jw_open_object(&w, NULL);
	jw_c(&w, "url", p->site.url);
	jw_c(&w, "at", clock_format(clock_wall_ms(), when));
	verdict_write(&p->site.verdicts, &w);
	jw_int(&w, "calls", p->calls);
	jw_c(&w, "cost_usd", num_format_usd(p->cost_pico, usd));
	jw_open_array(&w, "reminders");
	for (size_t i = 0; i < NREMINDERS; i++)
		jw_c(&w, NULL, reminders[i]);
	jw_close(&w);
	jw_close(&w);
	buf_add_char(&out, '\n');
	ERR_TRY(buf_err(&out));
	return publish_file(path, buf_str(&out), &p->site.cli->err);
}

static enum cli_exit finish(struct preflight *p, const char *command,
			    const char *json)
{
	const size_t *const n = p->site.verdicts.count;
	char usd[NUM_USD_BYTES];

	(void)printf("\nNo program can check these:\n");
	for (size_t i = 0; i < NREMINDERS; i++)
		(void)printf("REMINDER %s\n", reminders[i]);
	(void)printf("\n%zu passed, %zu failed, %zu warnings, %zu skipped, %zu "
		     "reminders; %" PRId64 " calls for %s USD\n",
		     n[VERDICT_PASS], n[VERDICT_FAIL], n[VERDICT_WARN],
		     n[VERDICT_SKIP], NREMINDERS, p->calls,
		     num_format_usd(p->cost_pico, usd));
	if (json != NULL) {
		const enum err err = write_report(p, json);
		if (err != ERR_OK)
			return cli_fail(p->site.cli, command, err);
	}
	return n[VERDICT_FAIL] > 0 || (p->strict && n[VERDICT_WARN] > 0)
		       ? CLI_FAILED
		       : CLI_OK;
}

/* The order of the checks ------------------------------------------------- */

static void check_outside(struct preflight *p)
{
	if (!site_check_live(&p->site, "A10 liveness"))
		return;
	preflight_keys_make(p);
	preflight_access(p);
	preflight_limits(p);
	preflight_errors(p);
	preflight_untouched(p);
	preflight_stream(p);
	preflight_health(p);
	preflight_transport(p);
	preflight_files(p);
	preflight_keys_end(p);
}

static void check_configuration(struct preflight *p)
{
	static const char check[] = "A17 configuration";

	if (p->conf_fault != NULL)
		verdict_note(&p->site.verdicts, check, VERDICT_FAIL,
			     "it cannot be used: %s", p->conf_fault);
	else if (preflight_has_conf(p, check))
		verdict_note(&p->site.verdicts, check, VERDICT_PASS,
			     "%s; no secret in it is readable for all",
			     p->site.cli->conf.path);
}

static void check_all(struct preflight *p)
{
	check_configuration(p);
	check_outside(p);
	preflight_database(p);
	preflight_settings(p);
	preflight_secrets(p);
	preflight_leaks(p);
}

/* Arguments --------------------------------------------------------------- */

static enum err read_arguments(struct preflight *p, int argc, char **argv,
			       const char **json)
{
	struct cli *const cli = p->site.cli;
	const char *key_file = NULL;
	const char *expected = NULL;
	const char *word = NULL;
	const char *url = NULL;
	const struct cli_option options[] = {
		{.name = "--url", .value = &url},
		{.name = "--key-file", .value = &key_file},
		{.name = "--feature", .value = &p->feature},
		{.name = "--json", .value = json},
		{.name = "--docroot", .value = &p->docroot},
		{.name = "--repo", .value = &p->repo},
		{.name = "--known", .value = &p->known},
		{.name = "--ca-file", .value = &p->site.ca_file},
		{.name = "--expect-requests", .value = &expected},
		{.name = "--no-spend", .flag = &p->no_spend},
		{.name = "--send-alert", .flag = &p->send_alert},
		{.name = "--strict", .flag = &p->strict},
	};
	size_t n = 0;

	ERR_TRY(cli_args(cli, argc, argv, options,
			 sizeof(options) / sizeof(options[0]), &word, 1, &n));
	if (expected != NULL &&
	    num_parse_i64(str_from(expected), 1, MAX_EXPECTED, &p->expected) !=
		    ERR_OK)
		return err_set(&cli->err, ERR_INVALID_REQUEST,
			       "--expect-requests takes how many requests a "
			       "day are expected");
	const enum err err = cli_service_conf(cli, &p->site.has_conf);
	if (err != ERR_OK) {
		/* what is wrong with it is a finding, not the end */
		p->conf_fault = str_dup(&cli->arena, str_from(cli->err.detail));
		err_clear(&cli->err);
	}
	return site_find(&p->site, n > 0 ? word : url, key_file, false);
}

enum cli_exit cli_preflight(struct cli *cli, int argc, char **argv)
{
	static const char *const words[] = {"PASS", "FAIL", "WARN", "SKIP"};
	struct preflight *const p = ARENA_NEW(&cli->arena, struct preflight);
	const char *json = NULL;

	p->site.cli = cli;
	p->site.key_from = "this run";
	p->site.verdicts.arena = &cli->arena;
	p->site.verdicts.words = words;
	buf_init(&p->refused, &cli->arena, REFUSED_BYTES);
	db_array_begin(&p->refused);
	if (read_arguments(p, argc, argv, &json) != ERR_OK)
		return cli_usage(cli, argv[0]);
	if (p->no_spend)
		(void)printf("%s: no real call is made\n", p->site.url);
	else
		(void)printf(
			"%s: 1 real call of at most %d output tokens, by a "
			"user who may spend 0.05 USD; /health/llm may ask "
			"a question of its own\n",
			p->site.url, PREFLIGHT_MAX_TOKENS);
	check_all(p);
	return finish(p, argv[0], json);
}
