/*
 * POST /chat: a question, one JSON answer.  The dialect is llm/slipway, the
 * pipeline llm/call.
 */
#include "http/worker.h"
#include "llm/app.h"
#include "llm/slipway.h"

int main(int argc, char **argv)
{
	static const struct route route = {
		.name = "chat",
		.paths = {"/chat"},
		.methods = "POST",
		.hands_over = true,
		.open = app_open,
		.close = app_close,
		.handle = slipway_chat,
	};

	return worker_main(&route, argc, argv);
}
