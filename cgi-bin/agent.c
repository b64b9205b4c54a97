/*
 * /agent, /agent/confirm, /agent/stop: runs of agents, step by step.  What they
 * are is in agent/agent.h, the pipeline of each model's step llm/call.
 */
#include "agent/agent.h"
#include "http/worker.h"
#include "llm/app.h"

int main(int argc, char **argv)
{
	static const struct route route = {
		.name = "agent",
		.paths = {"/agent", "/agent/confirm", "/agent/stop"},
		.methods = "GET, POST",
		.hands_over = true,
		.open = agent_open,
		.close = app_close,
		.handle = agent_handle,
	};

	return worker_main(&route, argc, argv);
}
