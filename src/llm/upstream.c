/*
 * What a transfer to a provider is: its options, its stages, its callbacks.
 * The call pipeline starts transfers and gets their bytes; transfer.c moves
 * them.
 */
#include "llm/upstream.h"

#include "base/buf.h"
#include "base/container.h"
#include "base/log.h"
#include "base/num.h"
#include "conf/address.h"
#include "conf/conf.h"
#include "llm/destination.h"
#include "llm/provider.h"
#include "llm/transfer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DNS_CACHE_SECONDS 300L
#define KEEPALIVE_SECONDS 30L
/* A token is a few hundred bytes, and every stream has one such buffer. */
#define RECEIVE_BYTES 1536L
#define SEND_BYTES    16384L /* libcurl's minimum */
/* What may follow "[DONE]", and how long we wait for it. */
#define DETACHED_BYTES ((size_t)16 * 1024)
#define DETACHED_MS    2000
#define NEVER          INT64_MAX
/* Of a request so small no libcurl asks first whether it is welcome. */
#define SMALL_BYTES ((size_t)1024)

/* Stages --------------------------------------------------------------- */

static int64_t deadline(int64_t from_ms, int64_t timeout_ms)
{
	return timeout_ms > 0 ? num_add(from_ms, timeout_ms) : NEVER;
}

/*
 * When the stage c is in must be over, whichever of its limits comes first;
 * *what and *limit_ms say which.  A paused transfer waits for the client, and
 * only the total goes on.
 */
static int64_t stage_end(const struct upstream_call *c, const char **what,
			 int64_t *limit_ms)
{
	const struct conf_provider *const conf = c->conf;
	int64_t end = deadline(c->started_ms, conf->timeout_total_ms);
	int64_t stage = NEVER;

	*what = "timeout_total_ms: the answer is not complete";
	*limit_ms = conf->timeout_total_ms;
	if (!c->paused && !c->got_body)
		stage = deadline(c->started_ms, conf->timeout_first_byte_ms);
	else if (!c->paused)
		stage = deadline(c->heard_ms, conf->timeout_idle_ms);
	if (stage >= end)
		return end;
	*what = c->got_body ? "timeout_idle_ms: no more bytes"
			    : "timeout_first_byte_ms: no answer";
	*limit_ms = c->got_body ? conf->timeout_idle_ms
				: conf->timeout_first_byte_ms;
	return stage;
}

/* Later bytes do not touch the timer: it looks again when it fires. */
static void stage_arm(struct upstream_call *c)
{
	const char *what = NULL;
	int64_t limit_ms = 0;
	const int64_t end = stage_end(c, &what, &limit_ms);

	if (end != NEVER)
		loop_timer_set(c->u->loop, &c->stage,
			       end - loop_now_ms(c->u->loop));
	else
		loop_timer_cancel(c->u->loop, &c->stage);
}

static void on_stage(struct loop_timer *t)
{
	struct upstream_call *const c =
		CONTAINER_OF(t, struct upstream_call, stage);
	const char *what = NULL;
	int64_t limit_ms = 0;
	char why[128];

	if (!c->detached &&
	    stage_end(c, &what, &limit_ms) > loop_now_ms(c->u->loop)) {
		stage_arm(c);
		return;
	}
	(void)snprintf(why, sizeof(why), "%s after %" PRId64 " ms",
		       what != NULL ? what : "detached", limit_ms);
	transfer_finish(c, ERR_UPSTREAM_TIMEOUT, why);
}

/* Callbacks of libcurl ------------------------------------------------- */

static bool is_blank_line(const char *p, size_t n)
{
	return (n == 2 && p[0] == '\r' && p[1] == '\n') ||
	       (n == 1 && p[0] == '\n');
}

/*
 * Called with each line; the blank one ends a head.  Heads of 1xx are not the
 * answer, and what comes after the body is a trailer.
 */
static size_t on_header(char *p, size_t size, size_t n, void *arg)
{
	struct upstream_call *const c = arg;
	long status = 0;

	(void)size;
	if (c->detached)
		return n;
	if (c->sink == NULL)
		return 0;
	if (c->status != 0 || !is_blank_line(p, n))
		return n;
	(void)curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status < 200)
		return n;
	c->status = (int)status;
	c->sink->head(c->sink, c->status);
	return c->sink != NULL || c->detached ? n : 0;
}

static void heard(struct upstream_call *c)
{
	c->heard_ms = loop_now_ms(c->u->loop);
	if (c->got_body)
		return;
	c->got_body = true;
	stage_arm(c);
}

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
	struct upstream_call *const c = arg;

	(void)size;
	if (c->detached) {
		c->detached_bytes += n;
		return c->detached_bytes <= DETACHED_BYTES ? n : 0;
	}
	if (c->sink == NULL)
		return 0;
	if (c->paused) {
		c->curl_paused = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	heard(c);
	c->sink->body(c->sink, (struct str){p, n});
	return c->sink != NULL || c->detached ? n : 0;
}

/* Options -------------------------------------------------------------- */

/*
 * They are set for each call, since only curl_easy_reset() clears libcurl's
 * count of retries.  None of these can fail but for want of memory, which the
 * caller sees from the URL.
 */
static void set_transport(CURL *easy, bool https)
{
	(void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	/* a lookup that is under way when we cancel is left to its thread */
	(void)curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	(void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	(void)curl_easy_setopt(easy, CURLOPT_SSLVERSION,
			       (long)CURL_SSLVERSION_TLSv1_2);
	/*
	 * Debian sets a CA bundle and a CA path.  With a path libcurl reads
	 * the whole bundle again for every connection, and keeps it.
	 */
	(void)curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	/*
	 * HTTP/2 where TLS finds that the server speaks it.  While the first
	 * connection is being made others wait for it, to share it: one
	 * handshake for a hundred calls.
	 */
	(void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
			       (long)CURL_HTTP_VERSION_2TLS);
	if (https)
		(void)curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT,
			       DNS_CACHE_SECONDS);
	(void)curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, KEEPALIVE_SECONDS);
	(void)curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, KEEPALIVE_SECONDS);
	(void)curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, RECEIVE_BYTES);
	(void)curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, SEND_BYTES);
}

/*
 * No key and no prompt goes to an address inside, whatever the name server
 * says: not to a private network, unless the provider's section allows it, and
 * to this machine only when base_url names it.
 */
static curl_socket_t open_socket(void *data, curlsocktype purpose,
				 struct curl_sockaddr *a)
{
	struct upstream_call *const c = data;
	const enum conf_reach reach = conf_address_reach(&a->addr);

	if (purpose == CURLSOCKTYPE_IPCXN && reach != CONF_REACH_PUBLIC &&
	    !c->conf->private_network &&
	    !(reach == CONF_REACH_LOOPBACK && c->here)) {
		log_msg(LOG_ERROR, "private_address",
			"[provider %s] base_url leads to a private network; "
			"if that is meant, set private_network = on",
			c->conf->name);
		return CURL_SOCKET_BAD;
	}
	const int fd =
		socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
	if (fd >= 0)
		transfer_opened(c, fd);
	return fd;
}

/* What [provider NAME] says about the way to it; "" is no proxy at all. */
static void set_way(struct upstream_call *c, const struct conf_provider *conf)
{
	CURL *const easy = c->easy;

	(void)curl_easy_setopt(easy, CURLOPT_PROXY,
			       conf->proxy != NULL ? conf->proxy : "");
	(void)curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
	/* a proxy is where the operator says, and looks names up itself */
	if (conf->proxy == NULL || conf->proxy[0] == '\0') {
		(void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION,
				       open_socket);
		(void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, c);
	}
	if (conf->ca_file != NULL && conf->ca_file[0] != '\0')
		(void)curl_easy_setopt(easy, CURLOPT_CAINFO, conf->ca_file);
}

static void set_callbacks(struct upstream_call *c)
{
	(void)curl_easy_setopt(c->easy, CURLOPT_PRIVATE, c);
	(void)curl_easy_setopt(c->easy, CURLOPT_HEADERFUNCTION, on_header);
	(void)curl_easy_setopt(c->easy, CURLOPT_HEADERDATA, c);
	(void)curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, on_body);
	(void)curl_easy_setopt(c->easy, CURLOPT_WRITEDATA, c);
	(void)curl_easy_setopt(c->easy, CURLOPT_ERRORBUFFER, c->why);
}

static bool add_header(struct upstream_call *c, const char *line)
{
	struct curl_slist *const list = curl_slist_append(c->headers, line);

	if (list != NULL)
		c->headers = list;
	return list != NULL;
}

/*
 * AWS wants the path to be signed as it would be escaped once more, and
 * libcurl 7.88 signs the path of the URL as it is.  So the URL has the escaped
 * one, and the request line another.
 */
static bool set_signature(struct upstream_call *c,
			  const struct provider_request *req)
{
	if (req->sigv4 == NULL)
		return true;
	(void)curl_easy_setopt(c->easy, CURLOPT_REQUEST_TARGET, req->target);
	(void)curl_easy_setopt(c->easy, CURLOPT_USERNAME, req->access_key);
	(void)curl_easy_setopt(c->easy, CURLOPT_PASSWORD, req->secret_key);
	return curl_easy_setopt(c->easy, CURLOPT_AWS_SIGV4, req->sigv4) ==
	       CURLE_OK;
}

/* Returns false when libcurl has no memory. */
static bool set_request(struct upstream_call *c,
			const struct provider_request *req)
{
	/* no "Expect: 100-continue": it costs a round trip */
	bool ok = req->body.n <= SMALL_BYTES || add_header(c, "Expect:");

	for (size_t i = 0; i < req->nheaders; i++)
		ok = ok && add_header(c, req->headers[i]);
	(void)curl_easy_setopt(c->easy, CURLOPT_POST, 1L);
	(void)curl_easy_setopt(c->easy, CURLOPT_POSTFIELDSIZE_LARGE,
			       (curl_off_t)req->body.n);
	(void)curl_easy_setopt(c->easy, CURLOPT_POSTFIELDS, buf_c(&req->body));
	(void)curl_easy_setopt(c->easy, CURLOPT_CUSTOMREQUEST, req->method);
	(void)curl_easy_setopt(c->easy, CURLOPT_FRESH_CONNECT, (long)req->once);
	(void)curl_easy_setopt(c->easy, CURLOPT_FORBID_REUSE, (long)req->once);
	(void)curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, c->headers);
	(void)curl_easy_setopt(c->easy, CURLOPT_USERAGENT, "slipway");
	if (c->conf->timeout_connect_ms > 0)
		(void)curl_easy_setopt(c->easy, CURLOPT_CONNECTTIMEOUT_MS,
				       (long)c->conf->timeout_connect_ms);
	return ok && set_signature(c, req) &&
	       curl_easy_setopt(c->easy, CURLOPT_URL, req->url) == CURLE_OK;
}

/* The interface -------------------------------------------------------- */

static void reset(struct upstream_call *c, const struct conf_provider *conf,
		  size_t request_bytes)
{
	c->conf = conf;
	c->request_bytes = request_bytes;
	c->status = 0;
	c->got_body = false;
	c->paused = false;
	c->curl_paused = false;
	c->detached = false;
	c->detached_bytes = 0;
	c->why[0] = '\0';
	c->stage.fire = on_stage;
	c->started_ms = loop_now_ms(c->u->loop);
}

struct upstream_call *upstream_post(struct upstream *u, struct arena *a,
				    const struct conf_provider *conf,
				    const struct provider_request *req,
				    struct upstream_sink *sink,
				    struct errbuf *e)
{
	const struct destination *to = NULL;

	(void)a; /* libcurl's memory is its own */
	if (destination_find(&u->destinations, &u->arena, conf, req->url, &to,
			     e) != ERR_OK)
		return NULL;
	struct upstream_call *const c = transfer_take(u);
	if (c == NULL) {
		(void)err_set(e, ERR_INTERNAL, "no memory for a transfer");
		return NULL;
	}
	reset(c, conf, req->body.n);
	c->here = to->here;
	set_way(c, conf);
	set_transport(c->easy, to->https);
	set_callbacks(c);
	(void)curl_easy_setopt(c->easy, CURLOPT_CURLU, to->url);
	if (!set_request(c, req)) {
		(void)err_set(e, ERR_INTERNAL, "no memory for a request");
		transfer_todo(c);
		return NULL;
	}
	c->sink = sink;
	stage_arm(c);
	transfer_todo(c);
	return c;
}

void upstream_cancel(struct upstream_call *c)
{
	if (c->sink == NULL)
		return;
	c->sink = NULL;
	loop_timer_cancel(c->u->loop, &c->stage);
	if (c->u->depth == 0)
		transfer_stop(c);
	transfer_todo(c);
}

void upstream_detach(struct upstream_call *c)
{
	curl_off_t sent = 0;

	if (c->sink == NULL)
		return;
	(void)curl_easy_getinfo(c->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
	if (c->pool == NULL || (uint64_t)sent < c->request_bytes) {
		/* the request's bytes are still needed, and soon gone */
		upstream_cancel(c);
		return;
	}
	c->sink = NULL;
	c->detached = true;
	c->paused = false;
	loop_timer_set(c->u->loop, &c->stage, DETACHED_MS);
	transfer_todo(c);
}

void upstream_pause(struct upstream_call *c)
{
	c->paused = true;
}

void upstream_resume(struct upstream_call *c)
{
	if (!c->paused)
		return;
	c->paused = false;
	c->heard_ms = loop_now_ms(c->u->loop);
	stage_arm(c);
	transfer_todo(c);
}

bool upstream_request_sent(const struct upstream_call *c)
{
	long bytes = 0;

	(void)curl_easy_getinfo(c->easy, CURLINFO_REQUEST_SIZE, &bytes);
	return bytes > 0;
}

struct str upstream_header(const struct upstream_call *c, const char *name)
{
	struct curl_header *h = NULL;

	if (curl_easy_header(c->easy, name, 0, CURLH_HEADER, -1, &h) !=
	    CURLHE_OK)
		return STR_NONE;
	return str_from(h->value);
}

int64_t upstream_retry_after_ms(const struct upstream_call *c)
{
	struct curl_header *h = NULL;
	curl_off_t seconds = 0;
	int64_t ms = 0;

	if (curl_easy_header(c->easy, "retry-after-ms", 0, CURLH_HEADER, -1,
			     &h) == CURLHE_OK &&
	    num_parse_i64(str_trim(str_from(h->value)), 0, INT64_MAX, &ms) ==
		    ERR_OK)
		return ms;
	if (curl_easy_header(c->easy, "retry-after", 0, CURLH_HEADER, -1, &h) !=
	    CURLHE_OK)
		return -1;
	(void)curl_easy_getinfo(c->easy, CURLINFO_RETRY_AFTER, &seconds);
	return num_mul(seconds, 1000);
}
