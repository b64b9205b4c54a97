/*
 * `slipway preflight`, the database: its schema, the workers' role, what the
 * timers keep up, and what a month will cost.
 */
#include "base/clock.h"
#include "base/num.h"
#include "cli/preflight.h"
#include "db/db.h"
#include "db/schema.h"
#include "ops/projection.h"

#include <inttypes.h>

#define CLOCK_FAIL_MS   2000
#define JANITOR_MAX_S   INT64_C(10800) /* it runs every hour */
#define ALERTS_MAX_S    INT64_C(600)   /* every minute */
#define FEW_CALLS       20
#define DAYS_OF_A_MONTH 30
#define HEADROOM        3

static int64_t i64_or(const struct db_rows *rows, size_t col, int64_t missing)
{
	return db_str(rows, 0, col).p != NULL ? db_i64(rows, 0, col) : missing;
}

static enum err ask(struct preflight *p, struct str role)
{
	struct preflight_facts *const f = &p->facts;
	struct db_rows rows;

	const int64_t before_ms = clock_wall_ms();
	ERR_TRY(cli_call(p->site.cli,
			 "SELECT now_ms, role_is_superuser, role_is_owner, "
			 "partitions_until, janitor_age_s, alerts_age_s, "
			 "prices_age_days, paused, uncapped, overdue, "
			 "ledger_faults, calls, cost_pico, days, "
			 "partitions_until > (now() AT TIME ZONE 'UTC')::date "
			 "FROM slipway.preflight_facts($1)",
			 &role, 1, &rows));
	/* the query may take a while: its clock was read in between */
	const int64_t now_ms = db_i64(&rows, 0, 0);
	if (now_ms < before_ms)
		f->clock_off_ms = before_ms - now_ms;
	else
		f->clock_off_ms = num_max(0, now_ms - clock_wall_ms());
	f->role = role;
	f->role_is_superuser = db_bool(&rows, 0, 1);
	f->role_is_owner = db_bool(&rows, 0, 2);
	f->partitions_until = db_str(&rows, 0, 3);
	f->janitor_age_s = i64_or(&rows, 4, -1);
	f->alerts_age_s = i64_or(&rows, 5, -1);
	f->prices_age_days = i64_or(&rows, 6, -1);
	f->paused = db_str(&rows, 0, 7);
	f->uncapped = db_str(&rows, 0, 8);
	f->overdue = db_i64(&rows, 0, 9);
	f->ledger_faults = db_i64(&rows, 0, 10);
	f->calls = db_i64(&rows, 0, 11);
	f->cost_pico = db_i64(&rows, 0, 12);
	f->days = db_i64(&rows, 0, 13);
	f->tomorrow = db_bool(&rows, 0, 14);
	f->known = true;
	return ERR_OK;
}

/* As a worker connects: which role that is, and whether the schema fits. */
static enum err look_as_worker(struct preflight *p, struct str *role)
{
	struct cli *const cli = p->site.cli;
	struct db_rows rows;
	struct db *db = NULL;

	enum err err = db_open(&db, &cli->conf.database, "slipway preflight",
			       &cli->err);
	if (err == ERR_OK)
		err = db_check_schema(db, NULL, &cli->arena, &cli->err);
	if (err == ERR_OK)
		err = db_call(db, &cli->arena, "SELECT session_user", NULL, 0,
			      &rows, &cli->err);
	if (err == ERR_OK)
		*role = db_str(&rows, 0, 0);
	db_close(db);
	return err;
}

static void check_schema(struct preflight *p, struct str *role)
{
	static const char check[] = "C4 schema";

	if (look_as_worker(p, role) == ERR_OK) {
		verdict_note(&p->site.verdicts, check, VERDICT_PASS,
			     "migration %d or later", DB_SCHEMA_VERSION);
		return;
	}
	verdict_note(&p->site.verdicts, check, VERDICT_FAIL,
		     "with [database] dsn of %s: %s", p->site.cli->conf.path,
		     p->site.cli->err.detail);
	err_clear(&p->site.cli->err);
}

static void check_role(struct preflight *p)
{
	static const char check[] = "A17 worker-role";
	const struct preflight_facts *const f = &p->facts;

	if (f->role.n == 0)
		verdict_note(&p->site.verdicts, check, VERDICT_SKIP,
			     "the workers' connection cannot be opened from "
			     "here");
	else if (f->role_is_superuser || f->role_is_owner)
		verdict_note(&p->site.verdicts, check, VERDICT_FAIL,
			     "the workers log in as " STR_FMT
			     ", %s: a fault in one of them could change the "
			     "ledger; give [database] dsn a role of its own "
			     "(CREATE ROLE … LOGIN IN ROLE slipway_app, "
			     "sql/roles.sql) and the owner to admin_dsn",
			     STR_ARG(f->role),
			     f->role_is_superuser ? "a superuser"
						  : "the schema's owner");
	else
		verdict_note(&p->site.verdicts, check, VERDICT_PASS,
			     STR_FMT " may call functions only",
			     STR_ARG(f->role));
}

static void check_partitions(struct preflight *p)
{
	static const char check[] = "A14 partitions";

	if (p->facts.tomorrow)
		verdict_note(&p->site.verdicts, check, VERDICT_PASS,
			     "until " STR_FMT,
			     STR_ARG(p->facts.partitions_until));
	else
		verdict_note(
			&p->site.verdicts, check, VERDICT_FAIL,
			"tomorrow has no partitions for calls: run "
			"`slipway janitor` now, and every hour (dist/cron, "
			"dist/systemd)");
}

static void check_timers(struct preflight *p)
{
	static const char check[] = "A16 timers";
	const struct preflight_facts *const f = &p->facts;

	if (f->janitor_age_s < 0 || f->janitor_age_s > JANITOR_MAX_S)
		verdict_note(&p->site.verdicts, check, VERDICT_FAIL,
			     "`slipway janitor` did not run within the last "
			     "hours: every hour, as dist/cron and dist/systemd "
			     "do");
	else if (f->alerts_age_s < 0 || f->alerts_age_s > ALERTS_MAX_S)
		verdict_note(&p->site.verdicts, check, VERDICT_FAIL,
			     "`slipway alerts` did not run within the last "
			     "minutes: every minute, as dist/cron and "
			     "dist/systemd do; without it nobody is told");
	else
		verdict_note(&p->site.verdicts, check, VERDICT_PASS,
			     "janitor %" PRId64 " min ago, alerts %" PRId64
			     " s ago",
			     f->janitor_age_s / 60, f->alerts_age_s);
}

static void check_clock(struct preflight *p)
{
	static const char check[] = "A14 clock";

	if (p->facts.clock_off_ms <= CLOCK_FAIL_MS)
		verdict_note(&p->site.verdicts, check, VERDICT_PASS, "%s", "");
	else
		verdict_note(&p->site.verdicts, check, VERDICT_FAIL,
			     "the clocks of this host and of the database are "
			     "%" PRId64 " ms apart: let both follow the time "
			     "(systemd-timesyncd, chrony)",
			     p->facts.clock_off_ms);
}

static void check_ledger(struct preflight *p)
{
	static const char check[] = "A14 ledger";

	if (p->facts.ledger_faults > 0)
		verdict_note(&p->site.verdicts, check, VERDICT_FAIL,
			     "slipway.ledger_check has %" PRId64
			     " rows: /docs/runbooks/cost-spike.html",
			     p->facts.ledger_faults);
	else if (p->facts.overdue > 0)
		verdict_note(&p->site.verdicts, check, VERDICT_WARN,
			     "%" PRId64 " reservations are overdue: do the "
			     "workers run, and `slipway janitor`?",
			     p->facts.overdue);
	else
		verdict_note(&p->site.verdicts, check, VERDICT_PASS,
			     "caps and calls agree");
}

static void check_paused(struct preflight *p)
{
	static const char check[] = "A8 paused";

	if (p->facts.paused.n == 0)
		verdict_note(&p->site.verdicts, check, VERDICT_PASS,
			     "nothing is");
	else
		verdict_note(&p->site.verdicts, check, VERDICT_WARN,
			     STR_FMT " is paused: `slipway resume` before the "
				     "launch",
			     STR_ARG(p->facts.paused));
}

/* tokens x requests x 30 x price, and the headroom. */
static void check_cost(struct preflight *p)
{
	static const char check[] = "B23 cost-projection";
	const struct preflight_facts *const f = &p->facts;
	const int64_t cap = p->site.cli->conf.limits.system_daily_pico;
	char usd[4][NUM_USD_BYTES];

	if (f->calls == 0 || (p->expected == 0 && f->calls < FEW_CALLS)) {
		verdict_note(&p->site.verdicts, check, VERDICT_SKIP,
			     "%" PRId64 " calls that cost something in the "
			     "last week are too few: ask some questions as "
			     "people will, then say how many a day with "
			     "--expect-requests",
			     f->calls);
		return;
	}
	const struct projection g =
		projection_of(f->calls, f->cost_pico, f->days, p->expected);
	const char *const day = num_format_usd(g.day_pico, usd[0]);
	const char *const room =
		num_format_usd(num_mul(g.day_pico, HEADROOM), usd[1]);
	const char *const month =
		num_format_usd(num_mul(g.day_pico, DAYS_OF_A_MONTH), usd[2]);
	const char *const limit = num_format_usd(cap, usd[3]);
	if (cap < g.day_pico)
		verdict_note(&p->site.verdicts, check, VERDICT_FAIL,
			     "%" PRId64 " requests a day cost %s USD, and "
			     "[limits] system_daily_usd is %s: the service "
			     "pauses on an ordinary day; raise it to %s, or "
			     "lower what a request costs",
			     g.requests, day, limit, room);
	else if (cap < num_mul(g.day_pico, HEADROOM))
		verdict_note(&p->site.verdicts, check, VERDICT_WARN,
			     "%" PRId64 " requests a day cost %s USD, %s a "
			     "month; [limits] system_daily_usd is %s, less "
			     "than three times that: a busy day ends in a "
			     "pause; %s would do",
			     g.requests, day, month, limit, room);
	else
		verdict_note(&p->site.verdicts, check, VERDICT_PASS,
			     "%" PRId64 " requests a day cost %s USD, %s a "
			     "month, by the average of %" PRId64
			     " calls; three times as much is %s a day",
			     g.requests, day, month, f->calls, room);
}

void preflight_database(struct preflight *p)
{
	struct str role = STR_NONE;

	if (!preflight_has_conf(p, "C4 database"))
		return;
	check_schema(p, &role);
	if (ask(p, role) != ERR_OK) {
		preflight_no_database(p, "A14 database");
		return;
	}
	check_role(p);
	check_partitions(p);
	check_timers(p);
	check_clock(p);
	check_ledger(p);
	check_paused(p);
	check_cost(p);
}
