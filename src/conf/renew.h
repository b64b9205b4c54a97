#ifndef SLIPWAY_CONF_RENEW_H
#define SLIPWAY_CONF_RENEW_H

#include "conf/conf.h"
#include "conf/file.h"

#include <stdint.h>

/* The keys with which requests to AWS are signed, all of one moment. */
struct conf_aws_keys {
	struct conf_secret access_key;
	struct conf_secret secret_key;
	struct conf_secret session_token;
	uint64_t version; /* another one when any of them has changed */
};

/*
 * Temporary keys end after an hour or so, and whoever fetches new ones writes
 * them into the same files.  So these are looked at again while a worker runs:
 * where they are and what was read last.
 */
struct conf_renewal;

/*
 * Prepare it for the three files that block b names; NULL when it names none.
 * Owns: lives in f->arena.
 */
struct conf_renewal *conf_renewal_new(const struct conf_file *f,
				      const struct conf_block *b,
				      const struct conf_provider *p);

/*
 * The keys of p as they are now.  A file that is not the one that was read last
 * is read again; when it cannot be read, is open to others, is empty or is not
 * one line, the key before stays until it can.
 *
 * again  read them even when they look unchanged
 *
 * Owns:   they live as long as p, until the next call for p.
 * Blocks: on small local files.  For one thread at a time: the loop's.
 */
struct conf_aws_keys conf_aws_keys(const struct conf_provider *p, bool again);

#endif
