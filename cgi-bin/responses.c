/*
 * POST /v1/responses, for clients of OpenAI's API.  The dialect is
 * api/responses, the pipeline llm/call.
 */
#include "api/responses.h"
#include "http/worker.h"
#include "llm/app.h"

int main(int argc, char **argv)
{
	static const struct route route = {
		.name = "responses",
		.methods = "POST",
		.cors = true,
		.hands_over = true,
		.open = app_open,
		.close = app_close,
		.handle = responses_create,
	};

	return worker_main(&route, argc, argv);
}
