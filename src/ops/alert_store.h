#ifndef SLIPWAY_OPS_ALERT_STORE_H
#define SLIPWAY_OPS_ALERT_STORE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "ops/alert.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct conf;
struct db;

/* Alerts in PostgreSQL, and the small file of this host beside it. */

struct alert_counts {
	int64_t raised;
	int64_t reminded;
	int64_t resolved;
	int64_t open;
};

/*
 * Look at all rules, models without a price among them, and raise and resolve
 * alerts.
 *
 * Returns ERR_OK, or what db_call() says.
 */
ERR_MUST_USE enum err alert_look(const struct conf *conf, struct db *db,
				 struct arena *a, struct alert_counts *out,
				 struct errbuf *e);

/*
 * What this host must remember when PostgreSQL cannot: since when it is away
 * and who was told, and which messages were sent but not marked so.
 */
#define ALERT_MAX_SENT 64
struct alert_local {
	int64_t down_ms; /* 0: the database is there */
	bool told[ALERT_CHANNELS];
	int64_t sent[ALERT_MAX_SENT];
	size_t nsent;
};

/* From the text of its file; damaged or "" is all zero. */
void alert_local_read(struct arena *a, struct str text,
		      struct alert_local *out);
void alert_local_write(const struct alert_local *l, struct buf *out);

struct alert_sender {
	const struct conf *conf;
	struct arena *arena;
	struct alert_local *local;
	/* keep l on disk before anything else happens */
	enum err (*keep)(void *arg, const struct alert_local *l);
	void *arg;
	void (*complain)(const char *what, const struct errbuf *e);
	int64_t sent;
	int64_t failed;
};

/*
 * Send what is due, each once: what the receiver took is written to the local
 * file first and to the database then.
 *
 * Returns ERR_OK, also when messages could not be sent (they wait), or what
 * db_call() says.
 * Blocks: for each message up to the timeouts of its channel.
 */
ERR_MUST_USE enum err alert_deliver(struct alert_sender *s, struct db *db,
				    struct errbuf *e);

/*
 * The database is away (why) or back (why NULL): tell, once for each channel,
 * without it.  Changes s->local; keep it afterwards.
 */
void alert_database(struct alert_sender *s, const struct errbuf *why,
		    int64_t now_ms);

#endif
