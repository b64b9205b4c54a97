#ifndef SLIPWAY_DB_LIVE_H
#define SLIPWAY_DB_LIVE_H

#include "base/arena.h"
#include "base/id.h"

#include <stddef.h>

struct buf;

/*
 * The request ids of the calls that this process has admitted and not settled
 * yet: the reservations whose leases it must renew.  One thread only.
 */
#define LIVE_BUCKETS 256

struct live_entry {
	struct live_entry *next;
	char request_id[ID_REQUEST_BYTES];
};

struct live {
	struct arena arena;
	struct live_entry *buckets[LIVE_BUCKETS];
	struct live_entry *unused;
	size_t n;
};

void live_init(struct live *l);
void live_release(struct live *l);

/* Adding one that is there, and removing one that is not, changes nothing. */
void live_add(struct live *l, const char *request_id);
void live_remove(struct live *l, const char *request_id);

/* Append all of them to out, as the text of a PostgreSQL array. */
void live_array(const struct live *l, struct buf *out);

#endif
