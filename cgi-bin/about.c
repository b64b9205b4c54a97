/*
 * GET /about: what this service does, privacy and contact, rendered from the
 * configuration.
 */
#include "ops/about.h"
#include "http/worker.h"

#define PAGE_BYTES ((size_t)64 * 1024)

static enum err handle(struct req *req, void *state)
{
	struct buf page;

	(void)state;
	buf_init(&page, &req->arena, PAGE_BYTES);
	about_page(worker_conf(req->worker), words_of_request(req), &page);
	ERR_TRY(buf_err(&page));
	return res_send(req, 200, "text/html; charset=utf-8", buf_str(&page));
}

int main(int argc, char **argv)
{
	static const struct route route = {
		.name = "about",
		.paths = {"/about"},
		.methods = "GET, HEAD",
		.quiet = true,
		.handle = handle,
	};

	return worker_main(&route, argc, argv);
}
