/*
 * The `slipway` command: what an operator does from a shell.  This file has
 * the table of subcommands and what is common to their start and end.
 */
#include "cli/cli.h"
#include "cli/commands.h"
#include "db/db.h"

#include <stdio.h>
#include <string.h>

#ifndef SLIPWAY_VERSION
#	define SLIPWAY_VERSION "0.1.0"
#endif

/* Enough for the largest file that a command reads, several times over. */
#define CLI_ARENA_BYTES ((size_t)1024 * 1024 * 1024)

static const struct cli_command commands[] = {
	{"migrate", cli_migrate, "migrate [--plan] [--sql DIR]",
	 "bring the database schema up to date", false},
	{"config", cli_config,
	 "config [--markdown] | config import-litellm FILE [--prices FILE]",
	 "show every setting with its value, default and meaning", true},
	{"tenant", cli_tenant,
	 "tenant create NAME [--timezone ZONE] | tenant list | "
	 "tenant timezone NAME ZONE | tenant disable NAME | tenant enable NAME",
	 "organisations; `default` exists from the start", false},
	{"user", cli_user,
	 "user create NAME [--tenant T] [--admin] | user list [--tenant T] | "
	 "user usage NAME [--tenant T] [--days 30] | "
	 "user disable NAME [--tenant T] | user enable NAME [--tenant T] | "
	 "user password NAME [--tenant T] [--email ADDRESS] <FILE",
	 "people and programs that call", false},
	{"key", cli_key,
	 "key create USER [--tenant T] [--label L] [--expires 90d] "
	 "[--feature F,F] [--model P/M,P/*] [--rpm N] [--daily-usd N] | "
	 "key list [USER] [--tenant T] | key revoke ID|PREFIX",
	 "API keys; a new one is shown once", false},
	{"invite", cli_invite,
	 "invite create [--tenant T] [--email ADDRESS] [--daily-usd N|none] "
	 "[--rpm N|none] [--days 7] [--note TEXT] [--admin] | "
	 "invite list [--tenant T] | invite revoke ID",
	 "links that make one account each", false},
	{"waitlist", cli_waitlist,
	 "waitlist list [--all] | waitlist approve ID|EMAIL [--tenant T] "
	 "[--daily-usd N|none] [--rpm N|none] [--days 7] | "
	 "waitlist reject ID|EMAIL",
	 "people who asked for an account", false},
	{"cap", cli_cap,
	 "cap set user|tenant NAME [--tenant T] [--daily-usd N|none] "
	 "[--rpm N|none] | cap clear user|tenant NAME [--tenant T] | cap show",
	 "daily budgets and requests per minute", false},
	{"pause", cli_pause, "pause [FEATURE] [--reason TEXT] | pause --list",
	 "refuse new calls of a feature, or of all", false},
	{"resume", cli_resume, "resume [FEATURE]", "the end of a pause", false},
	{"drill", cli_drill,
	 "drill | drill --block PROVIDER [--for 10m] | drill --end PROVIDER",
	 "a provider that fails on purpose, to see the fallback work", false},
	{"prices", cli_prices,
	 "prices list [PROVIDER] | prices import FILE [--dearest] [--dry-run] "
	 "[--verbose]",
	 "prices of the models; reads genai-prices and LiteLLM files", false},
	{"report", cli_report,
	 "report reconcile FILE [--provider openai] | "
	 "report feedback [--since 7d] [--limit 100] | "
	 "report evals [--since 30d] [--limit 20] | report evals --run ID",
	 "the ledger beside a provider's usage export; what readers said; "
	 "evaluations",
	 false},
	{"replay", cli_replay, "replay REQUEST_ID [--log FILE]",
	 "the whole story of a request, from ledger and log", false},
	{"privacy", cli_privacy,
	 "privacy export USER [--tenant T] | privacy purge USER [--tenant T] "
	 "[--keep-account]",
	 "all that is kept of a person, as JSON; delete it (the ledger's "
	 "numbers stay)",
	 false},
	{"traces", cli_traces, "traces",
	 "send spans of settled calls to [traces] otlp_url", false},
	{"janitor", cli_janitor,
	 "janitor [--retention-days N] [--ahead-days N]",
	 "daily upkeep: partitions, retention, dead reservations", false},
	{"ingest", cli_ingest,
	 "ingest PATH --collection NAME [--tenant NAME] [--base-url URL] "
	 "[--language NAME] [--dry-run]",
	 "index documents for answers and search", false},
	{"demo", cli_demo,
	 "demo record FILE --user NAME [--tenant T] [--daily-usd 0.10] "
	 "[--url URL] [--output DIR]",
	 "ask the questions of the public demo once and store the answers",
	 false},
	{"smoke", cli_smoke,
	 "smoke [--url URL] [--key-file FILE|-] [--feature NAME] [--asks 5] "
	 "[--json FILE] [--load EXPECTED_RPM [--seconds 60] [--tokens 32] "
	 "[--yes]]",
	 "check a deployed service with a few calls; key: a file, or "
	 "$SLIPWAY_KEY",
	 true},
	{"eval", cli_eval,
	 "eval run FILE... [--url URL] [--key-file FILE|-] [--smoke|--full] "
	 "[--feature NAME] [--models P/M,P/M] [--judge NAME] [--repeat N] "
	 "[--parallel 4] [--max-usd N] [--json FILE] [--junit FILE] "
	 "[--baseline FILE] [--revision TEXT] | "
	 "eval from-feedback [--since 7d] [--limit 100]",
	 "ask a suite of questions and check the answers", true},
	{"preflight", cli_preflight,
	 "preflight [URL] [--key-file FILE|-] [--feature NAME] [--no-spend] "
	 "[--docroot DIR] [--repo DIR] [--known FILE] [--expect-requests N] "
	 "[--send-alert] "
	 "[--ca-file FILE] [--strict] [--json FILE]",
	 "attack a deployment before its launch, and check its settings", true},
	{"probe", cli_probe, "probe [--output DIR]",
	 "check the service and write the status page", false},
	{"alerts", cli_alerts,
	 "alerts [run] | alerts test | alerts list [--all]",
	 "tell operators what is wrong; run it every minute", false},
	{"incident", cli_incident,
	 "incident open TITLE [--message TEXT] [--impact minor] "
	 "[--parts chat,...] | incident plan TITLE --from TIME --until TIME "
	 "[--message TEXT] [--parts chat,...] | incident update ID --message "
	 "TEXT [--state monitoring] | incident resolve ID [--message TEXT] | "
	 "incident list [--all]",
	 "tell people of trouble and maintenance on the status page", false},
};
#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct cli_command *find_command(const char *name)
{
	for (size_t i = 0; i < NCOMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

/* The usage of a command, one line for each of its forms. */
static void print_usage(FILE *to, const struct cli_command *c)
{
	struct str form;
	struct str rest = str_from(c->usage);
	const char *lead = "usage:";

	while (rest.n > 0) {
		/* forms are parted by " | "; "a|b" is a choice within one */
		const char *const bar = strstr(rest.p, " | ");
		form = rest;
		rest = STR_NONE;
		if (bar != NULL) {
			form.n = (size_t)(bar - form.p);
			rest = str_from(bar + 3);
		}
		(void)fprintf(to, "%s slipway " STR_FMT "\n", lead,
			      STR_ARG(form));
		lead = "      ";
	}
}

enum cli_exit cli_usage(struct cli *cli, const char *command)
{
	const struct cli_command *const c = find_command(command);

	(void)fflush(stdout);
	(void)fprintf(stderr, "slipway %s: %s\n", command, cli->err.detail);
	if (c != NULL)
		print_usage(stderr, c);
	return CLI_USAGE;
}

static void print_help(FILE *to)
{
	(void)fprintf(to, "usage: slipway [-c FILE] COMMAND [ARGUMENTS]\n\n");
	for (size_t i = 0; i < NCOMMANDS; i++)
		(void)fprintf(to, "  %-9s %s\n", commands[i].name,
			      commands[i].help);
	(void)fprintf(to,
		      "\n`slipway COMMAND --help` says how a command is used.\n"
		      "-c FILE reads that configuration instead of "
		      "$SLIPWAY_CONF or /etc/slipway/slipway.conf.\n"
		      "Exit status: 0 done, 1 failed, 2 wrong arguments.\n");
}

static bool is_help(const char *arg)
{
	return strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0;
}

static enum cli_exit run_command(struct cli *cli, const struct cli_command *c,
				 int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (is_help(argv[i])) {
			(void)printf("%s\n", c->help);
			print_usage(stdout, c);
			return CLI_OK;
		}
	if (!c->without_conf) {
		const enum err err = conf_load(&cli->arena, cli->conf_path,
					       &cli->conf, &cli->err);
		if (err != ERR_OK)
			return cli_fail(cli, c->name, err);
	}
	return c->run(cli, argc, argv);
}

/* What stands before the command; *at is where the command is. */
static enum cli_exit global_options(struct cli *cli, int argc, char **argv,
				    int *at, bool *done)
{
	*done = true;
	for (*at = 1; *at < argc && argv[*at][0] == '-'; ++*at) {
		if (is_help(argv[*at])) {
			print_help(stdout);
			return CLI_OK;
		}
		if (strcmp(argv[*at], "--version") == 0) {
			(void)printf("slipway %s\n", SLIPWAY_VERSION);
			return CLI_OK;
		}
		if (strcmp(argv[*at], "-c") != 0 || *at + 1 >= argc) {
			(void)fprintf(stderr, "slipway: %s %s\n",
				      strcmp(argv[*at], "-c") == 0
					      ? "a file name must follow"
					      : "unknown option",
				      argv[*at]);
			return CLI_USAGE;
		}
		cli->conf_path = argv[++*at];
	}
	if (*at >= argc) {
		print_help(stderr);
		return CLI_USAGE;
	}
	*done = false;
	return CLI_OK;
}

int main(int argc, char **argv)
{
	const struct cli_command *c = NULL;
	struct arena a;
	bool done = false;
	int at = 1;

	arena_init(&a, CLI_ARENA_BYTES);
	struct cli *const cli = ARENA_NEW(&a, struct cli);
	cli->arena = a;
	enum cli_exit rc = global_options(cli, argc, argv, &at, &done);
	if (!done)
		c = find_command(argv[at]);
	if (!done && c == NULL) {
		(void)fprintf(stderr,
			      "slipway: there is no command %s; `slipway "
			      "--help` lists them\n",
			      argv[at]);
		rc = CLI_USAGE;
	}
	if (c != NULL)
		rc = run_command(cli, c, argc - at, argv + at);
	db_close(cli->db);
	a = cli->arena; /* cli itself is in it */
	arena_release(&a);
	if (fflush(stdout) != 0 && rc == CLI_OK) {
		(void)fprintf(stderr, "slipway: could not write the output\n");
		rc = CLI_FAILED;
	}
	return (int)rc;
}
