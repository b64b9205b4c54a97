/*
 * The settings of [alerts], a part of the table.
 */
#include "conf/conf.h"
#include "conf/table.h"

#include <assert.h>

#define PPM        1000000

#define AT(member) offsetof(struct conf_alerts, member)
const struct conf_setting conf_alerts[] = {
	{"webhook_url_file", CONF_SECRET, AT(webhook_url), 0, 0, "",
	 "file that holds the address of a Slack-compatible webhook; empty: "
	 "none"},
	{"mail_to", CONF_TEXT, AT(mail_to), 0, 0, "",
	 "who gets alerts by mail, parted by commas; empty: nobody"},
	{"window", CONF_DURATION, AT(window_ms), 60000, CONF_DAY_MS, "5m",
	 "error rate and percentiles are those of so long, in whole minutes"},
	{"min_calls", CONF_NUMBER, AT(min_calls), 1, 1000000, "20",
	 "with fewer calls, shares and percentiles raise nothing"},
	{"error_rate", CONF_SHARE, AT(error_rate), 1, PPM, "5%",
	 "share of failed calls from which to tell"},
	{"latency_p95", CONF_DURATION, AT(latency_p95_ms), 1, CONF_DAY_MS,
	 "30s", "longest time to the end for 95 of 100 answers"},
	{"ttft_p95", CONF_DURATION, AT(ttft_p95_ms), 1, CONF_DAY_MS, "800ms",
	 "longest time to the first words for 95 of 100 answers (SLO)"},
	{"error_budget", CONF_SHARE, AT(error_budget), 1, PPM, "0.1%",
	 "share of calls that may fail in a month (SLO)"},
	{"budget_burn", CONF_NUMBER, AT(budget_burn), 1, 1000000, "14",
	 "tell when an hour's errors are so many times what the budget allows"},
	{"fallback_window", CONF_DURATION, AT(fallback_window_ms), 60000,
	 CONF_DAY_MS, "15m", "fallback_share is the one of so long"},
	{"fallback_share", CONF_SHARE, AT(fallback_share), 0, PPM, "5%",
	 "share of calls that a fallback answered from which to tell"},
	{"cost_spike_usd", CONF_USD, AT(cost_spike_pico), 0, 0, "1.00",
	 "what an hour must cost at least to be a spike, in dollars"},
	{"cost_spike_times", CONF_NUMBER, AT(cost_spike_times), 1, 1000000, "3",
	 "and how many times the usual hour of the last 7 days"},
	{"cap_warn", CONF_SHARE, AT(cap_warn), 1, PPM, "80%",
	 "share of a day's budget from which to tell"},
	{"cap_reached", CONF_SHARE, AT(cap_reached), 1, PPM, "98%",
	 "share from which it counts as used up: what is left is too little "
	 "for a call"},
	{"user_caps", CONF_SWITCH, AT(user_caps), 0, 0, "off",
	 "also tell of the budgets of single users"},
	{"reservation_age", CONF_DURATION, AT(reservation_age_ms), 60000,
	 CONF_DAY_MS, "10m", "older reservations are a fault"},
	{"ledger_check_every", CONF_DURATION, AT(ledger_check_ms), 0,
	 CONF_DAY_MS, "1h",
	 "how often to look at ledger_check, which reads all calls"},
	{"quota", CONF_SHARE, AT(quota), 1, PPM, "80%",
	 "used share of a provider's limits from which to tell"},
	{"probe_outage", CONF_DURATION, AT(probe_outage_ms), 0, CONF_DAY_MS,
	 "2m", "how long `slipway probe` must find a part in outage"},
	{"database_outage", CONF_DURATION, AT(database_outage_ms), 0,
	 CONF_DAY_MS, "1m", "how long the database must be away"},
	{"resolve_after", CONF_DURATION, AT(resolve_after_ms), 0, CONF_DAY_MS,
	 "5m", "an alert is over when nothing was seen for so long"},
	{"repeat", CONF_DURATION, AT(repeat_ms), 0, 7 * CONF_DAY_MS, "0s",
	 "tell again after so long while it holds; 0s: never"},
	{"send_timeout", CONF_DURATION, AT(send_timeout_ms), 1, CONF_HOUR_MS,
	 "10s", "how long the webhook may take"},
};
#undef AT

static_assert(sizeof(conf_alerts) / sizeof(conf_alerts[0]) == CONF_NALERTS &&
		      CONF_NALERTS <= CONF_MAX_SETTINGS,
	      "CONF_NALERTS is their number");
