/*
 * The addresses of providers, checked and parsed once: for each call it would
 * cost as much as all of libcurl's options.  They come from the configuration,
 * with the model in the path at Bedrock, so they are as few as priced models.
 */
#include "llm/destination.h"

#include "base/str.h"
#include "conf/conf.h"
#include "conf/url.h"

#include <arpa/inet.h>
#include <string.h>

static bool is_loopback(const char *host)
{
	struct in_addr v4;

	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	return str_eq_nocase(str_from(host), STR("localhost")) ||
	       strcmp(host, "[::1]") == 0;
}

static bool is_allowed(CURLU *url)
{
	char *scheme = NULL;
	char *host = NULL;

	const bool known =
		curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
		curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK;
	const bool allowed =
		known && (strcmp(scheme, "https") == 0 ||
			  (strcmp(scheme, "http") == 0 && is_loopback(host)));
	curl_free(scheme);
	curl_free(host);
	return allowed;
}

static enum err parse(CURLU *url, const struct conf_provider *conf,
		      const char *text, struct errbuf *e)
{
	const CURLUcode rc =
		curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER);

	if (rc != CURLUE_OK)
		return err_set(e, ERR_CONFIG, "[provider %s] base_url: %s",
			       conf->name, curl_url_strerror(rc));
	if (!is_allowed(url))
		return err_set(e, ERR_CONFIG,
			       "[provider %s] base_url must begin with "
			       "https://; http:// is only for this machine "
			       "(localhost, 127.0.0.1, [::1])",
			       conf->name);
	return ERR_OK;
}

static enum err add(struct destination **all, struct arena *a,
		    const struct conf_provider *conf, const char *text,
		    struct errbuf *e)
{
	CURLU *const url = curl_url();

	if (url == NULL)
		return err_set(e, ERR_INTERNAL, "no memory for a URL");
	const enum err err = parse(url, conf, text, e);
	if (err != ERR_OK) {
		curl_url_cleanup(url);
		return err;
	}
	struct destination *const d = ARENA_NEW(a, struct destination);
	d->text = arena_strndup(a, text, strlen(text));
	d->url = url;
	d->https = str_starts(str_from(text), STR("https"));
	d->here = conf_url_reach(str_from(text)) == CONF_REACH_LOOPBACK;
	d->next = *all;
	*all = d;
	return ERR_OK;
}

enum err destination_find(struct destination **all, struct arena *a,
			  const struct conf_provider *conf, const char *text,
			  const struct destination **out, struct errbuf *e)
{
	const struct destination *d = *all;

	while (d != NULL && strcmp(d->text, text) != 0)
		d = d->next;
	if (d == NULL) {
		ERR_TRY(add(all, a, conf, text, e));
		d = *all;
	}
	*out = d;
	return ERR_OK;
}

void destination_free_all(struct destination *all)
{
	for (; all != NULL; all = all->next)
		curl_url_cleanup(all->url);
}
