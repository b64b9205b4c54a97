#ifndef SLIPWAY_LLM_WIRE_H
#define SLIPWAY_LLM_WIRE_H

#include "base/err.h"
#include "base/str.h"
#include "llm/provider.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct jw;
struct conf_provider;
struct conf_secret;

/*
 * What the writing halves of the adapters share.  All of it lives in the
 * call's arena.
 */

/* Ceiling of a request's body: what max_body can be, and some more. */
#define WIRE_MAX_BYTES ((size_t)80 * 1024 * 1024)

/*
 * Set out->url: base_url without trailing slashes, then path.  No signature.
 *
 * Returns ERR_OK, or ERR_CONFIG when base_url is not set.
 */
ERR_MUST_USE enum err wire_url(struct arena *a,
			       const struct conf_provider *conf,
			       const char *path, struct provider_request *out,
			       struct errbuf *e);

/* Is the host of base_url this one, or one below it? */
bool wire_is_host(const struct conf_provider *conf, struct str host);

/* Add a constant header. */
void wire_header(struct provider_request *out, const char *line);

/*
 * Add the header "NAMEKEY" with the API key, when there is one.
 *
 * name    with what goes before the key: "Authorization: Bearer "
 * needed  a missing key is an error, even when no setting names one
 *
 * Returns ERR_OK, or ERR_CONFIG when the key is missing or cannot stand in a
 * header; e names the setting.
 */
ERR_MUST_USE enum err wire_key(struct arena *a,
			       const struct conf_provider *conf,
			       const char *name, bool needed,
			       struct provider_request *out, struct errbuf *e);

/*
 * Add the header "NAMESECRET".
 *
 * Returns ERR_OK, or ERR_CONFIG when it cannot stand in a header.
 */
ERR_MUST_USE enum err wire_secret(struct arena *a, const char *name,
				  const struct conf_secret *secret,
				  struct provider_request *out);

/*
 * Prepare out->body with room for what req will need, so that most bodies
 * never grow.  An earlier body of out in the same arena is overwritten, so that
 * attempts do not add up: zero out before the first.
 */
void wire_body(struct arena *a, const struct llm_request *req,
	       struct provider_request *out);

/*
 * Write those of the request's extras that are among the n allowed names: a
 * client must not overwrite a member of ours, nor ask for what costs more.
 */
void wire_extras(struct jw *w, const struct llm_request *req,
		 const char *const *allowed, size_t n);

/*
 * ERR_OK, or ERR_UPSTREAM_REJECTED when an image is none that all providers
 * can see: JPEG, PNG, GIF or WebP.
 */
ERR_MUST_USE enum err wire_check_images(const struct conf_provider *conf,
					const struct llm_request *req,
					struct errbuf *e);

/* ERR_OK, or ERR_TOO_LARGE when the body went over its ceiling. */
ERR_MUST_USE enum err wire_body_err(const struct conf_provider *conf,
				    const struct provider_request *out,
				    struct errbuf *e);

#endif
