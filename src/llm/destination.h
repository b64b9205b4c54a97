#ifndef SLIPWAY_LLM_DESTINATION_H
#define SLIPWAY_LLM_DESTINATION_H

#include "base/arena.h"
#include "base/err.h"

#include <curl/curl.h>
#include <stdbool.h>

struct conf_provider;

/*
 * Where requests go, for llm/upstream only: an address of the configuration is
 * checked and parsed the first time it is asked for, and remembered.
 */
struct destination {
	struct destination *next;
	const char *text;
	CURLU *url; /* libcurl's, with CURLOPT_CURLU */
	bool https;
	bool here; /* it names this machine */
};

/*
 * The destination of text, a URL below the base_url of conf; it must be https
 * unless it is on this machine.  all: those known; a: where they live.
 *
 * Returns ERR_OK, ERR_CONFIG or ERR_INTERNAL, with the reason in e.
 * Owns: destination_free_all().
 */
ERR_MUST_USE enum err
destination_find(struct destination **all, struct arena *a,
		 const struct conf_provider *conf, const char *text,
		 const struct destination **out, struct errbuf *e);

/* Of all of them, what libcurl has of them. */
void destination_free_all(struct destination *all);

#endif
