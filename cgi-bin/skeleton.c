/*
 * GET /skeleton: the smallest route, to copy from.  A route file decodes its
 * request, does its one thing and encodes the answer; the worker does the
 * rest.  To add a route: copy this file to cgi-bin/NAME.c, change name and
 * paths, and add NAME to the lists in lighttpd-conf/ and apache-conf/.
 */
#include "http/worker.h"
#include "json/json.h"

#define BODY_BYTES 1024

static enum err handle(struct req *req, void *state)
{
	struct str name;
	struct buf body;
	struct jw w;

	(void)state;
	ERR_TRY(req_query(req, "name", &name));
	if (name.n == 0)
		return err_set(&req->err, ERR_INVALID_REQUEST,
			       "?name= is missing");
	buf_init(&body, &req->arena, BODY_BYTES);
	jw_init(&w, &body);
	jw_open_object(&w, NULL);
	jw_str(&w, "hello", name);
	jw_close(&w);
	ERR_TRY(buf_err(&body));
	return res_send(req, 200, "application/json", buf_str(&body));
}

int main(int argc, char **argv)
{
	static const struct route route = {
		.name = "skeleton",
		.paths = {"/skeleton"},
		.methods = "GET, HEAD",
		.handle = handle,
	};

	return worker_main(&route, argc, argv);
}
