/*
 * POST /v1/embeddings, for clients of OpenAI's API.  The dialect is
 * api/embeddings, the pipeline llm/call.
 */
#include "api/embeddings.h"
#include "http/worker.h"
#include "llm/app.h"

int main(int argc, char **argv)
{
	static const struct route route = {
		.name = "embeddings",
		.methods = "POST",
		.cors = true,
		.hands_over = true,
		.open = app_open,
		.close = app_close,
		.handle = embeddings_create,
	};

	return worker_main(&route, argc, argv);
}
