/*
 * The floor: a bare relay of the same libraries, libfcgi and libcurl, a thread
 * for each request, without keys, limits, accounting or parsing.  It sends the
 * body to $RELAY_URL and passes the answer on, each piece at once.
 */
#include <curl/curl.h>
#include <fcgiapp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define THREADS    256
#define BODY_BYTES 8192

static size_t pass_on(char *p, size_t size, size_t n, void *arg)
{
	FCGX_Request *const r = arg;

	if (FCGX_PutStr(p, (int)(size * n), r->out) < 0 ||
	    FCGX_FFlush(r->out) < 0)
		return 0;
	return size * n;
}

static void relay(FCGX_Request *r, CURL *easy, struct curl_slist *headers)
{
	char body[BODY_BYTES];
	const int n = FCGX_GetStr(body, sizeof(body), r->in);

	(void)FCGX_PutS("Content-Type: text/event-stream\r\n\r\n", r->out);
	(void)curl_easy_setopt(easy, CURLOPT_URL, getenv("RELAY_URL"));
	(void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	(void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
	(void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)n);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, pass_on);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, r);
	(void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_perform(easy);
}

static void *run(void *arg)
{
	FCGX_Request r;
	CURL *const easy = curl_easy_init();
	struct curl_slist *const headers =
		curl_slist_append(NULL, "Content-Type: application/json");

	(void)arg;
	(void)FCGX_InitRequest(&r, 0, 0);
	while (FCGX_Accept_r(&r) == 0) {
		relay(&r, easy, headers);
		FCGX_Finish_r(&r);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];

	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
	(void)FCGX_Init();
	for (size_t i = 1; i < THREADS; i++)
		(void)pthread_create(&threads[i], NULL, run, NULL);
	(void)run(NULL);
	return 0;
}
