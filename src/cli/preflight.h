#ifndef SLIPWAY_CLI_PREFLIGHT_H
#define SLIPWAY_CLI_PREFLIGHT_H

#include "cli/site.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Tokens of the one answer that is asked for. */
#define PREFLIGHT_MAX_TOKENS 64
/* What the user of a run may spend in a day. */
#define PREFLIGHT_DAILY_PICO INT64_C(50000000000) /* 0.05 USD */

/* What the database says; slipway.preflight_facts(). */
struct preflight_facts {
	bool known;
	int64_t clock_off_ms;
	struct str role; /* of the workers; empty: not known */
	bool role_is_superuser;
	bool role_is_owner;
	bool tomorrow; /* has partitions */
	struct str partitions_until;
	int64_t janitor_age_s;   /* -1: never */
	int64_t alerts_age_s;    /* -1: never */
	int64_t prices_age_days; /* -1: there are none */
	struct str paused;
	struct str uncapped;
	int64_t overdue;
	int64_t ledger_faults;
	int64_t calls; /* of the last seven days that cost something */
	int64_t cost_pico;
	int64_t days;
};

/*
 * `slipway preflight`: what it was told and what it has.
 *
 * Keys of the run, as headers; NULL where there are none, and why_no_keys says
 * why: spends may ask a model, slow has one request a minute, poor may spend
 * nothing.
 */
struct preflight {
	struct site site;
	const char *feature; /* NULL: the service's own default */
	const char *docroot; /* --docroot; NULL: not given */
	const char *repo;    /* --repo */
	const char *known;   /* --known: fingerprints of keys that are dead */
	const char *conf_fault; /* why the configuration was refused; NULL */
	bool no_spend;
	bool send_alert;
	bool strict;      /* a warning fails, too */
	int64_t expected; /* --expect-requests a day; 0: as the ledger says */
	const char *spends;
	const char *slow;
	const char *poor;
	const char *why_no_keys;
	struct str key_ids; /* of the run's keys, an array of PostgreSQL */
	struct buf refused; /* request ids, an array of PostgreSQL */
	size_t nrefused;
	int64_t calls; /* that were answered */
	int64_t cost_pico;
	struct preflight_facts facts;
};

/* A check cannot go on without the database: a skip, never a pass. */
void preflight_no_database(struct preflight *p, const char *check);

/*
 * May a check that needs the configuration go on?  Notes a skip when there is
 * none.
 */
bool preflight_has_conf(struct preflight *p, const char *check);

/* Ask, and remember the id of an answer that must not stand in the ledger. */
ERR_MUST_USE enum err preflight_refused(struct preflight *p,
					const struct site_ask *ask,
					struct net_reply *reply,
					struct json *said);

/*
 * The user `slipway-preflight` with keys for this run, which end after an hour
 * by themselves; and the end of both.  preflight_keys.c
 */
void preflight_keys_make(struct preflight *p);
void preflight_keys_end(struct preflight *p);

/* The checks by theme, each noted; in the files of these names. */
void preflight_access(struct preflight *p);
void preflight_limits(struct preflight *p);
void preflight_untouched(struct preflight *p);
void preflight_stream(struct preflight *p);
void preflight_health(struct preflight *p);
void preflight_transport(struct preflight *p);
void preflight_errors(struct preflight *p);
void preflight_files(struct preflight *p);
void preflight_database(struct preflight *p); /* before the settings */
void preflight_settings(struct preflight *p);
void preflight_secrets(struct preflight *p);
void preflight_leaks(struct preflight *p);

#endif
