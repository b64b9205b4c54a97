/*
 * POST /v1/messages, for clients of Anthropic's API.  The dialect is
 * api/anthropic, the pipeline llm/call.
 */
#include "api/anthropic.h"
#include "http/worker.h"
#include "llm/app.h"

int main(int argc, char **argv)
{
	static const struct route route = {
		.name = "anthropic-messages",
		.methods = "POST",
		.cors = true,
		.hands_over = true,
		.problem = &anthropic_problem,
		.open = app_open,
		.close = app_close,
		.handle = anthropic_messages,
	};

	return worker_main(&route, argc, argv);
}
