/*
 * `slipway smoke`: does a deployed service work, from the outside and with
 * real calls?  Run it after every deployment and during a drill.  This file
 * has the command, the lines it prints and its report; the checks are in
 * smoke_check.c and smoke_stream.c.
 */
#include "cli/smoke.h"

#include "base/clock.h"
#include "base/num.h"
#include "cli/commands.h"
#include "cli/service.h"
#include "ops/publish.h"

#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>

#define TEXT_BYTES   ((size_t)2048)
#define REPORT_BYTES ((size_t)64 * 1024)
#define TIMEOUT_MS   120000
#define DEFAULT_ASKS 5
#define SLO_TTFT_MS  800 /* without a configuration */

/* What is said ------------------------------------------------------------ */

void smoke_note(struct smoke *s, const char *name, enum smoke_state state,
		const char *fmt, ...)
{
	static const char *const words[] = {"ok", "FAIL", "skip"};
	char *const text = arena_alloc(&s->cli->arena, TEXT_BYTES);
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, TEXT_BYTES, fmt, args);
	va_end(args);
	if (s->nresults < SMOKE_MAX_CHECKS)
		s->results[s->nresults++] =
			(struct smoke_result){name, state, text};
	(void)printf("%s %s%s", words[state], name,
		     text[0] != '\0' ? ": " : "");
	cli_print(str_from(text), false); /* a server's words may be in it */
	(void)printf("\n");
	(void)fflush(stdout);
}

/* What the codes of our own errors ask of the operator. */
static const struct {
	const char *code;
	const char *hint;
} hints[] = {
	{"forbidden", "give a key that may use this feature"},
	{"unknown_feature", "name one of its features with --feature"},
	{"rate_limited",
	 "give a key whose user has more requests a minute, or fewer --asks"},
	{"key_cap", "give a key with a budget for this"},
	{"user_cap", "give a key whose user has a budget for this"},
	{"tenant_cap", "see `slipway cap show`"},
	{"system_cap",
	 "see `slipway cap show`, /docs/runbooks/cost-spike.html"},
	{"paused", "end it with `slipway resume`"},
	{"misconfigured", "GET /ready says what is missing"},
	{"unpriced_model", "import a price with `slipway prices import`"},
	{"database_unavailable", "see /docs/runbooks/database-full.html"},
	{"upstream_auth", "see /docs/runbooks/key-leak.html: the provider "
			  "refuses our key"},
};

const char *smoke_hint(const struct smoke *s, struct str code)
{
	char *const own = arena_alloc(&s->cli->arena, TEXT_BYTES);

	if (str_eq_c(code, "unauthorized")) {
		(void)snprintf(own, TEXT_BYTES,
			       "the key from %s is not known there: `slipway "
			       "key create USER` makes one",
			       s->key_from);
		return own;
	}
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
		if (str_eq_c(code, hints[i].code))
			return hints[i].hint;
	if (str_starts(code, STR("upstream_")) || str_eq_c(code, "not_asked"))
		return "see /docs/runbooks/provider-outage.html";
	return "see the service's log";
}

void smoke_unanswered(struct smoke *s, const char *name, const char *path)
{
	smoke_note(s, name, SMOKE_FAILED,
		   "%s%s does not answer (%s): check the address and the web "
		   "server",
		   s->url, path, s->cli->err.detail);
	err_clear(&s->cli->err);
}

void smoke_refused(struct smoke *s, const char *name, const char *path,
		   const struct net_reply *reply, struct json said)
{
	const struct str code = json_str(json_get(said, "code"));
	const struct str detail = json_str(json_get(said, "detail"));
	const struct str id = json_str(json_get(said, "request_id"));

	if (code.n == 0) {
		smoke_note(s, name, SMOKE_FAILED,
			   "%s%s answers %ld, and not as Slipway does: is "
			   "this its address?",
			   s->url, path, reply->status);
		return;
	}
	smoke_note(s, name, SMOKE_FAILED,
		   "%s%s answers %ld " STR_FMT ": " STR_FMT
		   " (%s; what happened: `slipway replay " STR_FMT "`)",
		   s->url, path, reply->status, STR_ARG(code), STR_ARG(detail),
		   smoke_hint(s, code), STR_ARG(id));
}

/* Asking ------------------------------------------------------------------ */

enum err smoke_http(struct smoke *s, const struct smoke_ask *ask,
		    struct net_reply *reply, struct json *said)
{
	char *const url = arena_alloc(&s->cli->arena, PATH_MAX);
	struct net_request request = {
		.what = "the service",
		.url = url,
		.body = ask->body,
		.timeout_ms = TIMEOUT_MS,
		.private_network = true, /* our own service */
		.piece = ask->piece,
		.arg = ask->arg,
	};
	size_t n = 0;

	if (ask->with_key)
		request.headers[n++] = s->header;
	if (ask->body.p != NULL)
		request.headers[n] = "Content-Type: application/json";
	(void)snprintf(url, PATH_MAX, "%s%s", s->url, ask->path);
	*said = (struct json){NULL};
	ERR_TRY(net_http(&s->cli->arena, &request, reply, &s->cli->err));
	if (json_parse(&s->cli->arena, reply->body, said, NULL) != ERR_OK)
		*said = (struct json){NULL};
	return ERR_OK;
}

struct str smoke_question(struct smoke *s)
{
	struct buf body;
	struct jw w;

	buf_init(&body, &s->cli->arena, TEXT_BYTES);
	jw_init(&w, &body);
	jw_open_object(&w, NULL);
	jw_c(&w, "message", "Answer with the word ok.");
	if (s->feature != NULL)
		jw_c(&w, "feature", s->feature);
	jw_int(&w, "max_output_tokens", SMOKE_MAX_TOKENS);
	jw_close(&w);
	return buf_str(&body);
}

void smoke_count(struct smoke *s, struct str cost_usd)
{
	int64_t pico = 0;

	s->calls++;
	if (num_parse_usd(cost_usd, &pico) == ERR_OK)
		s->cost_pico = num_add(s->cost_pico, pico);
}

/* The report -------------------------------------------------------------- */

static size_t count(const struct smoke *s, enum smoke_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < s->nresults; i++)
		n += s->results[i].state == state;
	return n;
}

static void write_checks(const struct smoke *s, struct jw *w)
{
	static const char *const words[] = {"ok", "failed", "skipped"};

	jw_open_array(w, "checks");
	for (size_t i = 0; i < s->nresults; i++) {
		const struct smoke_result *const r = &s->results[i];
		jw_open_object(w, NULL);
		jw_c(w, "name", r->name);
		jw_c(w, "result", words[r->state]);
		jw_c(w, "detail", r->text);
		jw_close(w);
	}
	jw_close(w);
}

static void write_report(const struct smoke *s, struct buf *out)
{
	char when[CLOCK_TEXT_BYTES];
	char usd[NUM_USD_BYTES];
	struct jw w;

	jw_init(&w, out);
	jw_open_object(&w, NULL);
	jw_c(&w, "url", s->url);
	jw_c(&w, "at", clock_format(clock_wall_ms(), when));
	jw_bool(&w, "ok", count(s, SMOKE_FAILED) == 0);
	jw_int(&w, "passed", (int64_t)count(s, SMOKE_OK));
	jw_int(&w, "failed", (int64_t)count(s, SMOKE_FAILED));
	jw_int(&w, "skipped", (int64_t)count(s, SMOKE_SKIPPED));
	write_checks(s, &w);
	jw_str(&w, "model_route", s->model_route);
	jw_int(&w, "fallback_tier", s->fallback_tier);
	jw_int(&w, "calls", s->calls);
	jw_c(&w, "cost_usd", num_format_usd(s->cost_pico, usd));
	if (s->p95_ms >= 0)
		jw_int(&w, "ttft_p95_ms", s->p95_ms);
	else
		jw_null(&w, "ttft_p95_ms");
	jw_int(&w, "ttft_slo_ms", s->ttft_ms);
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
		     count(s, SMOKE_OK), count(s, SMOKE_FAILED),
		     count(s, SMOKE_SKIPPED), s->calls,
		     num_format_usd(s->cost_pico, usd));
	if (json != NULL) {
		buf_init(&report, &s->cli->arena, REPORT_BYTES);
		write_report(s, &report);
		enum err err = buf_err(&report);
		if (err == ERR_OK)
			err = publish_file(json, buf_str(&report),
					   &s->cli->err);
		if (err != ERR_OK)
			return cli_fail(s->cli, command, err);
	}
	return count(s, SMOKE_FAILED) == 0 ? CLI_OK : CLI_FAILED;
}

static void check_all(struct smoke *s)
{
	if (!smoke_check_live(s))
		return; /* the rest would say the same */
	smoke_check_ready(s);
	smoke_check_models(s);
	smoke_check_no_session(s);
	smoke_check_bad_request(s);
	smoke_check_chat(s);
	smoke_check_stream(s);
	smoke_check_ttft(s);
	smoke_check_ledger(s);
}

/* Arguments --------------------------------------------------------------- */

/* What the configuration says, where there is one. */
static enum err read_conf(struct smoke *s)
{
	s->ttft_ms = SLO_TTFT_MS;
	ERR_TRY(cli_service_conf(s->cli, &s->has_conf));
	if (s->has_conf)
		s->ttft_ms = s->cli->conf.alerts.ttft_p95_ms;
	return ERR_OK;
}

static enum err read_service(struct smoke *s, const char *url,
			     const char *key_file)
{
	struct cli_service service;

	ERR_TRY(cli_service(s->cli, url, key_file, &service));
	s->url = service.url;
	s->header = service.header;
	s->key_from = service.key_from;
	return ERR_OK;
}

enum cli_exit cli_smoke(struct cli *cli, int argc, char **argv)
{
	struct smoke *const s = ARENA_NEW(&cli->arena, struct smoke);
	const char *key_file = NULL;
	const char *asks = NULL;
	const char *json = NULL;
	const char *url = NULL;
	const struct cli_option options[] = {
		{.name = "--url", .value = &url},
		{.name = "--key-file", .value = &key_file},
		{.name = "--feature", .value = &s->feature},
		{.name = "--asks", .value = &asks},
		{.name = "--json", .value = &json},
	};
	size_t n = 0;

	s->cli = cli;
	s->asks = DEFAULT_ASKS;
	s->request_id = "";
	s->p95_ms = -1;
	if (cli_args(cli, argc, argv, options, 5, NULL, 0, &n) != ERR_OK ||
	    (asks != NULL && num_parse_i64(str_from(asks), 1, SMOKE_MAX_ASKS,
					   &s->asks) != ERR_OK))
		return cli_usage(cli, argv[0]);
	const enum err err = read_conf(s);
	if (err != ERR_OK)
		return cli_fail(cli, argv[0], err);
	if (read_service(s, url, key_file) != ERR_OK)
		return cli_usage(cli, argv[0]);
	(void)printf("%s: at most %" PRId64 " calls of %d output tokens\n",
		     s->url, s->asks + 1, SMOKE_MAX_TOKENS);
	check_all(s);
	return finish(s, argv[0], json);
}
