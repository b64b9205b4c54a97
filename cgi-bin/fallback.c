/*
 * Every address that is neither a static file nor a route: a JSON error, so
 * that a client never meets the web server's own HTML page.
 */
#include "http/worker.h"

static enum err handle(struct req *req, void *state)
{
	(void)state;
	return err_set(&req->err, ERR_NOT_FOUND, "there is nothing at " STR_FMT,
		       STR_ARG(req->path));
}

int main(int argc, char **argv)
{
	static const struct route route = {
		.name = "fallback",
		.methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
		.without_conf = true,
		.quiet = true,
		.handle = handle,
	};

	return worker_main(&route, argc, argv);
}
