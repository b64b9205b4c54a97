/*
 * GET /health/llm: can the models be reached?  200, or 503 and the reason.
 * The work is in llm/health.
 */
#include "http/worker.h"
#include "llm/app.h"
#include "llm/health.h"

int main(int argc, char **argv)
{
	static const struct route route = {
		.name = "health-llm",
		.paths = {"/health/llm"},
		.methods = "GET",
		.quiet = true,
		.hands_over = true,
		.open = llm_health_open,
		.close = app_close,
		.handle = llm_health,
	};

	return worker_main(&route, argc, argv);
}
