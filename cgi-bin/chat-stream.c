/*
 * POST /chat/stream: a question, the answer as SSE.  The dialect is
 * llm/slipway, the pipeline llm/call.
 */
#include "http/worker.h"
#include "llm/app.h"
#include "llm/slipway.h"

int main(int argc, char **argv)
{
	static const struct route route = {
		.name = "chat-stream",
		.paths = {"/chat/stream"},
		.methods = "POST",
		.hands_over = true,
		.open = app_open,
		.close = app_close,
		.handle = slipway_chat_stream,
	};

	return worker_main(&route, argc, argv);
}
