#ifndef SLIPWAY_AUTH_OIDC_H
#define SLIPWAY_AUTH_OIDC_H

#include "base/err.h"

struct people;
struct req;

/*
 * Sign-in at another service: OpenID Connect, authorization code flow with
 * PKCE, state and nonce.
 *
 *	browser                  we                       provider
 *	/auth/oidc/start ------> note state, nonce,
 *	                         verifier; set the cookie
 *	<----- 302 to the provider with state, nonce, challenge ---->
 *	(signs in there)
 *	/auth/oidc/callback?code,state -->
 *	                         cookie = state? take it, once
 *	                         code, verifier --------> ID token
 *	                         check it; account; session
 *	<----- 303 to `next` ----'
 */
enum err oidc_start(struct req *req, struct people *p);
enum err oidc_callback(struct req *req, struct people *p);

/*
 * Sign in whom the web server has signed in with mod_auth_openidc: with
 * [auth] trust_web_server = on, and only then, its variables OIDC_CLAIM_* are
 * taken as they are.
 */
enum err oidc_web_server(struct req *req, struct people *p);

#endif
