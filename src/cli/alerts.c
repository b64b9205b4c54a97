/*
 * `slipway alerts`: look at the rules, raise and resolve alerts, and send what
 * is due.  Run every minute by cron or a timer, on one host or on several.
 */
#include "base/clock.h"
#include "cli/commands.h"
#include "db/db.h"
#include "ops/alert_store.h"
#include "ops/publish.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#define LOCAL_BYTES ((size_t)16 * 1024)

static void complain(const char *what, const struct errbuf *e)
{
	(void)fprintf(stderr, "slipway alerts: %s: %s\n", what, e->detail);
}

static const char *local_path(const struct cli *cli, char path[static PATH_MAX])
{
	(void)snprintf(path, PATH_MAX, "%s/alerts.json",
		       cli->conf.server.state_dir);
	return path;
}

static enum err keep(void *arg, const struct alert_local *l)
{
	struct cli *const cli = arg;
	char path[PATH_MAX];
	struct buf out;

	buf_init(&out, &cli->arena, LOCAL_BYTES);
	alert_local_write(l, &out);
	return publish_file(local_path(cli, path), buf_str(&out), &cli->err);
}

static void read_local(struct cli *cli, struct alert_local *out)
{
	char path[PATH_MAX];
	struct str text = STR_NONE;

	if (access(local_path(cli, path), F_OK) == 0 &&
	    cli_read_file(cli, path, LOCAL_BYTES, &text) != ERR_OK) {
		complain("what was sent before is not known", &cli->err);
		err_clear(&cli->err);
	}
	alert_local_read(&cli->arena, text, out);
}

static bool any_channel(const struct conf *conf)
{
	for (int c = 0; c < ALERT_CHANNELS; c++)
		if (alert_channel_on(conf, (enum alert_channel)c))
			return true;
	return false;
}

/* Look and send; ERR_OK also when messages have to wait. */
static enum err look(struct cli *cli, struct alert_sender *s,
		     struct alert_counts *counts)
{
	struct db *db = NULL;

	ERR_TRY(cli_db(cli, &db));
	ERR_TRY(alert_look(&cli->conf, db, &cli->arena, counts, &cli->err));
	return alert_deliver(s, db, &cli->err);
}

static enum cli_exit run(struct cli *cli, int argc, char **argv)
{
	struct alert_local local;
	struct alert_counts n = {0};
	struct alert_sender sender = {
		.conf = &cli->conf,
		.arena = &cli->arena,
		.local = &local,
		.keep = keep,
		.arg = cli,
		.complain = complain,
	};
	size_t words = 0;

	if (cli_args(cli, argc, argv, NULL, 0, NULL, 0, &words) != ERR_OK)
		return cli_usage(cli, argv[0]);
	if (!any_channel(&cli->conf))
		(void)printf("nobody is told: set [alerts] webhook_url_file or "
			     "mail_to\n");
	read_local(cli, &local);
	const struct alert_local before = local;
	const enum err err = look(cli, &sender, &n);
	alert_database(&sender, err != ERR_OK ? &cli->err : NULL,
		       clock_wall_ms());
	if (err != ERR_OK) {
		const enum cli_exit rc = cli_fail(cli, argv[0], err);
		err_clear(&cli->err);
		if (keep(cli, &local) != ERR_OK)
			(void)cli_fail(cli, argv[0], ERR_IO);
		return rc;
	}
	if (before.down_ms != 0 && keep(cli, &local) != ERR_OK)
		return cli_fail(cli, argv[0], ERR_IO);
	(void)printf("%" PRId64 " raised, %" PRId64 " resolved, %" PRId64
		     " open; %" PRId64 " sent, %" PRId64 " must wait\n",
		     n.raised, n.resolved, n.open, sender.sent, sender.failed);
	return CLI_OK;
}

static enum cli_exit test(struct cli *cli, int argc, char **argv)
{
	const struct alert_news news = {
		.rule = STR("test"),
		.detail = STR("Sent by `slipway alerts test`"),
		.kind = STR("test"),
		.raised_ms = clock_wall_ms(),
	};
	enum cli_exit rc = CLI_OK;
	size_t words = 0;

	if (cli_args(cli, argc, argv, NULL, 0, NULL, 0, &words) != ERR_OK)
		return cli_usage(cli, argv[0]);
	if (!any_channel(&cli->conf)) {
		(void)err_set(&cli->err, ERR_CONFIG,
			      "set [alerts] webhook_url_file or mail_to first");
		return cli_fail(cli, argv[0], ERR_CONFIG);
	}
	for (int c = 0; c < ALERT_CHANNELS; c++) {
		const enum alert_channel channel = (enum alert_channel)c;
		struct errbuf e = {0};
		int64_t retry_ms = 0;
		if (!alert_channel_on(&cli->conf, channel))
			continue;
		if (alert_send(&cli->conf, &cli->arena, channel, &news,
			       &retry_ms, &e) == ERR_OK) {
			(void)printf("%s: sent\n", alert_channel_name(channel));
			continue;
		}
		complain(alert_channel_name(channel), &e);
		rc = CLI_FAILED;
	}
	return rc;
}

static enum cli_exit list(struct cli *cli, int argc, char **argv)
{
	static const char *const titles[] = {"RAISED",  "RESOLVED", "RULE",
					     "SUBJECT", "WAITING",  "DETAIL"};
	static const struct cli_listing listing = {
		.sql = "SELECT to_char(raised_at" CLI_MINUTE
		       ", to_char(resolved_at" CLI_MINUTE
		       ", rule, nullif(subject, ''), "
		       "waiting || CASE WHEN last_error <> '' "
		       "THEN ': ' || last_error ELSE '' END, detail "
		       "FROM slipway.alert_list($1)",
		.titles = titles,
		.none = "no alert is raised",
	};
	bool all = false;
	const struct cli_option options[] = {{.name = "--all", .flag = &all}};
	size_t words = 0;

	if (cli_args(cli, argc, argv, options, 1, NULL, 0, &words) != ERR_OK)
		return cli_usage(cli, argv[0]);
	const struct str param = str_from(all ? "true" : "false");
	return cli_show(cli, argv[0], &listing, &param, 1);
}

enum cli_exit cli_alerts(struct cli *cli, int argc, char **argv)
{
	static const struct cli_action actions[] = {
		{"run", run}, {"test", test}, {"list", list}};

	if (argc == 1)
		return run(cli, argc, argv);
	return cli_dispatch(cli, argc, argv, actions, 3);
}
