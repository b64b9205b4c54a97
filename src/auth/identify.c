/*
 * Who sent this request, as far as the request says.  Called by every route
 * that needs to know.
 */
#include "auth/identify.h"

#include "auth/cookie.h"
#include "http/req.h"

/* A Basic login of the site in front is none of ours. */
static bool has_key_header(struct str authorization, struct str x_api_key)
{
	struct str scheme;
	struct str token;

	(void)str_cut(str_trim(authorization), ' ', &scheme, &token);
	return str_eq_nocase(scheme, STR("Bearer")) ||
	       str_trim(x_api_key).n > 0;
}

enum err auth_identify(struct req *req, struct auth_credential *out)
{
	const struct str authorization = req_env(req, "HTTP_AUTHORIZATION");
	const struct str x_api_key = req_env(req, "HTTP_X_API_KEY");
	const struct str cookie = auth_cookie(req);

	*out = (struct auth_credential){.kind = AUTH_KEY};
	if (cookie.n == 0 || has_key_header(authorization, x_api_key)) {
		return auth_token_from_headers(authorization, x_api_key,
					       &out->kind, out->hash,
					       &req->err);
	}
	(void)auth_token_parse(cookie, &out->kind);
	out->from_cookie = true;
	out->token = cookie;
	ERR_TRY(auth_check_csrf(req, cookie));
	auth_key_hash(cookie, out->hash);
	return ERR_OK;
}
