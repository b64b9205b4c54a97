#ifndef SLIPWAY_HTTP_WORKER_H
#define SLIPWAY_HTTP_WORKER_H

#include "base/err.h"
#include "conf/conf.h"
#include "http/loop.h"
#include "http/req.h"

#include <stdbool.h>

struct client;
struct problem_shape;
struct worker;

/*
 * A worker process: one route, spawned by the web server, FastCGI or plain
 * CGI.  Three kinds of thread: intake (accept, handle, finish), the loop, and
 * whatever the route's open() starts (the ledger).
 *
 *	intake: accept -> handle() --respond---------------------> finish
 *	                     '-- hand over --> loop -- client_close --^
 */

#define ROUTE_MAX_PATHS 4

/* What a route file in cgi-bin/ fills in. */
struct route {
	const char *name;
	const char *paths[ROUTE_MAX_PATHS]; /* exact; none = any path */
	const char *methods;                /* "GET, HEAD": also for Allow */
	bool without_conf; /* works, and says so, without a configuration */
	bool quiet;        /* log its requests at debug level only */
	bool cors;         /* pages of [server] cors_origins may use it */
	bool hands_over;   /* when handle() returns ERR_OK the loop has req */
	/* how errors are written; NULL: problem_json() */
	const struct problem_shape *problem;
	/*
	 * Once at start, with the configuration loaded; *state goes to
	 * handle().  A failure is logged and makes every request 503.
	 */
	enum err (*open)(struct worker *w, void **state, struct errbuf *e);
	/* Once at the end, when no request is left. */
	void (*close)(void *state);
	/*
	 * Answer req: send a response and return ERR_OK, or return the error
	 * that the worker turns into one.  With hands_over, ERR_OK means that
	 * another thread has req by now and nobody here may touch it.
	 */
	enum err (*handle)(struct req *req, void *state);
};

/* Run the worker until the web server ends it.  The body of main(). */
int worker_main(const struct route *route, int argc, char **argv);

/* The rest is for handlers and for the loop's side. */

/* The configuration; its content is empty when it could not be loaded. */
const struct conf *worker_conf(const struct worker *w);

/* ERR_OK, or why the configuration or the route's open() failed. */
enum err worker_state(const struct worker *w, struct errbuf *e);

struct loop *worker_loop(struct worker *w);
const char *worker_name(const struct worker *w);

/* True when this process serves one request and exits (plain CGI). */
bool worker_is_cgi(const struct worker *w);

/* Let an intake thread run job, where waiting is allowed.  From any thread. */
void worker_post(struct worker *w, struct worker_job *job);

/*
 * A request that nobody sent and nobody waits for, for a call of our own.  It
 * has an id of its own and the trace of `like`.  NULL when this process is
 * about to end; or serves one request only, unless that one waits for it.  End
 * it with worker_finish().
 */
struct req *worker_detached(struct worker *w, const struct req *like,
			    bool waits);

/* The loop is done with req: let an intake thread end it. */
void worker_finish(struct worker *w, struct req *req);

/* End req on the calling thread.  Blocks: as conn_finish(). */
void worker_end(struct req *req);

/* The list of open clients; loop thread only. */
struct client **worker_clients(struct worker *w);

#endif
