/*
 * What the blocking transfers of this folder share.  They serve commands and
 * rare events, never the path of a request: that is llm/upstream.
 */
#include "net/easy.h"

#include "base/arena.h"
#include "conf/address.h"

#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

static void end(void *arg)
{
	curl_easy_cleanup(arg);
}

static void end_list(void *arg)
{
	struct curl_slist **const list = arg;

	curl_slist_free_all(*list);
}

enum err easy_new(struct arena *a, const char *protocols, int64_t timeout_ms,
		  struct easy **out, struct errbuf *e)
{
	struct easy *const t = ARENA_NEW(a, struct easy);

	/* counts its calls, so that others may have called it, too */
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_set(e, ERR_INTERNAL, "libcurl does not start");
	t->curl = curl_easy_init();
	if (t->curl == NULL)
		return err_set(e, ERR_INTERNAL, "libcurl has no memory");
	arena_defer(a, end, t->curl);
	(void)curl_easy_setopt(t->curl, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(t->curl, CURLOPT_PROTOCOLS_STR, protocols);
	(void)curl_easy_setopt(t->curl, CURLOPT_FOLLOWLOCATION, 0L);
	(void)curl_easy_setopt(t->curl, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(t->curl, CURLOPT_SSL_VERIFYPEER, 1L);
	(void)curl_easy_setopt(t->curl, CURLOPT_SSL_VERIFYHOST, 2L);
	(void)curl_easy_setopt(t->curl, CURLOPT_SSLVERSION,
			       (long)CURL_SSLVERSION_TLSv1_2);
	(void)curl_easy_setopt(t->curl, CURLOPT_ERRORBUFFER, t->why);
	(void)curl_easy_setopt(t->curl, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	*out = t;
	return ERR_OK;
}

static curl_socket_t open_socket(void *data, curlsocktype purpose,
				 struct curl_sockaddr *a)
{
	struct easy *const t = data;
	const enum conf_reach reach = conf_address_reach(&a->addr);

	if (purpose == CURLSOCKTYPE_IPCXN && reach != CONF_REACH_PUBLIC &&
	    !(reach == CONF_REACH_LOOPBACK && t->here)) {
		t->inside = true;
		return CURL_SOCKET_BAD;
	}
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

void easy_stay_out(struct easy *t, bool here)
{
	t->here = here;
	(void)curl_easy_setopt(t->curl, CURLOPT_OPENSOCKETFUNCTION,
			       open_socket);
	(void)curl_easy_setopt(t->curl, CURLOPT_OPENSOCKETDATA, t);
}

bool easy_list(struct arena *a, struct curl_slist **list, const char *line)
{
	struct curl_slist *const longer = curl_slist_append(*list, line);

	if (longer == NULL)
		return false;
	if (*list == NULL) {
		struct curl_slist **const kept =
			ARENA_NEW(a, struct curl_slist *);
		*kept = longer; /* the head never changes */
		arena_defer(a, end_list, (void *)kept);
	}
	*list = longer;
	return true;
}

enum err easy_result(const struct easy *t, CURLcode rc, const char *what,
		     struct errbuf *e)
{
	if (rc == CURLE_OK)
		return ERR_OK;
	if (t->inside)
		return err_set(e, ERR_CONFIG,
			       "%s: its address leads to a private network; if "
			       "that is meant, set [server] private_network = "
			       "on",
			       what);
	return err_set(e, rc == CURLE_OPERATION_TIMEDOUT ? ERR_TIMEOUT : ERR_IO,
		       "%s: %s", what,
		       t->why[0] != '\0' ? t->why : curl_easy_strerror(rc));
}

enum err easy_perform(struct easy *t, const char *what, struct errbuf *e)
{
	return easy_result(t, curl_easy_perform(t->curl), what, e);
}
