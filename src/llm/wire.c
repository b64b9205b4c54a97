/*
 * Requests to providers, as far as they are the same for all: the address,
 * the key, the body's size.  Used by the adapters.
 */
#include "llm/wire.h"

#include "base/arena.h"
#include "conf/conf.h"
#include "json/json.h"

#include <assert.h>
#include <string.h>

/* First guess at what JSON adds. */
#define BODY_EXTRA_BYTES ((size_t)512)

enum err wire_url(struct arena *a, const struct conf_provider *conf,
		  const char *path, struct provider_request *out,
		  struct errbuf *e)
{
	struct str base = str_from(conf->base_url);
	struct buf url;

	while (base.n > 0 && base.p[base.n - 1] == '/')
		base.n--;
	if (base.n == 0)
		return err_set(e, ERR_CONFIG,
			       "[provider %s] base_url is not set", conf->name);
	buf_init(&url, a, base.n + strlen(path) + 1);
	buf_add_str(&url, base);
	buf_add_c(&url, path);
	out->url = buf_c(&url);
	out->sigv4 = NULL;
	out->target = NULL;
	return ERR_OK;
}

/* The host of an absolute URL, without its port. */
static struct str url_host(const char *url)
{
	const char *const scheme = strstr(url, "://");
	struct str host = str_from(scheme != NULL ? scheme + 3 : url);
	struct str rest = STR_NONE;

	(void)str_cut(host, '/', &host, &rest);
	(void)str_cut(host, ':', &host, &rest);
	return host;
}

bool wire_is_host(const struct conf_provider *conf, struct str name)
{
	const struct str host = url_host(conf->base_url);

	if (host.n < name.n)
		return false;
	const size_t before = host.n - name.n;
	return str_eq_nocase((struct str){host.p + before, name.n}, name) &&
	       (before == 0 || host.p[before - 1] == '.');
}

void wire_header(struct provider_request *out, const char *line)
{
	assert(out->nheaders < PROVIDER_MAX_HEADERS);
	out->headers[out->nheaders++] = line;
}

/* A key goes into a header line, so it must be one printable word. */
static bool is_header_word(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
	return s.n > 0;
}

enum err wire_secret(struct arena *a, const char *name,
		     const struct conf_secret *secret,
		     struct provider_request *out)
{
	const struct str value = {secret->secret_p, secret->secret_n};
	struct buf line;

	if (!is_header_word(value))
		return ERR_CONFIG;
	buf_init(&line, a, strlen(name) + value.n + 1);
	buf_add_c(&line, name);
	buf_add_str(&line, value);
	wire_header(out, buf_c(&line));
	return ERR_OK;
}

enum err wire_key(struct arena *a, const struct conf_provider *conf,
		  const char *name, bool needed, struct provider_request *out,
		  struct errbuf *e)
{
	const struct str key = {conf->api_key.secret_p, conf->api_key.secret_n};
	const char *const source = conf->api_key_source != NULL
					   ? conf->api_key_source
					   : "api_key_file or api_key_env";

	if (key.p == NULL && !needed && !conf->api_key_wanted)
		return ERR_OK;
	if (key.p == NULL)
		return err_set(e, ERR_CONFIG,
			       "provider %s has no API key: set %s", conf->name,
			       source);
	if (wire_secret(a, name, &conf->api_key, out) != ERR_OK)
		return err_set(e, ERR_CONFIG,
			       "the API key of provider %s, from %s, is empty "
			       "or holds blanks or control bytes",
			       conf->name, source);
	return ERR_OK;
}

void wire_body(struct arena *a, const struct llm_request *req,
	       struct provider_request *out)
{
	/* an attempt before has left its room: its transfer is over */
	if (out->body.arena == a)
		buf_reset(&out->body);
	else
		buf_init(&out->body, a, WIRE_MAX_BYTES);
	(void)buf_room(&out->body, BODY_EXTRA_BYTES + llm_request_bytes(req));
}

void wire_extras(struct jw *w, const struct llm_request *req,
		 const char *const *allowed, size_t n)
{
	for (size_t i = 0; i < req->nextras; i++)
		for (size_t k = 0; k < n; k++)
			if (str_eq_c(req->extras[i].name, allowed[k]))
				jw_raw(w, allowed[k], req->extras[i].json);
}

static bool is_seen(struct str media_type)
{
	return str_eq_c(media_type, "image/jpeg") ||
	       str_eq_c(media_type, "image/png") ||
	       str_eq_c(media_type, "image/gif") ||
	       str_eq_c(media_type, "image/webp");
}

enum err wire_check_images(const struct conf_provider *conf,
			   const struct llm_request *req, struct errbuf *e)
{
	for (size_t i = 0; i < req->nmessages; i++) {
		const struct llm_message *const m = &req->messages[i];
		for (size_t k = 0; k < m->nparts; k++)
			if (m->parts[k].kind == LLM_PART_IMAGE &&
			    !is_seen(m->parts[k].media_type))
				return err_set(e, ERR_UPSTREAM_REJECTED,
					       "provider %s cannot see an "
					       "image of this type",
					       conf->name);
	}
	return ERR_OK;
}

enum err wire_body_err(const struct conf_provider *conf,
		       const struct provider_request *out, struct errbuf *e)
{
	if (buf_err(&out->body) == ERR_OK)
		return ERR_OK;
	return err_set(e, ERR_TOO_LARGE,
		       "the request to provider %s is over %zu bytes",
		       conf->name, WIRE_MAX_BYTES);
}
