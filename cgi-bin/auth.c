/*
 * /auth/...: signing in and out, invites, the waitlist, e-mail addresses,
 * other people's sign-in, visitors.  The actions live in src/auth.
 */
#include "auth/mailed.h"
#include "auth/oidc.h"
#include "auth/people.h"
#include "auth/session.h"
#include "auth/signup.h"
#include "auth/visitor.h"
#include "http/worker.h"

static enum err handle(struct req *req, void *state)
{
	static const struct people_action actions[] = {
		{"/auth/login", "POST", session_login},
		{"/auth/logout", "POST", session_logout},
		{"/auth/logout-everywhere", "POST", session_logout_everywhere},
		{"/auth/offer", "GET, HEAD", signup_offer},
		{"/auth/register", "POST", signup_register},
		{"/auth/waitlist", "POST", signup_waitlist},
		{"/auth/verify", "GET, HEAD", mailed_verify_page},
		{"/auth/verify", "POST", mailed_verify_use},
		{"/auth/verify/again", "POST", mailed_verify_again},
		{"/auth/reset", "GET, HEAD", mailed_reset_page},
		{"/auth/reset", "POST", mailed_reset},
		{"/auth/reset/use", "POST", mailed_reset_use},
		{"/auth/oidc/start", "GET, HEAD", oidc_start},
		{"/auth/oidc/callback", "GET", oidc_callback},
		{"/auth/proxy", "GET", oidc_web_server},
		{"/auth/challenge", "GET", visitor_challenge},
		{"/auth/visitor", "POST", visitor_enter},
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
