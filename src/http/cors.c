/*
 * Who may call from a page elsewhere.  An origin is compared as a whole and
 * given back as it is listed; there is no "*", because an answer costs money.
 */
#include "http/cors.h"

#include "base/str.h"
#include "http/req.h"

#define EXPOSED                                                        \
	"x-request-id, request-id, retry-after, retry-after-ms, "      \
	"x-should-retry, x-ratelimit-limit-requests, "                 \
	"x-ratelimit-remaining-requests, x-ratelimit-reset-requests, " \
	"x-slipway-cost-usd, x-slipway-model-route"
#define MAX_HEADERS_BYTES ((size_t)1000)

/* The entry of the list that is the same, else empty. */
static struct str find_origin(const char *origins, struct str origin)
{
	struct str rest = str_from(origins);
	struct str one;

	while (rest.n > 0 && origin.n > 0) {
		(void)str_cut(rest, ' ', &one, &rest);
		if (str_eq_nocase(one, origin))
			return origin;
	}
	return STR_NONE;
}

/* Names of headers, separated by commas: RFC 9110 tokens only. */
static bool is_header_list(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		const char c = s.p[i];
		const bool token = (c >= 'a' && c <= 'z') ||
				   (c >= 'A' && c <= 'Z') ||
				   (c >= '0' && c <= '9') || c == '-' ||
				   c == '_' || c == ',' || c == ' ';
		if (!token)
			return false;
	}
	return s.n > 0 && s.n <= MAX_HEADERS_BYTES;
}

bool cors_answer(struct req *req, const char *origins)
{
	const struct str origin =
		find_origin(origins, req_env(req, "HTTP_ORIGIN"));
	const struct str wanted =
		req_env(req, "HTTP_ACCESS_CONTROL_REQUEST_HEADERS");
	const struct str method =
		req_env(req, "HTTP_ACCESS_CONTROL_REQUEST_METHOD");

	if (origins[0] != '\0')
		res_header(req, "Vary", STR("Origin"));
	if (origin.n == 0)
		return false;
	res_header(req, "Access-Control-Allow-Origin", origin);
	res_header(req, "Access-Control-Expose-Headers", STR(EXPOSED));
	if (!str_eq_c(req->method, "OPTIONS") || method.n == 0)
		return false;
	res_header(req, "Access-Control-Allow-Methods",
		   STR("GET, POST, OPTIONS"));
	if (is_header_list(wanted))
		res_header(req, "Access-Control-Allow-Headers", wanted);
	res_header(req, "Access-Control-Max-Age", STR("7200"));
	const enum err err = res_send(req, 204, "text/plain", STR_NONE);
	if (err != ERR_OK)
		(void)err_set(&req->err, err, "the client left");
	return true;
}
