/*
 * /auth/...: signing in and out, invites, the waitlist, e-mail addresses,
 * other people's sign-in, visitors.  The actions live in src/auth.
 */
#include "auth/people.h"
#include "auth/session.h"
#include "http/worker.h"

static enum err handle(struct req *req, void *state)
{
	static const struct people_action actions[] = {
		{"/auth/login", "POST", session_login},
		{"/auth/logout", "POST", session_logout},
		{"/auth/logout-everywhere", "POST", session_logout_everywhere},
	};

	return people_dispatch(req, state, actions,
			       sizeof(actions) / sizeof(actions[0]));
}

int main(int argc, char **argv)
{
	static const struct route route = {
		.name = "auth",
		.methods = "GET, HEAD, POST",
		.open = people_open,
		.close = people_close,
		.handle = handle,
	};

	return worker_main(&route, argc, argv);
}
