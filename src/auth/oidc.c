/*
 * The two steps of a sign-in at an OpenID provider, and what comes of one that
 * the web server has made.
 */
#include "auth/oidc.h"

#include "auth/cookie.h"
#include "auth/key.h"
#include "auth/oidc_provider.h"
#include "auth/oidc_token.h"
#include "auth/people.h"
#include "auth/session.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "db/db.h"
#include "http/page.h"
#include "http/req.h"
#include "http/worker.h"

#include <sodium.h>
#include <string.h>

#define URL_BYTES    ((size_t)8 * 1024)
#define RANDOM_BYTES 32
#define RANDOM_CHARS 44 /* 43 of base64url + NUL */
#define MAX_CODE     ((size_t)4096)
#define MAX_INVITE   ((size_t)100)

static void random_text(char out[static RANDOM_CHARS])
{
	unsigned char noise[RANDOM_BYTES];

	randombytes_buf(noise, sizeof(noise));
	(void)sodium_bin2base64(out, RANDOM_CHARS, noise, sizeof(noise),
				sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/* RFC 7636 section 4.2: S256 */
static void challenge_of(const char *verifier, char out[static RANDOM_CHARS])
{
	unsigned char hash[AUTH_HASH_BYTES];

	auth_key_hash(str_from(verifier), hash);
	(void)sodium_bin2base64(out, RANDOM_CHARS, hash, sizeof(hash),
				sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static enum err query_text(struct req *req, const char *name, size_t max,
			   struct str *out)
{
	ERR_TRY(req_query(req, name, out));
	if (out->n > max)
		return err_set(&req->err, ERR_INVALID_REQUEST,
			       "?%s= is too long", name);
	return ERR_OK;
}

static enum err redirect(struct req *req, int status, struct str to)
{
	res_header(req, "Location", to);
	return res_send(req, status, PAGE_TYPE, STR_NONE);
}

/* There ---------------------------------------------------------------- */

static void add_param(struct buf *b, const char *name, const char *value)
{
	buf_addf(b, "&%s=", name);
	oidc_encode(b, str_from(value));
}

static enum err send_there(struct req *req,
			   const struct oidc_provider *provider,
			   const char *state, const char *nonce,
			   const char *verifier)
{
	const struct conf_auth *const conf = &worker_conf(req->worker)->auth;
	const char *const base = provider->authorization_endpoint;
	char challenge[RANDOM_CHARS];
	struct buf url;

	challenge_of(verifier, challenge);
	buf_init(&url, &req->arena, URL_BYTES);
	buf_addf(&url, "%s%cresponse_type=code", base,
		 strchr(base, '?') != NULL ? '&' : '?');
	add_param(&url, "scope", "openid email");
	add_param(&url, "client_id", conf->oidc_client_id);
	add_param(&url, "redirect_uri", oidc_redirect_uri(req));
	add_param(&url, "state", state);
	add_param(&url, "nonce", nonce);
	add_param(&url, "code_challenge", challenge);
	add_param(&url, "code_challenge_method", "S256");
	ERR_TRY(buf_err(&url));
	auth_state_cookie_set(req, str_from(state));
	return redirect(req, 302, buf_str(&url));
}

enum err oidc_start(struct req *req, struct people *p)
{
	struct oidc_provider provider;
	char verifier[RANDOM_CHARS];
	char state[RANDOM_CHARS];
	char nonce[RANDOM_CHARS];
	char hash[AUTH_HEX_BYTES];
	struct str invite;
	struct str next;

	ERR_TRY(query_text(req, "next", 512, &next));
	ERR_TRY(query_text(req, "invite", MAX_INVITE, &invite));
	if (!people_is_local(next))
		next = STR("/");
	ERR_TRY(oidc_provider_find(req, p, &provider));
	random_text(verifier);
	random_text(state);
	random_text(nonce);
	auth_sha256_hex(str_from(state), hash);
	const struct str params[] = {str_from(hash), str_from(nonce),
				     str_from(verifier), next, invite};
	ERR_TRY(people_call(req, p,
			    "SELECT slipway.oidc_begin($1, $2, $3, $4, $5)",
			    params, 5, NULL));
	return send_there(req, &provider, state, nonce, verifier);
}

/* And back ------------------------------------------------------------- */

/* The sign-in that began here, with this browser, and did not come back yet. */
struct pending {
	struct str nonce;
	struct str verifier;
	struct str next;
	struct str invite;
};

static enum err take_pending(struct req *req, struct people *p,
			     struct pending *out)
{
	const struct str held = auth_state_cookie(req);
	char hash[AUTH_HEX_BYTES];
	struct db_rows rows;
	struct str state;

	ERR_TRY(query_text(req, "state", RANDOM_CHARS, &state));
	if (state.n == 0 || state.n != held.n ||
	    sodium_memcmp(state.p, held.p, state.n) != 0)
		return err_set(&req->err, ERR_CSRF,
			       "this sign-in did not begin in this browser");
	auth_state_cookie_set(req, STR_NONE);
	auth_sha256_hex(state, hash);
	const struct str param = str_from(hash);
	ERR_TRY(people_call(req, p, "SELECT * FROM slipway.oidc_take($1)",
			    &param, 1, &rows));
	if (rows.nrows != 1)
		return err_set(&req->err, ERR_CSRF,
			       "this sign-in was used before or took longer "
			       "than ten minutes");
	*out = (struct pending){db_str(&rows, 0, 0), db_str(&rows, 0, 1),
				db_str(&rows, 0, 2), db_str(&rows, 0, 3)};
	return ERR_OK;
}

/* The account of who it is, and a session. */
static enum err enter(struct req *req, struct people *p, struct str issuer,
		      const struct oidc_claims *who, const char *method,
		      const struct pending *from)
{
	char code[AUTH_HEX_BYTES] = "";
	struct db_rows rows;
	struct str token;

	if (from->invite.n > 0)
		auth_sha256_hex(from->invite, code);
	const struct str params[] = {
		people_rules(req),
		issuer,
		who->subject,
		who->email,
		str_from(who->email_verified ? "true" : "false"),
		str_from(code)};
	ERR_TRY(people_call(req, p,
			    "SELECT * FROM slipway.oidc_account($1, $2, $3, "
			    "$4, $5, $6)",
			    params, 6, &rows));
	ERR_TRY(session_open(req, p, db_i64(&rows, 0, 0), db_i64(&rows, 0, 1),
			     method, &token));
	return redirect(req, 303, from->next);
}

/* The keys that are kept may be older than the token: then read them anew. */
static enum err check_token(struct req *req, struct people *p,
			    const struct oidc_provider *provider,
			    struct str token, const struct pending *from,
			    struct oidc_claims *out)
{
	const struct oidc_expected expected = {
		.issuer = provider->issuer,
		.client_id = worker_conf(req->worker)->auth.oidc_client_id,
		.nonce = from->nonce,
		.now_s = clock_wall_ms() / 1000,
	};
	bool no_key = false;
	struct json keys;

	ERR_TRY(oidc_provider_keys(req, p, provider, false, &keys));
	enum err err = oidc_token_check(&req->arena, token, keys, &expected,
					out, &no_key, &req->err);
	if (err == ERR_OK || !no_key)
		return err;
	err_clear(&req->err);
	ERR_TRY(oidc_provider_keys(req, p, provider, true, &keys));
	return oidc_token_check(&req->arena, token, keys, &expected, out,
				&no_key, &req->err);
}

enum err oidc_callback(struct req *req, struct people *p)
{
	struct oidc_provider provider;
	struct oidc_claims who;
	struct pending from;
	struct str code;
	struct str token;

	ERR_TRY(take_pending(req, p, &from));
	ERR_TRY(query_text(req, "code", MAX_CODE, &code));
	if (code.n == 0)
		return err_set(&req->err, ERR_OIDC,
			       "the other service did not sign you in");
	ERR_TRY(oidc_provider_find(req, p, &provider));
	ERR_TRY(oidc_provider_token(req, &provider, code, from.verifier,
				    &token));
	ERR_TRY(check_token(req, p, &provider, token, &from, &who));
	return enter(req, p, provider.issuer, &who, "oidc", &from);
}

/* By the web server ---------------------------------------------------- */

enum err oidc_web_server(struct req *req, struct people *p)
{
	const struct str verified = req_env(req, "OIDC_CLAIM_email_verified");
	const struct str issuer = req_env(req, "OIDC_CLAIM_iss");
	const struct oidc_claims who = {
		.subject = req_env(req, "OIDC_CLAIM_sub"),
		.email = req_env(req, "OIDC_CLAIM_email"),
		.email_verified =
			str_eq_c(verified, "1") || str_eq_c(verified, "true"),
	};
	struct pending from = {.next = STR_NONE};

	if (!worker_conf(req->worker)->auth.trust_web_server)
		return err_set(&req->err, ERR_NOT_FOUND,
			       "[auth] trust_web_server is off");
	if (issuer.n == 0 || who.subject.n == 0)
		return err_set(&req->err, ERR_OIDC,
			       "the web server has signed nobody in");
	ERR_TRY(query_text(req, "next", 512, &from.next));
	ERR_TRY(query_text(req, "invite", MAX_INVITE, &from.invite));
	if (!people_is_local(from.next))
		from.next = STR("/");
	return enter(req, p, issuer, &who, "proxy", &from);
}
