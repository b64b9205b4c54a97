/*
 * `slipway preflight`, over the limits: one request a minute and a budget of
 * nothing are refused, with the words and headers that clients need.
 */
#include "base/num.h"
#include "cli/preflight.h"

#include <string.h>

#define WORDS "Answer with the word ok."

/* What a refusal lacks; NULL: nothing. */
static const char *flaw_of(const struct net_reply *reply, struct json said,
			   const char *code)
{
	if (reply->status != 429)
		return "it is no 429";
	if (!str_eq_c(json_str(json_get(said, "code")), code))
		return "it has another code";
	if (reply->retry_after_s <= 0)
		return "Retry-After is missing: something on the way drops "
		       "headers";
	if (json_str(json_get(said, "detail")).n == 0)
		return "it has no sentence for people";
	return NULL;
}

static void judge(struct preflight *p, const char *check, const char *code,
		  const struct net_reply *reply, struct json said)
{
	const char *const flaw = flaw_of(reply, said, code);
	const struct str words = json_str(json_get(said, "detail"));

	if (flaw == NULL)
		verdict_note(&p->site.verdicts, check, VERDICT_PASS,
			     "429 %s, \"" STR_FMT "\"", code, STR_ARG(words));
	else
		verdict_note(&p->site.verdicts, check, VERDICT_FAIL,
			     "POST %s/chat over the limit answers %ld " STR_FMT
			     ": %s; is [database] dsn of %s the service's own?",
			     p->site.url, reply->status,
			     STR_ARG(json_str(json_get(said, "code"))), flaw,
			     p->site.cli->conf.path);
}

/* The place of a minute is taken by a list of models, which costs nothing. */
static void check_rate(struct preflight *p)
{
	static const char check[] = "A6 rate-limit";
	const struct site_ask first = {.path = "/v1/models", .header = p->slow};
	const struct site_ask second = {
		.path = "/chat",
		.header = p->slow,
		.body = site_question(&p->site, p->feature, WORDS, 16)};
	struct net_reply reply;
	struct json said;

	if (site_http(&p->site, &first, &reply, &said) != ERR_OK) {
		site_unanswered(&p->site, check, first.path);
		return;
	}
	if (reply.status != 200) {
		verdict_note(
			&p->site.verdicts, check, VERDICT_FAIL,
			"GET %s/v1/models with a new key answers %ld " STR_FMT
			": is [database] dsn of %s the service's "
			"own, and is the Authorization header passed on?",
			p->site.url, reply.status,
			STR_ARG(json_str(json_get(said, "code"))),
			p->site.cli->conf.path);
		return;
	}
	if (preflight_refused(p, &second, &reply, &said) != ERR_OK)
		site_unanswered(&p->site, check, second.path);
	else
		judge(p, check, "rate_limited", &reply, said);
}

static void check_cap(struct preflight *p)
{
	static const char check[] = "A7 daily-cap";
	const struct site_ask ask = {
		.path = "/chat",
		.header = p->poor,
		.body = site_question(&p->site, p->feature, WORDS, 16)};
	struct net_reply reply;
	struct json said;
	int64_t cost = -1;

	if (preflight_refused(p, &ask, &reply, &said) != ERR_OK) {
		site_unanswered(&p->site, check, ask.path);
		return;
	}
	if (reply.status == 200 &&
	    num_parse_usd(json_str(json_get(said, "cost_usd")), &cost) ==
		    ERR_OK &&
	    cost == 0) {
		verdict_note(&p->site.verdicts, check, VERDICT_SKIP,
			     "the answers of this feature cost nothing; name "
			     "one that spends with --feature");
		return;
	}
	if (reply.status == 429 &&
	    !str_eq_c(net_header(&reply, "x-should-retry"), "false"))
		verdict_note(&p->site.verdicts, check, VERDICT_FAIL,
			     "the refusal lacks x-should-retry: false, so "
			     "clients come back at once: something on the way "
			     "drops headers");
	else
		judge(p, check, "key_cap", &reply, said);
}

void preflight_limits(struct preflight *p)
{
	if (p->slow == NULL || p->poor == NULL) {
		verdict_note(&p->site.verdicts, "A6 rate-limit", VERDICT_SKIP,
			     "%s", p->why_no_keys);
		verdict_note(&p->site.verdicts, "A7 daily-cap", VERDICT_SKIP,
			     "%s", p->why_no_keys);
		return;
	}
	check_rate(p);
	check_cap(p);
}
