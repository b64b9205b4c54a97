/*
 * `slipway preflight`, the way to the service: its certificate, what answers
 * on plain http, and the headers that every page must have.
 */
#include "base/clock.h"
#include "cli/preflight.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DAY_S          INT64_C(86400)
#define CERT_FAIL_DAYS 7
#define CERT_WARN_DAYS 21
#define TIMEOUT_MS     15000
#define URL_BYTES      ((size_t)1024)

static bool is_https(const struct preflight *p)
{
	return str_starts(str_from(p->site.url), STR("https://"));
}

static void skip_here(struct preflight *p, const char *check)
{
	verdict_note(&p->site.verdicts, check, VERDICT_SKIP,
		     "%s is plain http to this machine; run it again with the "
		     "address that people use",
		     p->site.url);
}

static void check_certificate(struct preflight *p,
			      const struct net_reply *reply)
{
	static const char check[] = "A18 certificate";
	const int64_t days =
		(reply->cert_until_s - clock_wall_ms() / 1000) / DAY_S;

	if (!is_https(p)) {
		skip_here(p, check);
		return;
	}
	if (days < CERT_WARN_DAYS)
		verdict_note(&p->site.verdicts, check,
			     days < CERT_FAIL_DAYS ? VERDICT_FAIL
						   : VERDICT_WARN,
			     "the certificate ends in %" PRId64
			     " days: renew it, and see why that did not happen "
			     "by itself (certbot.timer, the host's panel)",
			     days);
	else
		verdict_note(&p->site.verdicts, check, VERDICT_PASS,
			     "valid for %" PRId64 " more days", days);
}

/* http://HOST/ of https://HOST[:PORT]/… */
static const char *plain_url(struct preflight *p)
{
	char *const url = arena_alloc(&p->site.cli->arena, URL_BYTES);
	const char *const from = p->site.url + strlen("https://");
	const size_t n =
		from[0] == '[' ? strcspn(from, "]") + 1 : strcspn(from, ":/");

	(void)snprintf(url, URL_BYTES, "http://%.*s/", (int)n, from);
	return url;
}

static void check_plain(struct preflight *p)
{
	static const char check[] = "A18 plain-http";
	struct net_request ask = {.what = "plain http",
				  .timeout_ms = TIMEOUT_MS,
				  .private_network = true,
				  .in_the_clear = true};
	struct net_reply reply;

	if (!is_https(p)) {
		skip_here(p, check);
		return;
	}
	ask.url = plain_url(p);
	if (ask.url == NULL) {
		verdict_note(&p->site.verdicts, check, VERDICT_SKIP,
			     "%s has a port of its own: there is no telling "
			     "where plain http would be",
			     p->site.url);
		return;
	}
	if (net_http(&p->site.cli->arena, &ask, &reply, &p->site.cli->err) !=
	    ERR_OK) {
		err_clear(&p->site.cli->err);
		verdict_note(&p->site.verdicts, check, VERDICT_PASS,
			     "nobody answers at %s", ask.url);
		return;
	}
	const struct str to = net_header(&reply, "location");
	if (reply.status >= 301 && reply.status <= 308 &&
	    str_starts(to, STR("https://")))
		verdict_note(&p->site.verdicts, check, VERDICT_PASS,
			     "%s leads to " STR_FMT, ask.url, STR_ARG(to));
	else
		verdict_note(&p->site.verdicts, check, VERDICT_FAIL,
			     "%s answers %ld in the clear, keys and sessions "
			     "would be readable: let port 80 only redirect to "
			     "https (lighttpd: url.redirect with "
			     "$HTTP[\"scheme\"] == \"http\"; Apache: Redirect "
			     "permanent / %s/)",
			     ask.url, reply.status, p->site.url);
}

static void check_hsts(struct preflight *p, const struct net_reply *reply)
{
	static const char check[] = "A18 hsts";

	if (!is_https(p))
		skip_here(p, check);
	else if (net_header(reply, "strict-transport-security").n > 0)
		verdict_note(&p->site.verdicts, check, VERDICT_PASS, STR_FMT,
			     STR_ARG(net_header(reply,
						"strict-transport-security")));
	else
		verdict_note(&p->site.verdicts, check, VERDICT_WARN,
			     "no Strict-Transport-Security: once https works "
			     "for good, let the web server add "
			     "\"max-age=31536000\"");
}

/* A version behind the name: "Apache/2.4.57". */
static bool has_version(struct str server)
{
	for (size_t i = 0; i + 1 < server.n; i++)
		if (server.p[i] == '/' && server.p[i + 1] >= '0' &&
		    server.p[i + 1] <= '9')
			return true;
	return false;
}

static void check_headers(struct preflight *p, const struct net_reply *reply)
{
	static const char check[] = "A18 headers";
	static const char *const wanted[] = {
		"content-security-policy", "x-content-type-options",
		"referrer-policy", "permissions-policy"};
	const struct str server = net_header(reply, "server");
	const char *missing = NULL;

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (missing == NULL && net_header(reply, wanted[i]).n == 0)
			missing = wanted[i];
	if (reply->status != 200)
		verdict_note(&p->site.verdicts, check, VERDICT_FAIL,
			     "%s/ answers %ld: is www/ the document root?",
			     p->site.url, reply->status);
	else if (missing != NULL)
		verdict_note(&p->site.verdicts, check, VERDICT_FAIL,
			     "%s/ has no %s: take the headers from "
			     "lighttpd-conf/slipway.conf or "
			     "apache-conf/common.conf (mod_setenv, "
			     "mod_headers)",
			     p->site.url, missing);
	else if (has_version(server))
		verdict_note(&p->site.verdicts, check, VERDICT_WARN,
			     "the Server header tells a version (" STR_FMT
			     "): lighttpd: server.tag = \"lighttpd\"; Apache: "
			     "ServerTokens Prod",
			     STR_ARG(server));
	else
		verdict_note(&p->site.verdicts, check, VERDICT_PASS, "%s", "");
}

void preflight_transport(struct preflight *p)
{
	const struct site_ask ask = {.path = "/"};
	struct net_reply reply;
	struct json said;

	if (site_http(&p->site, &ask, &reply, &said) != ERR_OK) {
		site_unanswered(&p->site, "A18 headers", ask.path);
		return;
	}
	check_certificate(p, &reply);
	check_plain(p);
	check_hsts(p, &reply);
	check_headers(p, &reply);
}
