/*
 * Requests at the same time, for `slipway smoke --load`: libcurl's multi
 * interface in the thread of the caller.
 */
#include "net/many.h"

#include "base/arena.h"
#include "net/easy.h"
#include "net/exchange.h"

struct net_many {
	CURLM *multi;
};

struct request {
	struct exchange exchange;
	net_done_fn *done;
	void *arg;
};

static void end(void *arg)
{
	(void)curl_multi_cleanup(arg);
}

enum err net_many_new(struct arena *a, struct net_many **out, struct errbuf *e)
{
	struct net_many *const m = ARENA_NEW(a, struct net_many);

	if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
		m->multi = curl_multi_init();
	if (m->multi == NULL)
		return err_set(e, ERR_INTERNAL, "libcurl does not start");
	arena_defer(a, end, m->multi);
	/* people do not share a connection, so requests do not, either */
	(void)curl_multi_setopt(m->multi, CURLMOPT_PIPELINING,
				(long)CURLPIPE_NOTHING);
	*out = m;
	return ERR_OK;
}

enum err net_many_begin(struct net_many *m, struct arena *a,
			const struct net_request *req, net_done_fn *done,
			void *arg, struct errbuf *e)
{
	struct request *const r = ARENA_NEW(a, struct request);

	r->done = done;
	r->arg = arg;
	ERR_TRY(exchange_begin(a, req, &r->exchange, e));
	CURL *const curl = r->exchange.transfer->curl;
	(void)curl_easy_setopt(curl, CURLOPT_PRIVATE, r);
	if (curl_multi_add_handle(m->multi, curl) != CURLM_OK)
		return err_set(e, ERR_INTERNAL, "libcurl has no memory");
	return ERR_OK;
}

static void ended(struct net_many *m, CURL *curl, CURLcode rc)
{
	struct errbuf e = {.code = ERR_OK};
	struct net_reply reply;
	char *private = NULL;

	(void)curl_easy_getinfo(curl, CURLINFO_PRIVATE, &private);
	(void)curl_multi_remove_handle(m->multi, curl);
	const struct request *const r = (const void *)private;
	const enum err err = easy_result(r->exchange.transfer, rc,
					 r->exchange.req->what, &e);
	exchange_reply(&r->exchange, &reply);
	r->done(r->arg, err, &reply, &e); /* r may be gone */
}

static void carry_on(struct net_many *m)
{
	const CURLMsg *msg = NULL;
	int n = 0;

	(void)curl_multi_perform(m->multi, &n);
	while ((msg = curl_multi_info_read(m->multi, &n)) != NULL)
		if (msg->msg == CURLMSG_DONE)
			ended(m, msg->easy_handle, msg->data.result);
}

void net_many_wait(struct net_many *m, int64_t ms)
{
	carry_on(m);
	(void)curl_multi_poll(m->multi, NULL, 0, (int)ms, NULL);
	carry_on(m);
}
