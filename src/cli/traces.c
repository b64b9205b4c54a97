/*
 * `slipway traces`: send spans of settled calls to an OpenTelemetry collector
 * (OTLP/HTTP JSON).  Run by cron or a timer; the ledger is the outbox, so no
 * request ever waits for the collector, and an outage of it loses nothing.
 */
#include "base/buf.h"
#include "cli/commands.h"
#include "db/db.h"
#include "net/http.h"
#include "json/json.h"

#include <inttypes.h>
#include <stdio.h>

#define BATCH_CALLS   "200"
#define MAX_BATCHES   500
#define BODY_BYTES    ((size_t)16 * 1024 * 1024)
#define TIMEOUT_MS    10000
#define STATUS_OK     200
#define STATUS_BAD    400
#define STATUS_SERVER 500

enum { COL_SPANS, COL_CALLS, COL_SETTLED_AT, COL_REQUEST_ID };

/* The spans with who sends them. */
static enum err encode(struct cli *cli, struct str spans, struct buf *out)
{
	struct jw w;

	jw_init(&w, out);
	jw_open_object(&w, NULL);
	jw_open_array(&w, "resourceSpans");
	jw_open_object(&w, NULL);
	jw_open_object(&w, "resource");
	jw_open_array(&w, "attributes");
	jw_open_object(&w, NULL);
	jw_c(&w, "key", "service.name");
	jw_open_object(&w, "value");
	jw_c(&w, "stringValue", cli->conf.traces.service_name);
	jw_close(&w);
	jw_close(&w);
	jw_close(&w);
	jw_close(&w);
	jw_open_array(&w, "scopeSpans");
	jw_open_object(&w, NULL);
	jw_open_object(&w, "scope");
	jw_c(&w, "name", "slipway");
	jw_close(&w);
	jw_raw(&w, "spans", spans);
	while (w.depth > 0)
		jw_close(&w);
	return buf_err(out);
}

/*
 * Post one batch.  What the collector refuses for good would be refused
 * tomorrow, too: it is left out, and said.
 */
static enum err post(struct cli *cli, struct str body)
{
	const struct conf_traces *const conf = &cli->conf.traces;
	struct net_reply reply = {0};
	const struct net_request req = {
		.what = "the collector",
		.url = conf->otlp_url,
		.headers = {"Content-Type: application/json",
			    conf->header.secret_p},
		.body = body,
		.timeout_ms = TIMEOUT_MS,
		.private_network = cli->conf.server.private_network,
	};

	ERR_TRY(net_http(&cli->arena, &req, &reply, &cli->err));
	if (reply.status >= STATUS_OK && reply.status < 300)
		return ERR_OK;
	if (reply.status < STATUS_BAD || reply.status >= STATUS_SERVER ||
	    reply.status == 401 || reply.status == 403 || reply.status == 404 ||
	    reply.status == 408 || reply.status == 429)
		return err_set(&cli->err, ERR_IO,
			       "the collector answered %ld; the spans stay "
			       "for the next run",
			       reply.status);
	(void)fprintf(stderr,
		      "slipway traces: the collector refuses a batch (%ld: "
		      "%.*s); it is left out\n",
		      reply.status,
		      (int)(reply.body.n < 200 ? reply.body.n : 200),
		      reply.body.n > 0 ? reply.body.p : "");
	return ERR_OK;
}

/* *calls: how many were sent; 0 when none is due. */
static enum err send_batch(struct cli *cli, int64_t *calls)
{
	const struct str limit = STR(BATCH_CALLS);
	struct db_rows rows;
	struct buf body;

	*calls = 0;
	ERR_TRY(cli_call(cli, "SELECT * FROM slipway.traces_next($1)", &limit,
			 1, &rows));
	if (rows.nrows != 1 || db_str(&rows, 0, COL_SPANS).p == NULL)
		return ERR_OK;
	buf_init(&body, &cli->arena, BODY_BYTES);
	ERR_TRY(encode(cli, db_str(&rows, 0, COL_SPANS), &body));
	ERR_TRY(post(cli, buf_str(&body)));
	const struct str sent[] = {db_str(&rows, 0, COL_SETTLED_AT),
				   db_str(&rows, 0, COL_REQUEST_ID)};
	ERR_TRY(cli_call(cli, "SELECT slipway.traces_sent($1, $2)", sent, 2,
			 NULL));
	*calls = db_i64(&rows, 0, COL_CALLS);
	return ERR_OK;
}

enum cli_exit cli_traces(struct cli *cli, int argc, char **argv)
{
	int64_t total = 0;
	int64_t calls = 1;
	size_t n = 0;

	if (cli_args(cli, argc, argv, NULL, 0, NULL, 0, &n) != ERR_OK)
		return cli_usage(cli, argv[0]);
	if (cli->conf.traces.otlp_url[0] == '\0') {
		(void)printf("[traces] otlp_url is not set: nothing is sent\n");
		return CLI_OK;
	}
	for (int i = 0; i < MAX_BATCHES && calls > 0; i++) {
		const enum err err = send_batch(cli, &calls);
		if (err != ERR_OK)
			return cli_fail(cli, argv[0], err);
		total += calls;
	}
	(void)printf("sent the spans of %" PRId64 " calls\n", total);
	return CLI_OK;
}
