/*
 * /me: a person's own account: usage and cost, limits, keys, sessions, export
 * and deletion.  The actions live in src/auth.
 */
#include "auth/me.h"
#include "auth/people.h"
#include "http/worker.h"

static enum err handle(struct req *req, void *state)
{
	static const struct people_action actions[] = {
		{"/me", "GET, HEAD", me_show},
		{"/me/keys", "POST", me_key_create},
		{"/me/keys/revoke", "POST", me_key_revoke},
		{"/me/sessions/revoke", "POST", me_session_end},
		{"/me/password", "POST", me_password},
		{"/me/export", "GET, HEAD", me_export},
		{"/me/delete", "POST", me_delete},
	};

	return people_dispatch(req, state, actions,
			       sizeof(actions) / sizeof(actions[0]));
}

int main(int argc, char **argv)
{
	static const struct route route = {
		.name = "me",
		.methods = "GET, HEAD, POST",
		.open = people_open,
		.close = people_close,
		.handle = handle,
	};

	return worker_main(&route, argc, argv);
}
