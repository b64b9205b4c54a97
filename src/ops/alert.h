#ifndef SLIPWAY_OPS_ALERT_H
#define SLIPWAY_OPS_ALERT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct conf;
struct jw;

/*
 * Alerts as people read them, and the channels that they go through.  Which
 * are raised, PostgreSQL knows (slipway.alert_run()).
 */

enum alert_channel { ALERT_WEBHOOK, ALERT_MAIL, ALERT_CHANNELS };

/*
 * Append the member name: {"RULE": {"title", "runbook"}}, the runbook as its
 * file in www/docs/runbooks.
 */
void alert_write_rules(struct jw *w, const char *name);

/* "webhook", "mail". */
const char *alert_channel_name(enum alert_channel c);

/* Is it set up: [alerts] webhook_url_file, mail_to? */
bool alert_channel_on(const struct conf *conf, enum alert_channel c);

/* One message. */
struct alert_news {
	struct str rule;    /* "error_rate" */
	struct str subject; /* "openai"; empty: the whole service */
	struct str detail;  /* what was seen */
	struct str kind;    /* raised, reminder, resolved or test */
	int64_t raised_ms;
	int64_t resolved_ms; /* 0: not */
	const char *id;      /* for the Message-ID; NULL: random */
};

/*
 * Send it through one channel.
 *
 * retry_ms  when it failed: what the receiver asked for; 0: it did not
 *
 * Returns ERR_OK when the receiver took it; else the reason in e, which has no
 * address of a webhook and no password in it.
 * Blocks: up to [alerts] send_timeout or [mail] timeout.
 */
ERR_MUST_USE enum err alert_send(const struct conf *conf, struct arena *a,
				 enum alert_channel c,
				 const struct alert_news *n, int64_t *retry_ms,
				 struct errbuf *e);

#endif
