/*
 * What a client is told about its limits, in the three families of headers
 * that clients read.
 */
#include "llm/limits.h"

#include "base/clock.h"
#include "db/ledger.h"
#include "http/req.h"

#include <inttypes.h>
#include <stdio.h>

#define RPM_WINDOW_S 60

/* Date, hours and minutes in the text of clock_format(). */
#define DATE_CHARS   10
#define MINUTE_AT    11
#define MINUTE_CHARS 5

static int64_t ceil_s(int64_t ms)
{
	return (ms + 999) / 1000;
}

static void rpm_headers(struct req *req, const struct ledger_admission *a)
{
	const int64_t reset_s = ceil_s(a->reset_rpm_ms);

	if (a->limit_rpm <= 0)
		return;
	res_headerf(req, "X-RateLimit-Limit-Requests", "%" PRId64,
		    a->limit_rpm);
	res_headerf(req, "X-RateLimit-Remaining-Requests", "%" PRId64,
		    a->remaining_rpm);
	res_headerf(req, "X-RateLimit-Reset-Requests", "%" PRId64 "s", reset_s);
	res_headerf(req, "RateLimit-Policy", "\"rpm\";q=%" PRId64 ";w=%d",
		    a->limit_rpm, RPM_WINDOW_S);
	res_headerf(req, "RateLimit", "\"rpm\";r=%" PRId64 ";t=%" PRId64,
		    a->remaining_rpm, reset_s);
}

static void retry_headers(struct req *req, int64_t ms)
{
	if (ms <= 0)
		return;
	res_headerf(req, "Retry-After", "%" PRId64, ceil_s(ms));
	res_headerf(req, "Retry-After-Ms", "%" PRId64, ms);
}

static enum err refuse_cap(struct req *req, const struct ledger_admission *a)
{
	char when[CLOCK_TEXT_BYTES];
	const int64_t left_ms = a->reset_ms - clock_wall_ms();
	const int64_t minutes = left_ms > 0 ? ceil_s(left_ms) / 60 : 0;

	retry_headers(req, a->reset_ms > 0 ? left_ms : a->retry_after_ms);
	if (a->reset_ms <= 0)
		return a->verdict;
	res_headerf(req, "X-RateLimit-Reset", "%s",
		    clock_format(a->reset_ms, when));
	(void)clock_format(a->reset_ms, when);
	return err_set(&req->err, a->verdict,
		       "%s It resets on %.*s at %.*s UTC, in %" PRId64
		       " h %" PRId64 " min.",
		       err_entry(a->verdict)->message, DATE_CHARS, when,
		       MINUTE_CHARS, &when[MINUTE_AT], minutes / 60,
		       minutes % 60);
}

enum err limits_apply(struct req *req, const struct ledger_admission *a)
{
	rpm_headers(req, a);
	if (a->verdict == ERR_RATE_LIMITED) {
		retry_headers(req, a->retry_after_ms);
		return err_set(&req->err, a->verdict,
			       "Too many requests. Try again in %" PRId64 " s.",
			       ceil_s(a->retry_after_ms));
	}
	if (a->verdict == ERR_KEY_CAP || a->verdict == ERR_USER_CAP ||
	    a->verdict == ERR_TENANT_CAP || a->verdict == ERR_SYSTEM_CAP)
		return refuse_cap(req, a);
	return a->verdict;
}
