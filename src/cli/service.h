#ifndef SLIPWAY_CLI_SERVICE_H
#define SLIPWAY_CLI_SERVICE_H

#include "cli/cli.h"

/* A service that a command asks from the outside, as its users do. */
struct cli_service {
	const char *url;      /* without a slash at the end */
	const char *header;   /* "Authorization: Bearer …" */
	const char *key_from; /* for people: where the key was found */
};

/*
 * Read the configuration, for a command that can do without: where none is
 * named and none lies in the usual place, *has is false.
 *
 * Returns ERR_OK, or what conf_load() returns.
 */
ERR_MUST_USE enum err cli_service_conf(struct cli *cli, bool *has);

/*
 * Where it answers, and with which key to ask.
 *
 * url       NULL: [server] public_url
 * key_file  a file, "-" for standard input, NULL: $SLIPWAY_KEY; never an
 *           argument itself
 *
 * Returns ERR_OK, or an error with the sentence in cli->err.
 */
ERR_MUST_USE enum err cli_service(struct cli *cli, const char *url,
				  const char *key_file,
				  struct cli_service *out);

/* The address alone. */
ERR_MUST_USE enum err cli_service_url(struct cli *cli, const char *given,
				      const char **out);

#endif
