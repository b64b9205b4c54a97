/*
 * /chat/form: a question from a browser without JavaScript, the answer as a
 * page; with GET the page to begin with.  The dialect is llm/browser, the
 * pipeline llm/call.
 */
#include "http/problem.h"
#include "http/worker.h"
#include "llm/app.h"
#include "llm/browser.h"

int main(int argc, char **argv)
{
	static const struct route route = {
		.name = "chat-form",
		.paths = {"/chat/form"},
		.methods = "GET, HEAD, POST",
		.hands_over = true,
		.problem = &browser_problem,
		.open = app_open,
		.close = app_close,
		.handle = browser_chat,
	};

	return worker_main(&route, argc, argv);
}
