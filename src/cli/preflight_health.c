/*
 * `slipway preflight`, what monitors ask: readiness, the models, the status
 * page.  That the service is alive is asked first of all.
 */
#include "base/clock.h"
#include "cli/preflight.h"

#include <inttypes.h>

/* `slipway probe` runs every minute. */
#define STATUS_FRESH_MS INT64_C(300000)
#define MS_PER_S        1000

static void check_status(struct preflight *p)
{
	static const char check[] = "A12 status-page";
	const struct site_ask ask = {.path = "/status/status.json"};
	struct net_reply reply;
	struct json said;

	if (site_http(&p->site, &ask, &reply, &said) != ERR_OK) {
		site_unanswered(&p->site, check, ask.path);
		return;
	}
	const int64_t at_ms = json_i64(json_get(said, "generated_ms"));
	const int64_t age_ms = clock_wall_ms() - at_ms;
	if (reply.status != 200 || at_ms == 0)
		verdict_note(&p->site.verdicts, check, VERDICT_FAIL,
			     "%s%s answers %ld: run `slipway probe` every "
			     "minute (dist/cron, dist/systemd), writing into "
			     "[status] dir, which the web server serves as "
			     "/status/",
			     p->site.url, ask.path, reply.status);
	else if (age_ms > STATUS_FRESH_MS)
		verdict_note(&p->site.verdicts, check, VERDICT_FAIL,
			     "it is %" PRId64 " min old: `slipway probe` does "
			     "not run every minute (dist/cron, dist/systemd), "
			     "or writes elsewhere than [status] dir",
			     age_ms / (60 * MS_PER_S));
	else
		verdict_note(&p->site.verdicts, check, VERDICT_PASS,
			     "%" PRId64 " s old, says \"" STR_FMT "\"",
			     age_ms / MS_PER_S,
			     STR_ARG(json_str(json_get(said, "banner"))));
}

void preflight_health(struct preflight *p)
{
	site_check_ready(&p->site, "B26 readiness");
	if (p->no_spend)
		verdict_note(&p->site.verdicts, "A11 models", VERDICT_SKIP,
			     "/health/llm may ask a model, and --no-spend asks "
			     "none");
	else
		site_check_models(&p->site, "A11 models", p->feature);
	check_status(p);
}
