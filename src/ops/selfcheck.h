#ifndef SLIPWAY_OPS_SELFCHECK_H
#define SLIPWAY_OPS_SELFCHECK_H

#include "ops/status.h"

#include <stdint.h>

/*
 * GET base_url + path and look at the status line: does our own site answer?
 * Plain HTTP/1.0 over one socket, no redirects.  The address comes from the
 * configuration, never from a request.
 *
 * base_url    [server] public_url: "http://HOST[:PORT][/PREFIX]"
 * timeout_ms  for all of it, but the look-up of the name
 *
 * Returns STATUS_PASSED for 200; STATUS_UNCHECKED when base_url is empty or
 * not http (TLS is left to outside monitors); else STATUS_FAILED, with the
 * reason in e.
 * Blocks: up to timeout_ms, and on the name service.
 */
enum status_check selfcheck_get(const char *base_url, const char *path,
				int64_t timeout_ms, struct errbuf *e);

#endif
