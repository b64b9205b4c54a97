/*
 * Load generator: keeps N requests under way until TOTAL are done, and prints
 * what their clients saw, as one JSON object.
 *
 *	load HOST PORT FILE MARKER END CONCURRENT TOTAL RAMP_MS
 *
 * FILE    the whole HTTP request, sent as it is; HTTP/1.0 or Connection: close
 * MARKER  stands in the response once for each token
 * END     stands in it once, when it is whole
 * RAMP_MS over how long the first N are started, so that streams are at
 *         different places, as they are in life
 *
 * ttft is from connect to the first MARKER, gap between two of them, whole from
 * connect to the end.  A response that ends without END has failed.  One
 * thread; it does nothing else than wait, read and look for MARKER.
 */
#define _GNU_SOURCE /* memmem() */

#include "base/num.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_STREAMS  8192
#define MAX_SAMPLES  ((size_t)4 * 1024 * 1024)
#define READ_BYTES   65536
#define TAIL_BYTES   64
#define EVENTS       256
#define SILENT_MS    30000
#define REQUEST_SIZE ((size_t)1024 * 1024)

struct stream {
	int fd;
	bool sent;
	bool ended;
	int64_t begun_us;
	int64_t last_us; /* of the latest token; 0: none */
	char tail[TAIL_BYTES];
	size_t ntail;
};

struct samples {
	int64_t *us;
	size_t n;
};

static struct {
	struct sockaddr_in to;
	char request[REQUEST_SIZE];
	size_t nrequest;
	const char *marker;
	const char *end;
	size_t concurrent;
	size_t total;
	int64_t ramp_us;
	int epoll;
	struct stream streams[MAX_STREAMS];
	size_t started;
	size_t at_once; /* most under way that have had a token */
	size_t flowing;
	size_t finished;
	size_t failed;
	size_t tokens;
	struct samples ttft;
	struct samples gap;
	struct samples whole;
} g;

static int64_t now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void sample(struct samples *s, int64_t us)
{
	if (s->n < MAX_SAMPLES)
		s->us[s->n++] = us;
}

static void start(struct stream *s)
{
	struct epoll_event ev = {.events = EPOLLOUT, .data = {.ptr = s}};
	const int on = 1;

	memset(s, 0, sizeof(*s));
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (s->fd < 0)
		die("socket");
	(void)setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	s->begun_us = now_us();
	if (connect(s->fd, (struct sockaddr *)&g.to, sizeof(g.to)) != 0 &&
	    errno != EINPROGRESS)
		die("connect");
	if (epoll_ctl(g.epoll, EPOLL_CTL_ADD, s->fd, &ev) != 0)
		die("epoll_ctl");
	g.started++;
}

static void finish(struct stream *s)
{
	(void)close(s->fd);
	s->fd = -1;
	if (s->last_us != 0)
		g.flowing--;
	g.finished++;
	if (!s->ended)
		g.failed++;
	else
		sample(&g.whole, now_us() - s->begun_us);
	if (g.started < g.total)
		start(s);
}

static void send_request(struct stream *s)
{
	struct epoll_event ev = {.events = EPOLLIN, .data = {.ptr = s}};

	if (send(s->fd, g.request, g.nrequest, MSG_NOSIGNAL) !=
	    (ssize_t)g.nrequest) {
		finish(s);
		return;
	}
	s->sent = true;
	(void)epoll_ctl(g.epoll, EPOLL_CTL_MOD, s->fd, &ev);
}

static void token(struct stream *s, int64_t now)
{
	g.tokens++;
	if (s->last_us == 0) {
		sample(&g.ttft, now - s->begun_us);
		g.flowing++;
	} else {
		sample(&g.gap, now - s->last_us);
	}
	if (g.flowing > g.at_once)
		g.at_once = g.flowing;
	s->last_us = now;
}

/*
 * Look for the markers in what was read; what may be the beginning of one is
 * kept for the next time.
 */
static void look(struct stream *s, const char *p, size_t n)
{
	static char buf[READ_BYTES + TAIL_BYTES + 1];
	const size_t longest = strlen(g.marker) > strlen(g.end)
				       ? strlen(g.marker)
				       : strlen(g.end);
	const int64_t now = now_us();
	const char *at = buf;
	const char *after = buf;

	memcpy(buf, s->tail, s->ntail);
	memcpy(buf + s->ntail, p, n);
	n += s->ntail;
	buf[n] = '\0';
	while ((at = memmem(at, n - (size_t)(at - buf), g.marker,
			    strlen(g.marker))) != NULL) {
		token(s, now);
		at += strlen(g.marker);
		after = at;
	}
	if (memmem(buf, n, g.end, strlen(g.end)) != NULL)
		s->ended = true;
	s->ntail = n - (size_t)(after - buf);
	if (s->ntail > longest - 1)
		s->ntail = longest - 1;
	memcpy(s->tail, buf + n - s->ntail, s->ntail);
}

static void receive(struct stream *s)
{
	static char buf[READ_BYTES];
	const ssize_t n = recv(s->fd, buf, sizeof(buf), 0);

	if (n > 0)
		look(s, buf, (size_t)n);
	else if (n == 0 || errno != EAGAIN)
		finish(s);
}

static int compare(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a;
	const int64_t y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void print(const char *name, struct samples *s)
{
	qsort(s->us, s->n, sizeof(*s->us), compare);
	const int64_t p50 = s->n > 0 ? s->us[s->n / 2] : 0;
	const int64_t p99 = s->n > 0 ? s->us[s->n * 99 / 100] : 0;
	(void)printf(", \"%s_p50_us\": %" PRId64 ", \"%s_p99_us\": %" PRId64,
		     name, p50, name, p99);
}

static void read_request(const char *path)
{
	FILE *const f = fopen(path, "rb");

	if (f == NULL)
		die(path);
	g.nrequest = fread(g.request, 1, sizeof(g.request), f);
	(void)fclose(f);
}

static int64_t number(const char *text, int64_t max)
{
	int64_t n = 0;

	if (num_parse_i64(str_from(text), 0, max, &n) != ERR_OK)
		die(text);
	return n;
}

static void setup(char **argv)
{
	struct samples *const all[] = {&g.ttft, &g.gap, &g.whole};
	struct rlimit files;

	g.to.sin_family = AF_INET;
	g.to.sin_port = htons((uint16_t)number(argv[2], 65535));
	if (inet_pton(AF_INET, argv[1], &g.to.sin_addr) != 1)
		die(argv[1]);
	read_request(argv[3]);
	g.marker = argv[4];
	g.end = argv[5];
	g.concurrent = (size_t)number(argv[6], MAX_STREAMS);
	g.total = (size_t)number(argv[7], INT64_C(100000000));
	g.ramp_us = number(argv[8], 3600000) * 1000;
	if (strlen(g.marker) >= TAIL_BYTES || strlen(g.end) >= TAIL_BYTES)
		die("a marker is too long");
	for (size_t i = 0; i < 3; i++)
		all[i]->us = calloc(MAX_SAMPLES, sizeof(int64_t));
	g.epoll = epoll_create1(0);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
}

/* Start those of the first N that are due; returns ms until the next one. */
static int ramp(int64_t begun_us, size_t *ramped)
{
	const int64_t since = now_us() - begun_us;

	while (*ramped < g.concurrent && g.started < g.total &&
	       (g.ramp_us == 0 ||
		(int64_t)*ramped * g.ramp_us / (int64_t)g.concurrent <= since))
		start(&g.streams[(*ramped)++]);
	return *ramped < g.concurrent && g.started < g.total ? 1 : SILENT_MS;
}

int main(int argc, char **argv)
{
	struct epoll_event events[EVENTS];
	size_t ramped = 0;

	if (argc != 9) {
		(void)fprintf(stderr, "usage: load HOST PORT FILE MARKER END "
				      "CONCURRENT TOTAL RAMP_MS\n");
		return 2;
	}
	setup(argv);
	const int64_t begun_us = now_us();
	while (g.finished < g.total) {
		const int wait_ms = ramp(begun_us, &ramped);
		const int n = epoll_wait(g.epoll, events, EVENTS, wait_ms);
		if (n == 0 && wait_ms == SILENT_MS)
			break; /* the rest has failed */
		for (int i = 0; i < n; i++) {
			struct stream *const s = events[i].data.ptr;
			if (s->sent)
				receive(s);
			else
				send_request(s);
		}
	}
	const int64_t took_us = now_us() - begun_us;
	(void)printf("{\"done\": %zu, \"failed\": %zu, \"tokens\": %zu, "
		     "\"at_once\": %zu, \"took_us\": %" PRId64,
		     g.whole.n, g.total - g.whole.n, g.tokens, g.at_once,
		     took_us);
	print("ttft", &g.ttft);
	print("gap", &g.gap);
	print("whole", &g.whole);
	(void)printf("}\n");
	return 0;
}
