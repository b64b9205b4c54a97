/*
 * POST /v1/chat/completions, for clients of OpenAI's API.  The dialect is
 * api/openai, the pipeline llm/call.
 */
#include "api/openai.h"
#include "http/worker.h"
#include "llm/app.h"

int main(int argc, char **argv)
{
	static const struct route route = {
		.name = "openai-chat",
		.methods = "POST",
		.cors = true,
		.hands_over = true,
		.open = app_open,
		.close = app_close,
		.handle = openai_chat,
	};

	return worker_main(&route, argc, argv);
}
