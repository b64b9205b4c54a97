/*
 * What is asked of the OpenID provider: its description, its keys, and the
 * token for a code.  Called by the two steps of the sign-in.
 */
#include "auth/oidc_provider.h"

#include "auth/people.h"
#include "base/log.h"
#include "conf/conf.h"
#include "db/db.h"
#include "http/req.h"
#include "http/worker.h"
#include "net/http.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define URL_BYTES    ((size_t)2048)
#define FORM_BYTES   ((size_t)16 * 1024)
#define TIMEOUT_MS   10000
#define MAX_AGE_S    3600
#define WAIT_S       60
#define DISCOVERY    "/.well-known/openid-configuration"
#define CALLBACK     "/auth/oidc/callback"
#define MAX_KEYS     32
#define HEADER_BYTES ((size_t)4096)

static const struct conf *conf_of(const struct req *req)
{
	return worker_conf(req->worker);
}

void oidc_encode(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		const unsigned char c = (unsigned char)text.p[i];
		const bool plain = (c >= 'a' && c <= 'z') ||
				   (c >= 'A' && c <= 'Z') ||
				   (c >= '0' && c <= '9') ||
				   (c != '\0' && strchr("-._~", c) != NULL);
		if (plain)
			buf_add_char(out, (char)c);
		else
			buf_addf(out, "%%%02X", (unsigned)c);
	}
}

static const char *join(struct req *req, const char *base, const char *path)
{
	struct buf b;

	buf_init(&b, &req->arena, URL_BYTES);
	buf_addf(&b, "%s%s", base, path);
	return buf_c(&b);
}

const char *oidc_redirect_uri(struct req *req)
{
	return join(req, conf_of(req)->server.public_url, CALLBACK);
}

/* Documents ---------------------------------------------------------- */

/* Why the provider is away is for the log; people get a sentence. */
static void log_away(struct req *req, const char *what)
{
	log_msg(LOG_WARN, "oidc_provider_away", "%s: %s", what,
		req->err.detail);
	err_clear(&req->err);
}

static enum err get(struct req *req, const char *url, const char *what,
		    struct str *out)
{
	const struct net_request in = {
		.what = what,
		.url = url,
		.timeout_ms = TIMEOUT_MS,
		.private_network = conf_of(req)->server.private_network,
	};
	struct net_reply reply;
	struct json parsed;

	ERR_TRY(net_http(&req->arena, &in, &reply, &req->err));
	if (reply.status != 200)
		return err_set(&req->err, ERR_OIDC_DOWN,
			       "%s answers with status %ld", what,
			       reply.status);
	ERR_TRY(json_parse(&req->arena, reply.body, &parsed, &req->err));
	*out = reply.body;
	return ERR_OK;
}

/* A document of the provider: kept, or read and kept. */
static enum err document(struct req *req, struct people *p, const char *url,
			 const char *what, bool anew, struct json *out)
{
	char age[16];
	char wait[16];
	struct db_rows rows;
	struct str read;

	(void)snprintf(age, sizeof(age), "%d", anew ? 0 : MAX_AGE_S);
	(void)snprintf(wait, sizeof(wait), "%d", WAIT_S);
	const struct str params[] = {str_from(url), str_from(age),
				     str_from(wait)};
	ERR_TRY(people_call(req, p,
			    "SELECT * FROM slipway.fetched_get($1, $2, $3)",
			    params, 3, &rows));
	struct str body = db_str(&rows, 0, 0);
	if (db_bool(&rows, 0, 1)) {
		if (get(req, url, what, &read) == ERR_OK) {
			const struct str keep[] = {str_from(url), read};
			ERR_TRY(people_call(
				req, p, "SELECT slipway.fetched_put($1, $2)",
				keep, 2, NULL));
			body = read;
		} else {
			log_away(req, what);
		}
	}
	if (body.n == 0)
		return err_set(&req->err, ERR_OIDC_DOWN, "%s is not known",
			       what);
	return json_parse(&req->arena, body, out, &req->err);
}

/* "https://issuer/" is "https://issuer" in our settings. */
static bool same_issuer(struct str a, const char *ours)
{
	while (a.n > 0 && a.p[a.n - 1] == '/')
		a.n--;
	return str_eq_c(a, ours);
}

static bool lists(struct json methods, const char *name)
{
	for (size_t i = 0; i < json_count(methods); i++)
		if (str_eq_c(json_str(json_at(methods, i)), name))
			return true;
	return false;
}

enum err oidc_provider_find(struct req *req, struct people *p,
			    struct oidc_provider *out)
{
	const struct conf_auth *const conf = &conf_of(req)->auth;
	struct arena *const a = &req->arena;
	struct json doc;

	if (conf->oidc_issuer[0] == '\0')
		return err_set(&req->err, ERR_NOT_FOUND,
			       "there is no service to sign in with");
	ERR_TRY(document(req, p, join(req, conf->oidc_issuer, DISCOVERY),
			 "the description of the OpenID provider", false,
			 &doc));
	*out = (struct oidc_provider){
		.issuer = json_str(json_get(doc, "issuer")),
		.authorization_endpoint = str_dup(
			a, json_str(json_get(doc, "authorization_endpoint"))),
		.token_endpoint =
			str_dup(a, json_str(json_get(doc, "token_endpoint"))),
		.jwks_uri = str_dup(a, json_str(json_get(doc, "jwks_uri"))),
		.secret_in_body = lists(
			json_get(doc, "token_endpoint_auth_methods_supported"),
			"client_secret_post"),
	};
	if (!same_issuer(out->issuer, conf->oidc_issuer))
		return err_set(&req->err, ERR_CONFIG,
			       "the provider at %s calls itself " STR_FMT,
			       conf->oidc_issuer,
			       STR_ARG(str_utf8_prefix(out->issuer, 100)));
	if (out->authorization_endpoint[0] == '\0' ||
	    out->token_endpoint[0] == '\0' || out->jwks_uri[0] == '\0')
		return err_set(&req->err, ERR_CONFIG,
			       "the provider at %s does not describe itself",
			       conf->oidc_issuer);
	return ERR_OK;
}

enum err oidc_provider_keys(struct req *req, struct people *p,
			    const struct oidc_provider *provider, bool anew,
			    struct json *out)
{
	struct json doc;

	ERR_TRY(document(req, p, provider->jwks_uri,
			 "the keys of the OpenID provider", anew, &doc));
	*out = json_get(doc, "keys");
	if (json_type(*out) != JSON_ARRAY || json_count(*out) > MAX_KEYS)
		return err_set(&req->err, ERR_OIDC_DOWN,
			       "the provider has no keys");
	return ERR_OK;
}

/* The token ---------------------------------------------------------- */

static void add_field(struct buf *b, const char *name, struct str value)
{
	buf_addf(b, "%s%s=", b->n > 0 ? "&" : "", name);
	oidc_encode(b, value);
}

/* RFC 6749 section 2.3.1: both parts form-encoded, then Basic. */
static const char *basic_header(struct req *req, const struct conf_auth *conf)
{
	char *const header = arena_alloc(&req->arena, HEADER_BYTES);
	static const char scheme[] = "Authorization: Basic ";
	struct buf pair;

	buf_init(&pair, &req->arena, HEADER_BYTES / 2);
	oidc_encode(&pair, str_from(conf->oidc_client_id));
	buf_add_char(&pair, ':');
	oidc_encode(&pair, (struct str){conf->oidc_client_secret.secret_p,
					conf->oidc_client_secret.secret_n});
	memcpy(header, scheme, sizeof(scheme));
	(void)sodium_bin2base64(header + sizeof(scheme) - 1,
				HEADER_BYTES - sizeof(scheme),
				(const unsigned char *)pair.p, pair.n,
				sodium_base64_VARIANT_ORIGINAL);
	return header;
}

enum err oidc_provider_token(struct req *req,
			     const struct oidc_provider *provider,
			     struct str code, struct str verifier,
			     struct str *id_token)
{
	const struct conf_auth *const conf = &conf_of(req)->auth;
	const struct conf_secret *const secret = &conf->oidc_client_secret;
	struct net_request in = {
		.what = "the token of the OpenID provider",
		.url = provider->token_endpoint,
		.headers = {"Content-Type: application/x-www-form-urlencoded",
			    "Accept: application/json"},
		.timeout_ms = TIMEOUT_MS,
		.private_network = conf_of(req)->server.private_network,
	};
	struct net_reply reply;
	struct buf form;
	struct json doc;

	buf_init(&form, &req->arena, FORM_BYTES);
	add_field(&form, "grant_type", STR("authorization_code"));
	add_field(&form, "code", code);
	add_field(&form, "redirect_uri", str_from(oidc_redirect_uri(req)));
	add_field(&form, "client_id", str_from(conf->oidc_client_id));
	add_field(&form, "code_verifier", verifier);
	if (secret->secret_n > 0 && provider->secret_in_body)
		add_field(&form, "client_secret",
			  (struct str){secret->secret_p, secret->secret_n});
	else if (secret->secret_n > 0)
		in.headers[2] = basic_header(req, conf);
	ERR_TRY(buf_err(&form));
	in.body = buf_str(&form);
	if (net_http(&req->arena, &in, &reply, &req->err) != ERR_OK ||
	    reply.status >= 500) {
		log_away(req, in.what);
		return err_set(&req->err, ERR_OIDC_DOWN,
			       "the provider gives no token");
	}
	if (reply.status != 200)
		return err_set(&req->err, ERR_OIDC,
			       "the provider refuses this sign-in");
	if (json_parse(&req->arena, reply.body, &doc, NULL) != ERR_OK)
		return err_set(&req->err, ERR_OIDC_DOWN,
			       "the provider's token is not JSON");
	*id_token = json_str(json_get(doc, "id_token"));
	return id_token->n > 0 ? ERR_OK
			       : err_set(&req->err, ERR_OIDC,
					 "the provider gave no ID token");
}
