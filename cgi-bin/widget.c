/*
 * GET /widget: the chat in a frame on other sites (www/widget.js).
 */
#include "ops/widget.h"
#include "http/worker.h"

#define PAGE_BYTES   ((size_t)64 * 1024)
#define POLICY_BYTES ((size_t)8 * 1024)

static enum err handle(struct req *req, void *state)
{
	const struct conf *const conf = worker_conf(req->worker);
	struct buf policy;
	struct buf page;

	(void)state;
	buf_init(&policy, &req->arena, POLICY_BYTES);
	buf_init(&page, &req->arena, PAGE_BYTES);
	widget_policy(conf, &policy);
	widget_page(conf, &page);
	ERR_TRY(buf_err(&policy));
	ERR_TRY(buf_err(&page));
	res_header(req, "Content-Security-Policy", buf_str(&policy));
	return res_send(req, 200, "text/html; charset=utf-8", buf_str(&page));
}

int main(int argc, char **argv)
{
	static const struct route route = {
		.name = "widget",
		.paths = {"/widget"},
		.methods = "GET, HEAD",
		.quiet = true,
		.handle = handle,
	};

	return worker_main(&route, argc, argv);
}
