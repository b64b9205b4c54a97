/*
 * GET /healthz and /health: this process is alive.  It reads no configuration
 * and touches no database and no provider, so it answers when they are down.
 */
#include "base/clock.h"
#include "http/worker.h"
#include "json/json.h"

static enum err handle(struct req *req, void *state)
{
	char now[CLOCK_TEXT_BYTES];
	struct buf body;
	struct jw w;

	(void)state;
	buf_init(&body, &req->arena, 256);
	jw_init(&w, &body);
	jw_open_object(&w, NULL);
	jw_bool(&w, "ok", true);
	jw_c(&w, "ts", clock_format(clock_wall_ms(), now));
	jw_close(&w);
	return res_send(req, 200, "application/json", buf_str(&body));
}

int main(int argc, char **argv)
{
	static const struct route route = {
		.name = "health",
		.paths = {"/healthz", "/health"},
		.methods = "GET, HEAD",
		.without_conf = true,
		.quiet = true,
		.handle = handle,
	};

	return worker_main(&route, argc, argv);
}
