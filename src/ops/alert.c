/*
 * What an alert says, and how it is sent.  The titles are the first lines of
 * the runbooks in www/docs/runbooks, which a test compares.
 */
#include "ops/alert.h"

#include "base/clock.h"
#include "conf/conf.h"
#include "net/http.h"
#include "net/mail.h"
#include "json/json.h"

#include <assert.h>

#define TEXT_BYTES   ((size_t)64 * 1024)
#define RUNBOOKS     "/docs/runbooks/"
#define DETAIL_BYTES 200

struct rule {
	const char *name;
	const char *title;
	const char *todo;
	const char *runbook;
};

static const struct rule rules[] = {
	{"cost_spike", "Costs are unusually high",
	 "Find out who spends: cost_by_user, cost_by_feature. Pause the "
	 "feature, or lower a cap.",
	 "cost-spike.html"},
	{"cap_warn", "A budget is nearly used up",
	 "Decide whether to raise it before people are refused.",
	 "cost-spike.html"},
	{"cap_reached", "A budget is used up",
	 "People are refused until it resets. Raise it, or leave it.",
	 "cost-spike.html"},
	{"unpriced", "A model has no price",
	 "It is left out of its routes. Import its price.",
	 "cost-spike.html#unpriced"},
	{"over_reservation", "A call cost more than its reservation",
	 "A price or a bound is wrong: compare with the provider's list.",
	 "cost-spike.html#ledger"},
	{"old_reservations", "Reservations are not settled",
	 "Workers or the reaper do not run: look at their log.",
	 "cost-spike.html#ledger"},
	{"ledger_check", "The ledger has a fault",
	 "SELECT * FROM slipway.ledger_check says where.",
	 "cost-spike.html#ledger"},
	{"error_rate", "Too many calls fail",
	 "errors_by_hour says why; see whether a provider is down.",
	 "provider-outage.html"},
	{"budget_burn", "The error budget burns too fast",
	 "errors_by_hour says why; see whether a provider is down.",
	 "provider-outage.html"},
	{"latency_p95", "Answers take too long",
	 "See which model is slow: latency_by_day, /health/llm.",
	 "provider-outage.html#slow"},
	{"ttft_p95", "First words come too late",
	 "See which model is slow: latency_by_day, /health/llm.",
	 "provider-outage.html#slow"},
	{"fallback_share", "Too many answers come from a fallback",
	 "The first model of a route fails: see errors_by_hour.",
	 "provider-outage.html"},
	{"breaker_open", "A model is not asked any more",
	 "It failed several times in a row. It is tried again by itself.",
	 "provider-outage.html"},
	{"quota", "A provider's limit is nearly reached",
	 "Ask the provider for more, or move a feature to another one.",
	 "provider-outage.html#quota"},
	{"probe", "A part of the service is down",
	 "Look at /status/ and /ready.", "stream-failure.html"},
	{"probe_stale", "Nobody looks at the service any more",
	 "slipway probe does not run: look at its timer or cron.",
	 "stream-failure.html#probe"},
	{"database", "The database does not answer",
	 "See whether PostgreSQL runs and whether its disk is full.",
	 "database-full.html"},
	{"test", "This is a test", "Nothing: alerts arrive here.", ""},
};

static const struct rule *rule_of(struct str name)
{
	static const struct rule unknown = {
		"", "Something is wrong", "Look at `slipway alerts list`.", ""};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (str_eq_c(name, rules[i].name))
			return &rules[i];
	return &unknown;
}

void alert_write_rules(struct jw *w, const char *name)
{
	jw_open_object(w, name);
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		jw_open_object(w, rules[i].name);
		jw_c(w, "title", rules[i].title);
		jw_c(w, "runbook", rules[i].runbook);
		jw_close(w);
	}
	jw_close(w);
}

const char *alert_channel_name(enum alert_channel c)
{
	assert(c < ALERT_CHANNELS);
	return c == ALERT_WEBHOOK ? "webhook" : "mail";
}

bool alert_channel_on(const struct conf *conf, enum alert_channel c)
{
	assert(c < ALERT_CHANNELS);
	return c == ALERT_WEBHOOK ? conf->alerts.webhook_url.secret_p != NULL
				  : conf->alerts.mail_to[0] != '\0';
}

static const char *word_of(struct str kind)
{
	if (str_eq_c(kind, "resolved"))
		return "Resolved";
	if (str_eq_c(kind, "reminder"))
		return "Still";
	return str_eq_c(kind, "test") ? "Test" : "Raised";
}

/* "Raised: Too many calls fail (openai)" */
static void add_title(const struct alert_news *n, struct buf *out)
{
	buf_addf(out, "%s: %s", word_of(n->kind), rule_of(n->rule)->title);
	if (n->subject.n > 0)
		buf_addf(out, " (" STR_FMT ")", STR_ARG(n->subject));
}

static void add_time(const char *word, int64_t at_ms, struct buf *out)
{
	char at[CLOCK_TEXT_BYTES];

	if (at_ms > 0)
		buf_addf(out, "%s %.16s UTC\n", word, clock_format(at_ms, at));
}

/* All of it in lines: what, since when, what to do, the runbook's address. */
static void add_text(const struct conf *conf, const struct alert_news *n,
		     struct buf *out)
{
	const struct rule *const r = rule_of(n->rule);
	const bool over = str_eq_c(n->kind, "resolved");

	add_title(n, out);
	buf_addf(out, "\n%s" STR_FMT ".\n", over ? "It was: " : "",
		 STR_ARG(n->detail));
	add_time("Since", n->raised_ms, out);
	add_time("Over", n->resolved_ms, out);
	if (!over)
		buf_addf(out, "What to do: %s\n", r->todo);
	buf_addf(out, "Runbook: %s" RUNBOOKS "%s\n", conf->server.public_url,
		 r->runbook);
	buf_addf(out, "Status: %s/status/\n", conf->server.public_url);
}

/*
 * The body of a webhook: {"text": …}, with what Slack would take for markup
 * or a mention escaped.
 */
static void add_slack(const struct conf *conf, const struct alert_news *n,
		      struct buf *out)
{
	struct buf plain;
	struct buf text;
	struct jw w;

	buf_init(&plain, out->arena, TEXT_BYTES);
	buf_init(&text, out->arena, 5 * TEXT_BYTES);
	buf_add_c(&plain, "[");
	buf_add_c(&plain, conf->server.name);
	buf_add_c(&plain, "] ");
	add_text(conf, n, &plain);
	/* https://api.slack.com/reference/surfaces/formatting#escaping */
	for (size_t i = 0; i < plain.n; i++) {
		const char c = plain.p[i];
		if (c == '&')
			buf_add_c(&text, "&amp;");
		else if (c == '<')
			buf_add_c(&text, "&lt;");
		else if (c == '>')
			buf_add_c(&text, "&gt;");
		else
			buf_add_char(&text, c);
	}
	jw_init(&w, out);
	jw_open_object(&w, NULL);
	jw_str(&w, "text", buf_str(&text));
	jw_close(&w);
}

static enum err send_webhook(const struct conf *conf, struct arena *a,
			     const struct alert_news *n, int64_t *retry_ms,
			     struct errbuf *e)
{
	struct buf body;
	struct net_reply reply;

	buf_init(&body, a, 16 * TEXT_BYTES);
	add_slack(conf, n, &body);
	ERR_TRY(buf_err(&body));
	const struct net_request req = {
		.what = "the webhook",
		.url = conf->alerts.webhook_url.secret_p,
		.headers = {"Content-Type: application/json"},
		.body = buf_str(&body),
		.timeout_ms = conf->alerts.send_timeout_ms,
		.private_network = conf->server.private_network,
	};
	ERR_TRY(net_http(a, &req, &reply, e));
	if (reply.status >= 200 && reply.status < 300)
		return ERR_OK;
	*retry_ms = reply.retry_after_s * 1000;
	return err_set(
		e, ERR_IO, "the webhook answers %ld: " STR_FMT, reply.status,
		STR_ARG(str_utf8_prefix(str_trim(reply.body), DETAIL_BYTES)));
}

static enum err send_mail(const struct conf *conf, struct arena *a,
			  const struct alert_news *n, struct errbuf *e)
{
	struct buf subject;
	struct buf text;

	buf_init(&subject, a, TEXT_BYTES);
	buf_init(&text, a, TEXT_BYTES);
	buf_addf(&subject, "[%s] ", conf->server.name);
	add_title(n, &subject);
	add_text(conf, n, &text);
	ERR_TRY(buf_err(&text));
	const struct mail m = {
		.to = conf->alerts.mail_to,
		.subject = buf_c(&subject),
		.text = buf_c(&text),
		.id = n->id,
	};
	return mail_send(&conf->mail, &m, e);
}

enum err alert_send(const struct conf *conf, struct arena *a,
		    enum alert_channel c, const struct alert_news *n,
		    int64_t *retry_ms, struct errbuf *e)
{
	*retry_ms = 0;
	return c == ALERT_WEBHOOK ? send_webhook(conf, a, n, retry_ms, e)
				  : send_mail(conf, a, n, e);
}
