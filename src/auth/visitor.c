/*
 * Visitors: challenge, entry, and the count of their free messages.  Called by
 * /auth and, for each message, by the pipeline of calls.
 */
#include "auth/visitor.h"

#include "auth/challenge.h"
#include "auth/cookie.h"
#include "auth/people.h"
#include "base/clock.h"
#include "base/id.h"
#include "conf/conf.h"
#include "db/db.h"
#include "http/req.h"
#include "http/worker.h"
#include "json/json.h"

#include <inttypes.h>

#define ANSWER_BYTES ((size_t)8 * 1024)
#define MAX_SOLUTION ((size_t)400)
#define BY_ADDRESS   5 /* times login_attempts */

static const struct conf *conf_of(const struct req *req)
{
	return worker_conf(req->worker);
}

static enum err check_open(struct req *req)
{
	const struct conf *const conf = conf_of(req);

	for (size_t i = 0; i < conf->nfeatures; i++)
		if (conf->features[i].anonymous > 0)
			return ERR_OK;
	return err_set(&req->err, ERR_NOT_FOUND, "no feature lets visitors in");
}

void visitor_write_free(struct jw *w, const char *name, const struct conf *conf)
{
	jw_open_object(w, name);
	for (size_t i = 0; i < conf->nfeatures; i++)
		if (conf->features[i].anonymous > 0)
			jw_int(w, conf->features[i].name,
			       conf->features[i].anonymous);
	jw_close(w);
}

static enum err find_secret(struct req *req, struct people *p, struct str *out)
{
	struct db_rows rows;

	ERR_TRY(people_call(req, p, "SELECT slipway.signing_key('challenge')",
			    NULL, 0, &rows));
	*out = db_str(&rows, 0, 0);
	if (out->n == 0)
		return err_set(&req->err, ERR_CONFIG,
			       "the table signing_keys has no challenge");
	return ERR_OK;
}

enum err visitor_challenge(struct req *req, struct people *p)
{
	const int64_t bits = conf_of(req)->auth.challenge_bits;
	char challenge[CHALLENGE_BYTES];
	struct str secret;
	struct buf body;
	struct jw w;

	ERR_TRY(check_open(req));
	ERR_TRY(find_secret(req, p, &secret));
	challenge_make(secret, bits, clock_wall_ms(), challenge);
	buf_init(&body, &req->arena, ANSWER_BYTES);
	jw_init(&w, &body);
	jw_open_object(&w, NULL);
	jw_c(&w, "challenge", challenge);
	jw_int(&w, "bits", bits);
	jw_int(&w, "puzzles", CHALLENGE_PUZZLES);
	visitor_write_free(&w, "free", conf_of(req));
	jw_close(&w);
	ERR_TRY(buf_err(&body));
	return res_send(req, 200, "application/json", buf_str(&body));
}

/* The row of a visitor whose token this is. */
static enum err open_visitor(struct req *req, struct people *p,
			     struct str challenge, const char *token)
{
	char challenge_hash[AUTH_HEX_BYTES];
	char hash[AUTH_HEX_BYTES];
	struct buf limits;
	struct jw w;

	auth_sha256_hex(challenge, challenge_hash);
	auth_sha256_hex(str_from(token), hash);
	buf_init(&limits, &req->arena, ANSWER_BYTES);
	jw_init(&w, &limits);
	jw_open_object(&w, NULL);
	jw_int(&w, "daily_cap_pico", conf_of(req)->limits.anonymous_daily_pico);
	jw_close(&w);
	const struct str params[] = {str_from(challenge_hash), str_from(hash),
				     buf_str(&limits),
				     people_int(req, VISITOR_LIFETIME_MS)};
	return people_call(req, p,
			   "SELECT slipway.visitor_open($1, $2, $3, $4)",
			   params, 4, NULL);
}

/* The token goes into the cookie, and to pages that cannot keep one (a frame
 * on another site) into the answer. */
static enum err answer(struct req *req, const char *token)
{
	char csrf[AUTH_CSRF_BYTES];
	struct buf body;
	struct jw w;

	auth_cookie_set(req, str_from(token), VISITOR_LIFETIME_MS);
	auth_csrf(str_from(token), csrf);
	buf_init(&body, &req->arena, ANSWER_BYTES);
	jw_init(&w, &body);
	jw_open_object(&w, NULL);
	jw_c(&w, "csrf", csrf);
	jw_c(&w, "token", token);
	visitor_write_free(&w, "free", conf_of(req));
	jw_close(&w);
	ERR_TRY(buf_err(&body));
	return res_send(req, 201, "application/json", buf_str(&body));
}

enum err visitor_enter(struct req *req, struct people *p)
{
	const int64_t max = conf_of(req)->auth.login_attempts * BY_ADDRESS;
	char token[AUTH_KEY_BYTES];
	struct people_form f;
	struct str challenge;
	struct str solution;
	struct str secret;

	ERR_TRY(auth_check_origin(req));
	ERR_TRY(check_open(req));
	ERR_TRY(people_form_read(req, &f));
	ERR_TRY(people_need(&f, "challenge", CHALLENGE_BYTES, &challenge));
	ERR_TRY(people_need(&f, "solution", MAX_SOLUTION, &solution));
	ERR_TRY(find_secret(req, p, &secret));
	ERR_TRY(challenge_check(secret, challenge, solution, clock_wall_ms(),
				&req->err));
	ERR_TRY(people_count(req, p, "address", max));
	auth_token_generate(AUTH_VISITOR, token);
	ERR_TRY(open_visitor(req, p, challenge, token));
	return answer(req, token);
}

enum err visitor_take(struct db *db, struct req *req,
		      const unsigned char hash[AUTH_HASH_BYTES],
		      const struct conf_feature *feature)
{
	char hex[AUTH_HEX_BYTES];
	struct db_rows rows;

	id_hex(hash, AUTH_HASH_BYTES, hex);
	const struct str params[] = {str_from(hex), str_from(feature->name),
				     people_int(req, feature->anonymous)};
	ERR_TRY(db_call(db, &req->arena,
			"SELECT slipway.visitor_take($1, $2, $3)", params, 3,
			&rows, &req->err));
	const int64_t left = db_i64(&rows, 0, 0);
	if (left < 0 && feature->anonymous == 0)
		return err_set(&req->err, ERR_SIGN_UP,
			       "%s is for people who have an account",
			       feature->name);
	if (left < 0)
		return err_set(&req->err, ERR_SIGN_UP,
			       "the %" PRId64 " free messages are used up",
			       feature->anonymous);
	res_headerf(req, "X-Messages-Remaining", "%" PRId64, left);
	return ERR_OK;
}
