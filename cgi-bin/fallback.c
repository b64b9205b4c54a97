/*
 * Every address that is neither a static file nor a route, and every request
 * that the web server itself refuses or whose worker died: a JSON error, so
 * that a client never meets the web server's own HTML page.
 */
#include "api/anthropic.h"
#include "api/path.h"
#include "base/num.h"
#include "http/worker.h"

#define MAX_STATUS 599

/* What the web server said, as it tells its error page (else 0 or 200). */
static int64_t server_status(const struct req *req)
{
	int64_t status = 0;

	if (num_parse_i64(req_env(req, "REDIRECT_STATUS"), 0, MAX_STATUS,
			  &status) != ERR_OK)
		return 0;
	return status;
}

static enum err handle(struct req *req, void *state)
{
	const int64_t status = server_status(req);

	(void)state;
	switch (status) {
	case 405:
	case 501:
		return err_set(&req->err, ERR_METHOD,
			       "the web server does not take this method");
	case 408:
		return ERR_TIMEOUT;
	case 413:
		return err_set(&req->err, ERR_TOO_LARGE,
			       "the request is larger than the web server "
			       "takes");
	case 500:
		return err_set(
			&req->err, ERR_INTERNAL,
			"the web server gave up on the worker of " STR_FMT,
			STR_ARG(req->path));
	case 502:
	case 503:
	case 504:
		return err_set(&req->err, ERR_DRAINING,
			       "the worker of " STR_FMT " cannot be reached",
			       STR_ARG(req->path));
	default:
		break;
	}
	if (status >= 400 && status != 403 && status != 404)
		return err_set(&req->err, ERR_INVALID_REQUEST,
			       "the web server does not take this request "
			       "(status %d)",
			       (int)status);
	if (str_starts(req->path, STR("/v1/")))
		return err_set(&req->err, ERR_NOT_FOUND,
			       "there is nothing at " STR_FMT
			       "; did you mean %s?",
			       STR_ARG(str_utf8_prefix(req->path, 100)),
			       api_path_nearest(req->path));
	return err_set(&req->err, ERR_NOT_FOUND, "there is nothing at " STR_FMT,
		       STR_ARG(req->path));
}

int main(int argc, char **argv)
{
	static const struct route route = {
		.name = "fallback",
		.cors = true,
		.methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
		.without_conf = true,
		.quiet = true,
		.problem = &anthropic_problem_if_read,
		.handle = handle,
	};

	return worker_main(&route, argc, argv);
}
