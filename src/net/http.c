/*
 * One HTTP request that blocks: a webhook, the probe of a provider.
 */
#include "net/http.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "conf/url.h"
#include "net/easy.h"
#include "net/exchange.h"

#include <string.h>

#define US_PER_MS 1000

/* Keep the beginning; an endless answer ends with the deadline. */
static size_t on_body(char *p, size_t one, size_t n, void *arg)
{
	struct exchange *const x = arg;
	const size_t room = NET_REPLY_BYTES - x->begin.n;

	buf_add(&x->begin, p, one * n < room ? one * n : room);
	if (x->req->piece != NULL)
		x->req->piece(x->req->arg, (struct str){p, one * n});
	return one * n;
}

/* A secret address: what is wrong with it is said without it. */
static enum err check_url(struct arena *a, const struct net_request *req,
			  struct errbuf *e)
{
	const char *checked = NULL;
	struct str path;
	struct str query;

	(void)str_cut(str_from(req->url), '?', &path, &query);
	for (size_t i = 0; i < query.n; i++)
		if (query.p[i] <= ' ' || query.p[i] >= 0x7F)
			return err_set(e, ERR_CONFIG,
				       "%s: its address has a byte that "
				       "belongs into no address",
				       req->what);
	if (conf_url_parse(a, path, &checked) != ERR_OK ||
	    (!req->in_the_clear && !conf_url_is_safe(path)))
		return err_set(e, ERR_CONFIG,
			       "%s: its address must begin with https://; "
			       "http:// is only for this machine",
			       req->what);
	return ERR_OK;
}

static enum err set_request(struct arena *a, struct easy *t,
			    const struct net_request *req, struct errbuf *e)
{
	struct curl_slist *headers = NULL;
	bool ok = true;

	for (size_t i = 0; i < NET_MAX_HEADERS && req->headers[i] != NULL; i++)
		ok = ok && easy_list(a, &headers, req->headers[i]);
	/* no "Expect: 100-continue", which small servers do not know */
	ok = ok && easy_list(a, &headers, "Expect:");
	ok = ok && curl_easy_setopt(t->curl, CURLOPT_URL, req->url) == CURLE_OK;
	if (!ok)
		return err_set(e, ERR_INTERNAL, "libcurl has no memory");
	(void)curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, headers);
	(void)curl_easy_setopt(t->curl, CURLOPT_USERAGENT, "slipway");
	if (req->body.p != NULL) {
		(void)curl_easy_setopt(t->curl, CURLOPT_POST, 1L);
		(void)curl_easy_setopt(t->curl, CURLOPT_POSTFIELDSIZE_LARGE,
				       (curl_off_t)req->body.n);
		(void)curl_easy_setopt(t->curl, CURLOPT_POSTFIELDS,
				       req->body.p);
	}
	if (req->method != NULL)
		(void)curl_easy_setopt(t->curl, CURLOPT_CUSTOMREQUEST,
				       req->method);
	if (req->ca_file != NULL)
		(void)curl_easy_setopt(t->curl, CURLOPT_CAINFO, req->ca_file);
	(void)curl_easy_setopt(t->curl, CURLOPT_CERTINFO, 1L);
	return ERR_OK;
}

/* When the certificate of the server ends, in seconds since 1970; 0: no TLS. */
static int64_t cert_until_s(const struct easy *t)
{
	const struct str name = STR("Expire date:");
	const struct curl_certinfo *info = NULL;

	if (curl_easy_getinfo(t->curl, CURLINFO_CERTINFO, &info) != CURLE_OK ||
	    info == NULL || info->num_of_certs < 1)
		return 0;
	for (const struct curl_slist *l = info->certinfo[0]; l != NULL;
	     l = l->next)
		if (str_starts(str_from(l->data), name))
			return (int64_t)curl_getdate(l->data + name.n, NULL);
	return 0;
}

enum err exchange_begin(struct arena *a, const struct net_request *req,
			struct exchange *x, struct errbuf *e)
{
	struct easy *t = NULL;

	*x = (struct exchange){.req = req, .begun_ms = clock_mono_ms()};
	ERR_TRY(check_url(a, req, e));
	ERR_TRY(easy_new(a, "http,https", req->timeout_ms, &t, e));
	ERR_TRY(set_request(a, t, req, e));
	if (!req->private_network)
		easy_stay_out(t, conf_url_reach(str_from(req->url)) ==
					 CONF_REACH_LOOPBACK);
	buf_init(&x->begin, a, NET_REPLY_BYTES);
	(void)curl_easy_setopt(t->curl, CURLOPT_WRITEFUNCTION, on_body);
	(void)curl_easy_setopt(t->curl, CURLOPT_WRITEDATA, x);
	x->transfer = t;
	return ERR_OK;
}

void exchange_reply(const struct exchange *x, struct net_reply *out)
{
	CURL *const curl = x->transfer->curl;
	curl_off_t connect_us = 0;
	curl_off_t wait_s = 0;

	*out = (struct net_reply){.body = buf_str(&x->begin)};
	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &out->status);
	(void)curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &wait_s);
	(void)curl_easy_getinfo(curl, CURLINFO_PRETRANSFER_TIME_T, &connect_us);
	out->retry_after_s = (int64_t)wait_s;
	out->took_ms = clock_mono_ms() - x->begun_ms;
	out->connect_ms = (int64_t)connect_us / US_PER_MS;
	out->cert_until_s = cert_until_s(x->transfer);
	out->transfer = x->transfer;
}

enum err net_http(struct arena *a, const struct net_request *req,
		  struct net_reply *reply, struct errbuf *e)
{
	struct exchange x;

	*reply = (struct net_reply){.body = STR_NONE};
	ERR_TRY(exchange_begin(a, req, &x, e));
	ERR_TRY(easy_perform(x.transfer, req->what, e));
	exchange_reply(&x, reply);
	return ERR_OK;
}

struct str net_header(const struct net_reply *reply, const char *name)
{
	struct curl_header *h = NULL;

	if (reply->transfer == NULL ||
	    curl_easy_header(reply->transfer->curl, name, 0, CURLH_HEADER, -1,
			     &h) != CURLHE_OK)
		return STR_NONE;
	return str_from(h->value);
}
