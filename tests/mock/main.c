/*
 * mock-provider: a scripted stand-in for an AI provider, for tests and
 * benchmarks.  One thread serves HTTP (libmicrohttpd, epoll), one wakes calls
 * that wait (park.c).  README.md in this folder has the language of scripts
 * and the paths under /_mock.
 */
#include "call.h"
#include "park.h"
#include "record.h"
#include "serve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define MAIN_MAX_BODY        (32u << 20)
#define MAIN_MAX_CONNECTIONS 20000u

struct options {
	long port;
	const char *port_file;
	const char *ids;
	char *tls_cert; /* PEM text */
	char *tls_key;
};

static struct span argument(struct MHD_Connection *conn, const char *name)
{
	const char *v =
		MHD_lookup_connection_value(conn, MHD_GET_ARGUMENT_KIND, name);

	return v == NULL ? (struct span){0} : (struct span){v, strlen(v)};
}

/* The control paths. */

static enum MHD_Result get_calls(struct mock *m, struct call *c)
{
	struct text out = {0};

	for (struct call *i = park_first(m->park); i != NULL; i = i->next)
		records_update(m->records, i, "open");
	records_write(m->records, &out, park_count(m->park),
		      atomic_load(&m->connections),
		      argument(c->conn, "bodies").p != NULL);
	const enum MHD_Result result = serve_reply(c->conn, 200, &out);
	text_release(&out);
	return result;
}

static enum MHD_Result post_reset(struct mock *m, struct call *c)
{
	park_hang_up(m->park);
	records_reset(m->records);
	atomic_store(&m->connections, 0);
	return serve_text(c->conn, 200, "{\"ok\":true}");
}

static enum MHD_Result post_step(struct mock *m, struct call *c)
{
	const struct span n = argument(c->conn, "n");
	const long steps = n.p == NULL ? 1 : span_number(n);

	if (steps < 0)
		return serve_text(c->conn, 400, "{\"error\":\"n\"}");
	park_step(m->park, steps);
	return serve_text(c->conn, 200, "{\"ok\":true}");
}

static enum MHD_Result post_script(struct mock *m, struct call *c)
{
	const struct span model = argument(c->conn, "model");
	const struct span script = argument(c->conn, "script");
	struct script test;
	struct span bad;

	script_init(&test);
	if (model.n == 0 || !script_parse(&test, script, &bad))
		return serve_text(c->conn, 400, "{\"error\":\"script\"}");
	records_set_script(m->records, model, script);
	return serve_text(c->conn, 200, "{\"ok\":true}");
}

static enum MHD_Result get_models(struct mock *m, struct call *c)
{
	(void)m;
	return serve_text(c->conn, 200,
			  "{\"object\":\"list\",\"data\":[{\"id\":\"mock\","
			  "\"object\":\"model\",\"created\":1700000000,"
			  "\"owned_by\":\"mock\"}]}");
}

static const struct {
	const char *method;
	const char *path;
	enum MHD_Result (*serve)(struct mock *m, struct call *c);
} controls[] = {{"GET", "/_mock/calls", get_calls},
		{"POST", "/_mock/reset", post_reset},
		{"POST", "/_mock/step", post_step},
		{"POST", "/_mock/script", post_script},
		{"GET", "/v1/models", get_models}};

static enum MHD_Result route(struct mock *m, struct call *c, const char *url,
			     const char *method)
{
	for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++)
		if (strcmp(url, controls[i].path) == 0 &&
		    strcmp(method, controls[i].method) == 0)
			return controls[i].serve(m, c);
	if (strcmp(method, "POST") == 0 && serve_find(c, url))
		return serve_begin(m, c);
	return serve_text(c->conn, 404, "{\"error\":\"no such path\"}");
}

/* Called first: the only one that sees the URI as it came. */
static void *on_uri(void *arg, const char *uri, struct MHD_Connection *conn)
{
	struct call *c = mem_zero(sizeof(*c));

	(void)arg;
	c->conn = conn;
	c->uri = mem_copy(uri, strlen(uri));
	return c;
}

/* Called with the headers, with each piece of the body, and at its end. */
static enum MHD_Result on_request(void *arg, struct MHD_Connection *conn,
				  const char *url, const char *method,
				  const char *version, const char *data,
				  size_t *size, void **context)
{
	struct mock *m = arg;
	struct call *c = *context;

	(void)version;
	(void)conn;
	if (!c->begun) {
		c->begun = true;
		return MHD_YES;
	}
	if (*size > 0) {
		if (c->body.n + *size > MAIN_MAX_BODY)
			return MHD_NO;
		text_add(&c->body, data, *size);
		*size = 0;
		return MHD_YES;
	}
	if (c->id != 0)
		return serve_answer(m, c);
	return route(m, c, url, method);
}

static const char *final_state(const struct call *c,
			       enum MHD_RequestTerminationCode how)
{
	if (c->cut_by_us)
		return "cut";
	if (how == MHD_REQUEST_TERMINATED_COMPLETED_OK)
		return "done";
	return c->stage == STAGE_CLOSE ? "done" : "closed";
}

static void on_completed(void *arg, struct MHD_Connection *conn, void **context,
			 enum MHD_RequestTerminationCode how)
{
	struct mock *m = arg;
	struct call *c = *context;

	(void)conn;
	if (c == NULL)
		return;
	if (c->id != 0) {
		park_leave(m->park, c);
		records_update(m->records, c, final_state(c, how));
	}
	text_release(&c->body);
	text_release(&c->pending);
	free(c->uri);
	free(c);
	*context = NULL;
}

static void on_connection(void *arg, struct MHD_Connection *conn,
			  void **context, enum MHD_ConnectionNotificationCode n)
{
	struct mock *m = arg;

	(void)conn;
	(void)context;
	if (n == MHD_CONNECTION_NOTIFY_STARTED)
		atomic_fetch_add(&m->connections, 1);
}

/* Start-up. */

static void die(const char *what)
{
	(void)fprintf(stderr, "mock-provider: %s: %s\n", what, strerror(errno));
	exit(1);
}

static char *read_file(const char *path)
{
	struct text t = {0};
	char piece[4096];
	ssize_t n;

	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die(path);
	while ((n = read(fd, piece, sizeof(piece))) > 0)
		text_add(&t, piece, (size_t)n);
	(void)close(fd);
	text_add(&t, "", 0);
	return t.p;
}

static void usage(void)
{
	(void)fprintf(stderr,
		      "usage: mock-provider [--port N] [--port-file PATH] "
		      "[--ids PATH] [--tls-cert PEM --tls-key PEM]\n");
	exit(2);
}

static void parse_options(int argc, char **argv, struct options *o)
{
	static const struct option names[] = {
		{"port", required_argument, NULL, 'p'},
		{"port-file", required_argument, NULL, 'f'},
		{"ids", required_argument, NULL, 'i'},
		{"tls-cert", required_argument, NULL, 'c'},
		{"tls-key", required_argument, NULL, 'k'},
		{NULL, 0, NULL, 0}};
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (c == 'p')
			o->port = span_number(
				(struct span){optarg, strlen(optarg)});
		else if (c == 'f')
			o->port_file = optarg;
		else if (c == 'i')
			o->ids = optarg;
		else if (c == 'c')
			o->tls_cert = read_file(optarg);
		else if (c == 'k')
			o->tls_key = read_file(optarg);
		else
			usage();
	}
	if (optind != argc || o->port < 0 || o->port > 65535 ||
	    (o->tls_cert == NULL) != (o->tls_key == NULL))
		usage();
}

static struct MHD_Daemon *start(struct mock *m, const struct options *o)
{
	struct sockaddr_in addr = {.sin_family = AF_INET,
				   .sin_port = htons((uint16_t)o->port),
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const struct MHD_OptionItem tls[] = {
		{MHD_OPTION_HTTPS_MEM_KEY, 0, o->tls_key},
		{MHD_OPTION_HTTPS_MEM_CERT, 0, o->tls_cert},
		{MHD_OPTION_END, 0, NULL}};
	unsigned flags = (unsigned)MHD_USE_EPOLL_INTERNAL_THREAD |
			 (unsigned)MHD_ALLOW_SUSPEND_RESUME;

	if (o->tls_cert != NULL)
		flags |= (unsigned)MHD_USE_TLS;
	return MHD_start_daemon(
		flags, 0, NULL, NULL, on_request, m, MHD_OPTION_SOCK_ADDR,
		(struct sockaddr *)&addr, MHD_OPTION_NOTIFY_COMPLETED,
		on_completed, m, MHD_OPTION_URI_LOG_CALLBACK, on_uri, m,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, m,
		MHD_OPTION_CONNECTION_LIMIT, MAIN_MAX_CONNECTIONS,
		MHD_OPTION_LISTEN_BACKLOG_SIZE, 4096u, MHD_OPTION_ARRAY,
		o->tls_cert != NULL ? tls : tls + 2, MHD_OPTION_END);
}

/* Write the port to the file so that a reader sees all of it or nothing. */
static void announce(const struct options *o, unsigned port)
{
	struct text path = {0};

	if (o->port_file == NULL) {
		(void)printf("%u\n", port);
		(void)fflush(stdout);
		return;
	}
	text_addf(&path, "%s.tmp", o->port_file);
	FILE *f = fopen(path.p, "w");
	if (f == NULL || fprintf(f, "%u\n", port) < 0 || fclose(f) != 0 ||
	    rename(path.p, o->port_file) != 0)
		die(o->port_file);
	text_release(&path);
}

int main(int argc, char **argv)
{
	struct options o = {0};
	struct mock m = {0};
	struct rlimit files;
	sigset_t ends;
	int sig;

	parse_options(argc, argv, &o);
	if (o.ids != NULL && (m.ids = fopen(o.ids, "ae")) == NULL)
		die(o.ids);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigemptyset(&ends);
	(void)sigaddset(&ends, SIGTERM);
	(void)sigaddset(&ends, SIGINT);
	(void)pthread_sigmask(SIG_BLOCK, &ends, NULL);
	m.park = park_new();
	m.records = records_new();
	struct MHD_Daemon *daemon = start(&m, &o);
	if (daemon == NULL)
		die("could not listen on 127.0.0.1");
	announce(&o,
		 MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
	(void)sigwait(&ends, &sig);
	/* Calls may be parked for ever: the kernel closes their sockets. */
	_exit(0);
}
