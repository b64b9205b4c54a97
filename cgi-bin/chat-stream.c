/*
 * POST /chat/stream: a question, the answer as SSE; GET ?request_id= takes up a
 * broken one, DELETE ?request_id= stops it.  The dialect is
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
		.methods = "GET, POST, DELETE",
		.hands_over = true,
		.open = app_open,
		.close = app_close,
		.handle = slipway_chat_stream,
	};

	return worker_main(&route, argc, argv);
}
