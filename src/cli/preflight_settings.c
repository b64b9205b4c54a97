/*
 * `slipway preflight`, the settings: that money has limits which fit each
 * other, that every model has a price, and that somebody is told.
 */
#include "base/clock.h"
#include "base/num.h"
#include "cli/preflight.h"
#include "db/db.h"
#include "llm/prices.h"
#include "ops/alert.h"

#include <inttypes.h>
#include <string.h>

#define LIST_BYTES      ((size_t)2048)
#define PRICES_MAX_DAYS 90

/* Caps -------------------------------------------------------------------- */

static void check_system_cap(struct preflight *p)
{
	static const char check[] = "A8 system-cap";
	const struct conf *const c = &p->site.cli->conf;
	const int64_t cap = c->limits.system_daily_pico;
	char usd[NUM_USD_BYTES];

	if (cap == 0)
		verdict_note(&p->site.verdicts, check, VERDICT_FAIL,
			     "[limits] system_daily_usd of %s is 0: every call "
			     "that costs something is refused",
			     c->path);
	else
		verdict_note(&p->site.verdicts, check, VERDICT_PASS,
			     "a day costs at most %s USD",
			     num_format_usd(cap, usd));
}

static void check_cap_order(struct preflight *p)
{
	static const char check[] = "A7 cap-order";
	const struct conf_limits *const l = &p->site.cli->conf.limits;
	const char *const path = p->site.cli->conf.path;
	char user[NUM_USD_BYTES];
	char tenant[NUM_USD_BYTES];

	if (l->user_daily_pico == 0)
		verdict_note(&p->site.verdicts, check, VERDICT_FAIL,
			     "[limits] user_daily_usd of %s is 0: whoever has "
			     "no cap of his own is refused",
			     path);
	else if (l->user_daily_pico > l->tenant_daily_pico)
		verdict_note(&p->site.verdicts, check, VERDICT_FAIL,
			     "[limits] user_daily_usd of %s is above "
			     "tenant_daily_usd, so one person can close the "
			     "service for its tenant",
			     path);
	else if (l->tenant_daily_pico > l->system_daily_pico)
		verdict_note(&p->site.verdicts, check, VERDICT_FAIL,
			     "[limits] tenant_daily_usd of %s is above "
			     "system_daily_usd, so one tenant can close the "
			     "service for all",
			     path);
	else if (p->facts.known && p->facts.uncapped.n > 0)
		verdict_note(&p->site.verdicts, check, VERDICT_WARN,
			     "these have no daily cap of their own: " STR_FMT
			     "; slipway cap set user NAME --daily-usd N",
			     STR_ARG(p->facts.uncapped));
	else
		verdict_note(&p->site.verdicts, check, VERDICT_PASS,
			     "a user %s USD a day, a tenant %s",
			     num_format_usd(l->user_daily_pico, user),
			     num_format_usd(l->tenant_daily_pico, tenant));
}

static void check_rpm(struct preflight *p)
{
	static const char check[] = "A6 rpm";
	const int64_t rpm = p->site.cli->conf.limits.user_rpm;

	if (rpm > 0)
		verdict_note(&p->site.verdicts, check, VERDICT_PASS,
			     "a user has %" PRId64 " requests a minute", rpm);
	else
		verdict_note(&p->site.verdicts, check, VERDICT_FAIL,
			     "[limits] user_rpm of %s is 0, no limit: a loop "
			     "of one client takes the service from all; the "
			     "default is 10",
			     p->site.cli->conf.path);
}

static void check_visitors(struct preflight *p)
{
	static const char check[] = "A4 visitors";
	const struct conf *const c = &p->site.cli->conf;
	const struct conf_feature *open = NULL;
	const struct conf_feature *blind = NULL;
	char usd[NUM_USD_BYTES];

	for (size_t i = 0; i < c->nfeatures; i++) {
		const struct conf_feature *const f = &c->features[i];
		if (f->anonymous == 0)
			continue;
		open = f;
		if (f->passages > 0 && strchr(f->collection, '/') == NULL)
			blind = f;
	}
	if (open == NULL)
		verdict_note(&p->site.verdicts, check, VERDICT_PASS,
			     "no feature answers people without an account");
	else if (c->limits.anonymous_daily_pico >= c->limits.system_daily_pico)
		verdict_note(&p->site.verdicts, check, VERDICT_FAIL,
			     "[feature %s] anonymous lets visitors in, and "
			     "[limits] anonymous_daily_usd of %s does not keep "
			     "them below system_daily_usd: strangers can use "
			     "up the day's money",
			     open->name, c->path);
	else if (blind != NULL)
		verdict_note(
			&p->site.verdicts, check, VERDICT_WARN,
			"visitors belong to no tenant of yours, so [feature "
			"%s] finds no documents for them; collection = "
			"default/NAME lets them have that of the tenant "
			"default (unless you indexed some with --tenant "
			"anonymous)",
			blind->name);
	else
		verdict_note(
			&p->site.verdicts, check, VERDICT_PASS,
			"all visitors together %s USD a day",
			num_format_usd(c->limits.anonymous_daily_pico, usd));
}

/* Prices ------------------------------------------------------------------ */

struct pricing {
	const struct conf *conf;
	struct prices *prices;
	struct buf missing; /* "openai/x, …" */
	size_t models;
};

static void look_up(struct pricing *g, struct str model)
{
	struct str name;
	struct str rest;
	struct price price;

	if (!str_cut(model, '/', &name, &rest))
		return; /* extract, static; or none */
	const struct conf_provider *const provider =
		conf_provider(g->conf, name);
	if (provider == NULL)
		return;
	g->models++;
	if (prices_find(g->prices, provider, rest, &price) != ERR_OK &&
	    (g->missing.n == 0 ||
	     strstr(buf_c(&g->missing), str_dup(g->missing.arena, model)) ==
		     NULL))
		buf_addf(&g->missing, "%s" STR_FMT,
			 g->missing.n > 0 ? ", " : "", STR_ARG(model));
}

static void look_up_all(struct pricing *g)
{
	for (size_t i = 0; i < g->conf->nfeatures; i++) {
		const struct conf_feature *const f = &g->conf->features[i];
		for (size_t k = 0; k < f->nroute; k++)
			look_up(g, f->route[k]);
		look_up(g, f->shadow);
		look_up(g, f->guard.moderation);
	}
}

static void check_prices(struct preflight *p)
{
	static const char check[] = "B23 prices";
	struct pricing g = {.conf = &p->site.cli->conf};
	struct db *db = NULL;

	buf_init(&g.missing, &p->site.cli->arena, LIST_BYTES);
	enum err err = prices_new(&g.prices, NULL, &p->site.cli->err);
	if (err == ERR_OK)
		err = cli_db(p->site.cli, &db);
	if (err == ERR_OK)
		err = prices_load(g.prices, db, &p->site.cli->err);
	if (err == ERR_OK)
		look_up_all(&g);
	prices_free(g.prices);
	if (err != ERR_OK)
		preflight_no_database(p, check);
	else if (g.missing.n > 0)
		verdict_note(&p->site.verdicts, check, VERDICT_FAIL,
			     "no price is known for %s, so it is never asked: "
			     "slipway prices import FILE; for a model of your "
			     "own [provider NAME] price = free",
			     buf_c(&g.missing));
	else if (g.models > 0 && p->facts.known &&
		 p->facts.prices_age_days > PRICES_MAX_DAYS)
		verdict_note(&p->site.verdicts, check, VERDICT_WARN,
			     "the price list last changed %" PRId64
			     " days ago: look whether it is still true, "
			     "slipway prices import FILE",
			     p->facts.prices_age_days);
	else
		verdict_note(&p->site.verdicts, check, VERDICT_PASS,
			     "all %zu models of the routes have one", g.models);
}

/* Alerts ------------------------------------------------------------------ */

/* Send a test through each channel; false when one failed, which is noted. */
static bool send_tests(struct preflight *p, const char *check)
{
	struct cli *const cli = p->site.cli;
	const struct alert_news news = {
		.rule = STR("test"),
		.detail = STR("Sent by `slipway preflight --send-alert`"),
		.kind = STR("test"),
		.raised_ms = clock_wall_ms(),
	};

	for (int i = 0; i < ALERT_CHANNELS; i++) {
		const enum alert_channel c = (enum alert_channel)i;
		int64_t retry_ms = 0;
		if (!alert_channel_on(&cli->conf, c) ||
		    alert_send(&cli->conf, &cli->arena, c, &news, &retry_ms,
			       &cli->err) == ERR_OK)
			continue;
		verdict_note(&p->site.verdicts, check, VERDICT_FAIL,
			     "a test by %s was not taken (%s): see [alerts] "
			     "and [mail] of %s",
			     alert_channel_name(c), cli->err.detail,
			     cli->conf.path);
		err_clear(&cli->err);
		return false;
	}
	return true;
}

static void check_alerts(struct preflight *p)
{
	static const char check[] = "A16 alerts";
	const struct conf *const c = &p->site.cli->conf;
	const bool hook = alert_channel_on(c, ALERT_WEBHOOK);
	const bool mail = alert_channel_on(c, ALERT_MAIL);

	if (!hook && !mail) {
		verdict_note(&p->site.verdicts, check, VERDICT_FAIL,
			     "nobody is told of cost, errors and latency: set "
			     "[alerts] webhook_url_file or mail_to (with "
			     "[mail]) in %s, then slipway alerts test",
			     c->path);
		return;
	}
	if (p->send_alert && !send_tests(p, check))
		return;
	verdict_note(&p->site.verdicts, check, VERDICT_PASS, "by %s%s%s%s",
		     hook ? "webhook" : "", hook && mail ? " and " : "",
		     mail ? "mail" : "",
		     p->send_alert ? "; a test was sent"
				   : "; --send-alert sends a test");
}

/* What people see ---------------------------------------------------------- */

static void check_guard(struct preflight *p)
{
	static const char check[] = "B13 guard";
	const struct conf *const c = &p->site.cli->conf;

	if (c->guard.input && c->guard.output)
		verdict_note(&p->site.verdicts, check, VERDICT_PASS,
			     "questions and answers are looked at");
	else
		verdict_note(&p->site.verdicts, check, VERDICT_WARN,
			     "[guard] %s of %s is off: private data %s",
			     c->guard.input ? "output" : "input", c->path,
			     c->guard.input ? "in answers reaches people"
					    : "in questions reaches providers");
}

static void check_cookies(struct preflight *p)
{
	static const char check[] = "A17 cookies";
	const struct conf *const c = &p->site.cli->conf;
	const bool https = str_starts(str_from(p->site.url), STR("https://"));

	if (https && !c->auth.secure_cookies)
		verdict_note(&p->site.verdicts, check, VERDICT_FAIL,
			     "[auth] secure_cookies of %s is off: a session "
			     "can leave over plain http; delete that line",
			     c->path);
	else
		verdict_note(&p->site.verdicts, check, VERDICT_PASS,
			     c->auth.secure_cookies
				     ? "only over https"
				     : "off, as plain http needs it");
}

static void check_public(struct preflight *p)
{
	static const char check[] = "A21 about";
	const struct conf_server *const s = &p->site.cli->conf.server;
	const char *missing = NULL;

	if (s->contact_email[0] == '\0')
		missing = "contact_email";
	if (s->operator_name[0] == '\0')
		missing = "operator_name";
	if (s->public_url[0] == '\0')
		missing = "public_url";
	if (missing != NULL)
		verdict_note(&p->site.verdicts, check, VERDICT_WARN,
			     "[server] %s of %s is not set: the page /about, "
			     "links in mails and alerts have a gap there",
			     missing, p->site.cli->conf.path);
	else if (!str_eq_c(str_from(p->site.url), s->public_url))
		verdict_note(&p->site.verdicts, check, VERDICT_WARN,
			     "[server] public_url is %s, and this was %s: "
			     "links in mails and alerts lead there",
			     s->public_url, p->site.url);
	else
		verdict_note(&p->site.verdicts, check, VERDICT_PASS,
			     "run by %s, %s", s->operator_name,
			     s->contact_email);
}

void preflight_settings(struct preflight *p)
{
	if (!preflight_has_conf(p, "B35 settings"))
		return;
	check_system_cap(p);
	check_cap_order(p);
	check_rpm(p);
	check_visitors(p);
	check_prices(p);
	check_alerts(p);
	check_guard(p);
	check_cookies(p);
	check_public(p);
}
