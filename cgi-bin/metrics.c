/*
 * GET /metrics: what Prometheus reads.  It is all in ops/metrics.h.
 */
#include "ops/metrics.h"
#include "http/worker.h"

int main(int argc, char **argv)
{
	static const struct route route = {
		.name = "metrics",
		.paths = {"/metrics"},
		.methods = "GET, HEAD",
		.quiet = true,
		.open = metrics_open,
		.close = metrics_close,
		.handle = metrics_handle,
	};

	return worker_main(&route, argc, argv);
}
