#ifndef SLIPWAY_CONF_URL_H
#define SLIPWAY_CONF_URL_H

#include "base/err.h"
#include "base/str.h"
#include "conf/address.h"

#include <stdbool.h>

struct arena;

/*
 * Check an http or https address: a host, an optional port and path; no user
 * name, query, fragment, space or byte outside ASCII.  *out is a copy without
 * slashes at its end.
 *
 * Returns ERR_OK or ERR_CONFIG.
 */
ERR_MUST_USE enum err conf_url_parse(struct arena *a, struct str text,
				     const char **out);

/*
 * Check a list of origins, "https://host, http://host:port": commas or blanks
 * between them, no paths, no wildcards; a slash at an end is dropped.  *out is
 * a copy with one blank between two, fit to stand in a header.
 *
 * Returns ERR_OK or ERR_CONFIG.
 */
ERR_MUST_USE enum err conf_origins_parse(struct arena *a, struct str text,
					 const char **out);

/*
 * True for https, and for http to this machine: 127.0.0.0/8, [::1], localhost.
 * url comes from conf_url_parse().
 */
bool conf_url_is_safe(struct str url);

/*
 * Where the address in url leads; CONF_REACH_PUBLIC for a name, which is asked
 * for when a connection is opened, and CONF_REACH_LOOPBACK for localhost.
 */
enum conf_reach conf_url_reach(struct str url);

/* True when a libpq connection string carries a password in plain text. */
bool conf_dsn_has_password(struct str dsn);

#endif
