/*
 * The error catalogue: the one place that knows how a failure looks from the
 * outside.  Everyone returns an enum err; only the http layer reads this table.
 */
#include "base/err.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct err_entry catalogue[ERR_MAX] = {
	[ERR_OK] = {"ok", 200, false, false, "Done."},
	[ERR_INVALID_JSON] = {"invalid_json", 400, false, true,
			      "The request body is not valid UTF-8 JSON."},
	[ERR_INVALID_REQUEST] = {"invalid_request", 400, false, true,
				 "The request does not have the expected "
				 "form."},
	[ERR_TOO_LARGE] = {"too_large", 413, false, true,
			   "The request is larger than this server takes."},
	[ERR_TIMEOUT] = {"request_timeout", 408, true, true,
			 "The request did not arrive in time."},
	[ERR_UNAUTHORIZED] = {"unauthorized", 401, false, true,
			      "A valid API key is needed. Send it as "
			      "\"Authorization: Bearer KEY\" or "
			      "\"x-api-key: KEY\"."},
	[ERR_LOGIN_FAILED] = {"login_failed", 401, false, false,
			      "The name or the password is not right."},
	[ERR_OIDC] = {"sign_in_failed", 401, false, true,
		      "The sign-in at the other service did not succeed. "
		      "Please try again."},
	[ERR_OIDC_DOWN] = {"sign_in_unavailable", 503, true, false,
			   "The service to sign in with does not answer. "
			   "Please try again in a moment."},
	[ERR_SIGN_UP] = {"sign_up", 401, false, true,
			 "The free messages are used up. Sign up to go on."},
	[ERR_CSRF] = {"csrf", 403, false, true,
		      "This request did not come from a page of this site. "
		      "Reload the page and try again."},
	[ERR_FORBIDDEN] = {"forbidden", 403, false, true,
			   "This key may not do that."},
	[ERR_NOT_FOUND] = {"not_found", 404, false, true,
			   "There is nothing at this address."},
	[ERR_EXPIRED] = {"expired", 410, false, true,
			 "The rest of this answer is no longer kept."},
	[ERR_METHOD] = {"method_not_allowed", 405, false, true,
			"This address does not take that method."},
	[ERR_UNKNOWN_FEATURE] = {"unknown_feature", 404, false, true,
				 "There is no feature of this name."},
	[ERR_UNKNOWN_MODEL] = {"model_not_found", 404, false, true,
			       "There is no model of this name."},
	[ERR_BLOCKED] = {"content_blocked", 400, false, false,
			 "This message cannot be answered here."},
	[ERR_CLOSED] = {"client_closed", 499, false, false, "The client left."},
	[ERR_CONFLICT] = {"conflict", 409, true, true,
			  "The same request is being answered right now."},
	[ERR_IDEM_MISMATCH] = {"idempotency_mismatch", 422, false, true,
			       "This Idempotency-Key came with another request "
			       "before. Use a new key."},
	[ERR_IDEM_LOST] = {"idempotency_lost", 409, false, true,
			   "This request was made and charged before, and its "
			   "answer is not kept. Use a new key to ask again."},
	[ERR_RATE_LIMITED] = {"rate_limited", 429, true, true,
			      "Too many requests. Please wait a moment."},
	[ERR_KEY_CAP] = {"key_cap", 429, false, true,
			 "The budget of this API key for today is used up."},
	[ERR_USER_CAP] = {"user_cap", 429, false, true,
			  "Your budget for today is used up."},
	[ERR_TENANT_CAP] = {"tenant_cap", 429, false, true,
			    "The budget of your organisation for today is "
			    "used up."},
	[ERR_RUN_CAP] = {"run_cap", 429, false, true,
			 "The budget of this run is used up."},
	[ERR_SYSTEM_CAP] = {"system_cap", 503, false, true,
			    "This service is paused: its budget for today is "
			    "used up."},
	[ERR_PAUSED] = {"paused", 503, false, true,
			"This service is paused by its operator."},
	[ERR_BUSY] = {"busy", 503, true, false,
		      "Too many answers are being written right now. Please "
		      "try again in a moment."},
	[ERR_DRAINING] = {"restarting", 503, true, false,
			  "This service is restarting. Please try again."},
	[ERR_DB] = {"database_unavailable", 503, true, false,
		    "The service cannot reach its database. Please try again "
		    "in a moment."},
	[ERR_CONFIG] = {"misconfigured", 503, false, false,
			"This service is not set up completely. Its operator "
			"finds the reason in the log."},
	[ERR_UNPRICED] = {"unpriced_model", 503, false, false,
			  "This model has no known price, so it is not "
			  "used."},
	[ERR_IO] = {"io_error", 500, true, false, "Something went wrong here."},
	[ERR_INTERNAL] = {"internal", 500, true, false,
			  "Something went wrong here."},
	[ERR_UPSTREAM] = {"upstream_error", 502, true, false,
			  "The AI provider failed to answer. Please try "
			  "again."},
	[ERR_UPSTREAM_TIMEOUT] = {"upstream_timeout", 504, true, false,
				  "The AI provider did not answer in time. "
				  "Please try again."},
	[ERR_UPSTREAM_RATE] = {"upstream_rate_limited", 503, true, false,
			       "The AI provider is overloaded. Please try "
			       "again in a moment."},
	[ERR_UPSTREAM_QUOTA] = {"upstream_quota", 503, false, false,
				"The AI provider's quota is exhausted. The "
				"operator has been told."},
	[ERR_UPSTREAM_AUTH] = {"upstream_auth", 503, false, false,
			       "The AI provider refuses this service's key. "
			       "Its operator finds the reason in the log."},
	[ERR_UPSTREAM_REJECTED] = {"upstream_rejected", 400, false, false,
				   "The AI provider does not accept this "
				   "request."},
	[ERR_UPSTREAM_CUT] = {"upstream_cut", 502, true, false,
			      "The answer broke off. What has arrived so far "
			      "is all there is."},
	[ERR_NOT_ASKED] = {"not_asked", 503, true, false,
			   "The AI provider is not asked right now, because "
			   "it failed too often or its limit is reached. "
			   "Please try again in a moment."},
	[ERR_ANSWER_FORM] = {"answer_form", 502, false, true,
			     "The model did not answer with the JSON that was "
			     "asked for."},
};

const struct err_entry *err_entry(enum err err)
{
	assert(err < ERR_MAX && catalogue[err].code != NULL);
	return &catalogue[err];
}

enum err err_from_code(const char *code)
{
	for (int i = 0; i < ERR_MAX; i++)
		if (strcmp(catalogue[i].code, code) == 0)
			return (enum err)i;
	return ERR_INTERNAL;
}

enum err err_set(struct errbuf *e, enum err err, const char *fmt, ...)
{
	if (e == NULL || e->code != ERR_OK)
		return err;
	e->code = err;
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(e->detail, sizeof(e->detail), fmt, ap);
	va_end(ap);
	return err;
}

void err_clear(struct errbuf *e)
{
	e->code = ERR_OK;
	e->detail[0] = '\0';
}
