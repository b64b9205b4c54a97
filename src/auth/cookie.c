/*
 * Session cookies and the defence against requests that other sites make a
 * browser send with them.  Called wherever a cookie is a credential.
 */
#include "auth/cookie.h"

#include "auth/key.h"
#include "conf/conf.h"
#include "http/req.h"
#include "http/worker.h"

#include <assert.h>
#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#define NAME_SECURE "__Host-slipway"
#define NAME_PLAIN  "slipway"
#define STATE       "-state"
#define STATE_S     600

static const char csrf_purpose[] = "slipway csrf 1";

static bool is_secure(const struct req *req)
{
	return worker_conf(req->worker)->auth.secure_cookies;
}

static const char *cookie_name(const struct req *req)
{
	return is_secure(req) ? NAME_SECURE : NAME_PLAIN;
}

static const char *state_name(const struct req *req)
{
	return is_secure(req) ? NAME_SECURE STATE : NAME_PLAIN STATE;
}

/* RFC 6265 section 4.2: "name=value; name=value" */
static struct str cookie_named(const struct req *req, const char *name)
{
	struct str rest = req_env(req, "HTTP_COOKIE");
	struct str pair;
	struct str key;
	struct str value;

	while (rest.n > 0) {
		(void)str_cut(rest, ';', &pair, &rest);
		(void)str_cut(str_trim(pair), '=', &key, &value);
		if (str_eq_c(key, name))
			return value;
	}
	return STR_NONE;
}

struct str auth_cookie(const struct req *req)
{
	const struct str value = cookie_named(req, cookie_name(req));
	enum auth_kind kind;

	if (!auth_token_parse(value, &kind) || kind == AUTH_KEY)
		return STR_NONE;
	return value;
}

static void set(struct req *req, const char *name, struct str value,
		int64_t max_age_s)
{
	res_headerf(req, "Set-Cookie",
		    "%s=" STR_FMT "; Path=/; Max-Age=%" PRId64
		    "; HttpOnly; SameSite=Lax%s",
		    name, STR_ARG(value), max_age_s,
		    is_secure(req) ? "; Secure" : "");
}

void auth_cookie_set(struct req *req, struct str token, int64_t lifetime_ms)
{
	set(req, cookie_name(req), token, lifetime_ms / 1000);
}

void auth_cookie_clear(struct req *req)
{
	set(req, cookie_name(req), STR_NONE, 0);
}

struct str auth_state_cookie(const struct req *req)
{
	return cookie_named(req, state_name(req));
}

void auth_state_cookie_set(struct req *req, struct str state)
{
	set(req, state_name(req), state, state.n > 0 ? STATE_S : 0);
}

void auth_csrf(struct str token, char out[static AUTH_CSRF_BYTES])
{
	unsigned char mac[crypto_auth_hmacsha256_BYTES];
	crypto_auth_hmacsha256_state state;

	(void)crypto_auth_hmacsha256_init(
		&state, (const unsigned char *)token.p, token.n);
	(void)crypto_auth_hmacsha256_update(&state,
					    (const unsigned char *)csrf_purpose,
					    sizeof(csrf_purpose) - 1);
	(void)crypto_auth_hmacsha256_final(&state, mac);
	(void)sodium_bin2base64(out, AUTH_CSRF_BYTES, mac, sizeof(mac),
				sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	assert(strlen(out) == AUTH_CSRF_BYTES - 1);
}

/* "host:port" of "scheme://host:port/path", and whether that is https */
static struct str authority(struct str url, bool *https)
{
	struct str host;
	struct str rest;

	*https = str_starts(url, STR("https://"));
	if (*https)
		url = (struct str){url.p + 8, url.n - 8};
	else if (str_starts(url, STR("http://")))
		url = (struct str){url.p + 7, url.n - 7};
	else
		return STR_NONE;
	(void)str_cut(url, '/', &host, &rest);
	return host;
}

/*
 * Origin is ours when it names the host that the request was sent to, as the
 * browser says in Host, or the one of public_url, where a proxy in front
 * changes Host.
 */
static bool is_own_origin(const struct req *req, struct str origin)
{
	const struct str public_url =
		str_from(worker_conf(req->worker)->server.public_url);
	bool https = false;
	bool own_https = false;
	const struct str host = authority(origin, &https);
	const struct str own = authority(public_url, &own_https);

	if (host.n == 0)
		return false;
	return str_eq_nocase(host, req_env(req, "HTTP_HOST")) ||
	       (https == own_https && str_eq_nocase(host, own));
}

/* What the browser says of where the request comes from. */
enum source { SOURCE_UNKNOWN, SOURCE_OURS, SOURCE_FOREIGN };

static enum source source_of(const struct req *req)
{
	const struct str site = req_env(req, "HTTP_SEC_FETCH_SITE");
	const struct str origin = req_env(req, "HTTP_ORIGIN");

	if (site.n > 0 && !str_eq_c(site, "same-origin"))
		return SOURCE_FOREIGN;
	if (origin.n > 0)
		return is_own_origin(req, origin) ? SOURCE_OURS
						  : SOURCE_FOREIGN;
	return site.n > 0 ? SOURCE_OURS : SOURCE_UNKNOWN;
}

static enum err refuse_foreign(struct req *req)
{
	return err_set(&req->err, ERR_CSRF,
		       "the request came from a page of another site");
}

enum err auth_check_origin(struct req *req)
{
	return source_of(req) == SOURCE_FOREIGN ? refuse_foreign(req) : ERR_OK;
}

/* What the request brings as CSRF token; empty: nothing. */
static enum err sent_token(struct req *req, struct str *out)
{
	*out = req_env(req, "HTTP_X_CSRF_TOKEN");
	if (out->n == 0 && req_has_form(req))
		return req_form(req, "csrf", out);
	return ERR_OK;
}

enum err auth_check_csrf(struct req *req, struct str token)
{
	char wanted[AUTH_CSRF_BYTES];
	struct str sent;

	if (str_eq_c(req->method, "GET") || str_eq_c(req->method, "HEAD"))
		return ERR_OK;
	const enum source source = source_of(req);
	if (source == SOURCE_FOREIGN)
		return refuse_foreign(req);
	ERR_TRY(sent_token(req, &sent));
	if (sent.n == 0 && source == SOURCE_OURS && req_has_form(req))
		return ERR_OK;
	auth_csrf(token, wanted);
	if (sent.n != sizeof(wanted) - 1 ||
	    sodium_memcmp(sent.p, wanted, sent.n) != 0)
		return err_set(&req->err, ERR_CSRF,
			       "the header X-CSRF-Token is missing or is not "
			       "the one of this session; GET /me has it");
	return ERR_OK;
}
