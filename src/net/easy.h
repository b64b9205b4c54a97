#ifndef SLIPWAY_NET_EASY_H
#define SLIPWAY_NET_EASY_H

#include "base/err.h"
#include "base/str.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* A transfer of libcurl that blocks; for the files of src/net only. */
struct easy {
	CURL *curl;
	char why[CURL_ERROR_SIZE];
	bool here;   /* with easy_stay_out(): may lead to this machine */
	bool inside; /* it was stopped on its way to a private network */
};

/*
 * A transfer with what holds for all of ours: no signals, no proxy, no
 * redirect, TLS 1.2 or later with a checked certificate, a deadline.
 *
 * protocols  "http,https"; others are refused
 *
 * Owns: t lives in a and ends with it; the headers of easy_list(), too.
 */
ERR_MUST_USE enum err easy_new(struct arena *a, const char *protocols,
			       int64_t timeout_ms, struct easy **out,
			       struct errbuf *e);

/*
 * Let it reach no private network and no metadata service, whatever its name
 * resolves to; here: its address names this machine.
 */
void easy_stay_out(struct easy *t, bool here);

/* Append a line to a list of libcurl; false when memory ran out. */
bool easy_list(struct arena *a, struct curl_slist **list, const char *line);

/*
 * What a transfer that ended with rc is for its caller; as easy_perform() says.
 */
ERR_MUST_USE enum err easy_result(const struct easy *t, CURLcode rc,
				  const char *what, struct errbuf *e);

/*
 * Carry it out.
 *
 * what  for the detail in e, such as "the webhook"; no address and no secret
 *
 * Returns ERR_OK, ERR_TIMEOUT, ERR_IO, or ERR_CONFIG when easy_stay_out()
 * stopped it.
 * Blocks: up to the deadline.
 */
ERR_MUST_USE enum err easy_perform(struct easy *t, const char *what,
				   struct errbuf *e);

#endif
