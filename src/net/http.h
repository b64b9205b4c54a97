#ifndef SLIPWAY_NET_HTTP_H
#define SLIPWAY_NET_HTTP_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct easy;

#define NET_MAX_HEADERS 8
#define NET_REPLY_BYTES ((size_t)64 * 1024) /* of the answer that are kept */

struct net_request {
	const char *what; /* for errors: "the webhook" */
	const char *url;  /* from the configuration, never from a request */
	const char *headers[NET_MAX_HEADERS]; /* "name: value"; NULL ends */
	struct str body;                      /* p NULL: GET, else POST */
	const char *method;                   /* another one; NULL */
	const char *ca_file;                  /* NULL: the system's */
	bool in_the_clear; /* http to anywhere: there is nothing secret */
	int64_t timeout_ms;
	bool private_network; /* it may lead inside: [server] private_network */
	/* NULL, or is handed all of the body, piece by piece as it comes */
	void (*piece)(void *arg, struct str bytes);
	void *arg;
};

struct net_reply {
	long status;
	int64_t retry_after_s; /* 0: it did not say */
	struct str body;       /* its first NET_REPLY_BYTES */
	int64_t took_ms;
	int64_t connect_ms;          /* of it, until the connection stood */
	int64_t cert_until_s;        /* of the TLS certificate; 0: none */
	const struct easy *transfer; /* for net_header() */
};

/*
 * One HTTP request, for commands and rare events.  https, or http to this
 * machine; not to a private network unless it may, whatever the name server
 * says; no redirect is followed and no proxy is used.
 *
 * Returns ERR_OK with whatever status came; ERR_CONFIG for an address that is
 * not allowed; ERR_TIMEOUT or ERR_IO, with the reason in e, which has neither
 * the address nor a header in it.
 * Owns:  reply->body lives in a.
 * Blocks: up to timeout_ms.
 */
ERR_MUST_USE enum err net_http(struct arena *a, const struct net_request *req,
			       struct net_reply *reply, struct errbuf *e);

/*
 * A header of the answer; empty when absent.
 *
 * Owns:  borrowed from the arena that net_http() was given.
 */
struct str net_header(const struct net_reply *reply, const char *name);

#endif
