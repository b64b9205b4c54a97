/*
 * Connections: opening them, with and without waiting, noticing that they
 * died, closing them.  All of it is asynchronous underneath, because libpq's
 * own blocking calls wait without end for a server that hangs.
 */
#include "db/db.h"

#include "base/clock.h"
#include "base/log.h"
#include "conf/conf.h"
#include "db/conn.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#define DB_ARENA_BYTES ((size_t)16 * 1024)
#define ALIVE_READS    4

bool db_poll(int fd, short events, int64_t deadline_ms)
{
	struct pollfd p = {.fd = fd, .events = events};

	for (;;) {
		int wait_ms = -1;
		if (deadline_ms != 0) {
			const int64_t left = deadline_ms - clock_mono_ms();
			wait_ms = left < 0 ? 0 : (int)left;
		}
		const int n = poll(&p, 1, wait_ms);
		if (n == 0)
			return false;
		if (n > 0 || errno != EINTR)
			return true; /* an error shows at the next read */
	}
}

const char *db_message(const struct db *db, char out[static ERR_DETAIL_BYTES])
{
	const char *p = db->conn != NULL ? PQerrorMessage(db->conn) : "";
	size_t n = 0;

	if (db->password[0] != '\0' && strstr(p, db->password) != NULL)
		p = "(the message has the password in it, so it is not shown)";
	for (; *p != '\0' && n < ERR_DETAIL_BYTES - 1; p++, n++) {
		out[n] = *p;
		if (*p == '\n' || *p == '\t')
			out[n] = ' ';
	}
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
	return out;
}

/* A warning is worth a line; a notice ("relation exists, skipping") is not. */
static void log_notice(void *arg, const PGresult *res)
{
	const char *const severity =
		PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);
	const char *const msg =
		PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

	(void)arg;
	if (severity != NULL && msg != NULL && strcmp(severity, "WARNING") == 0)
		log_msg(LOG_WARN, "postgresql_warning", "%s", msg);
}

/*
 * The value of [database] dsn may have a password although it should not, and
 * libpq quotes what it cannot parse, so its message is not passed on.
 */
static enum err check_dsn(const char *dsn, struct errbuf *e)
{
	char *msg = NULL;
	PQconninfoOption *const parsed = PQconninfoParse(dsn, &msg);

	if (msg != NULL)
		PQfreemem(msg);
	if (parsed == NULL)
		return err_set(e, ERR_DB,
			       "[database] dsn is not a libpq connection "
			       "string (expected \"host=... dbname=... "
			       "user=...\" or a postgresql:// URL)");
	PQconninfoFree(parsed);
	return ERR_OK;
}

/* e gets libpq's message and the setting that most likely is wrong */
static enum err connect_failed(struct db *db, struct errbuf *e)
{
	char msg[ERR_DETAIL_BYTES];
	const char *setting = "dsn";

	(void)db_message(db, msg);
	if (db->conn != NULL && (PQconnectionNeedsPassword(db->conn) ||
				 strstr(msg, "password") != NULL))
		setting = "password_file";
	db_drop(db);
	return err_set(e, ERR_DB, "[database] %s: %.200s", setting,
		       msg[0] != '\0' ? msg : "could not connect");
}

/* Begin to connect db, which has no connection. */
static enum err start(struct db *db, struct errbuf *e)
{
	const char *const keys[] = {"fallback_application_name", "dbname",
				    "password", "client_encoding", NULL};
	const char *const values[] = {db->app_name, db->conf->dsn, db->password,
				      "UTF8", NULL};

	ERR_TRY(check_dsn(db->conf->dsn, e));
	db->ready = false;
	db->in_transaction = false;
	db->step = PGRES_POLLING_WRITING; /* as libpq's manual asks */
	db->connect_deadline_ms =
		clock_mono_ms() + db->conf->connect_timeout_ms;
	db->conn = PQconnectStartParams(keys, values, 1);
	if (db->conn == NULL || PQstatus(db->conn) == CONNECTION_BAD)
		return connect_failed(db, e);
	(void)PQsetNoticeReceiver(db->conn, log_notice, NULL);
	return ERR_OK;
}

enum db_step db_connect_step(struct db *db, struct pollfd *wait,
			     struct errbuf *e)
{
	if (db->conn == NULL)
		return DB_STEP_FAILED;
	if (clock_mono_ms() >= db->connect_deadline_ms) {
		(void)err_set(e, ERR_DB,
			      "[database] dsn: no connection within %lld ms "
			      "([database] connect_timeout)",
			      (long long)db->conf->connect_timeout_ms);
		db_drop(db);
		return DB_STEP_FAILED;
	}
	const short asked =
		db->step == PGRES_POLLING_READING ? POLLIN : POLLOUT;
	wait->fd = PQsocket(db->conn);
	wait->events = asked;
	if (poll(&(struct pollfd){.fd = wait->fd, .events = asked}, 1, 0) < 1)
		return DB_STEP_WAIT;
	db->step = PQconnectPoll(db->conn);
	if (db->step == PGRES_POLLING_FAILED) {
		(void)connect_failed(db, e);
		return DB_STEP_FAILED;
	}
	if (db->step == PGRES_POLLING_OK) {
		db->ready = PQsetnonblocking(db->conn, 1) == 0;
		return DB_STEP_READY;
	}
	/* with several hosts in the dsn the socket may be another one now */
	wait->fd = PQsocket(db->conn);
	wait->events = db->step == PGRES_POLLING_READING ? POLLIN : POLLOUT;
	return DB_STEP_WAIT;
}

static enum err finish_connecting(struct db *db, struct errbuf *e)
{
	struct pollfd wait = {.fd = -1};

	for (;;) {
		const enum db_step step = db_connect_step(db, &wait, e);
		if (step == DB_STEP_READY)
			return ERR_OK;
		if (step == DB_STEP_FAILED)
			return ERR_DB;
		(void)db_poll(wait.fd, wait.events, db->connect_deadline_ms);
	}
}

enum err db_ready(struct db *db, struct errbuf *e)
{
	const bool was_in_transaction = db->in_transaction;

	if (db_alive(db))
		return ERR_OK;
	if (was_in_transaction) {
		db->in_transaction = false;
		return err_set(e, ERR_DB,
			       "the connection was lost inside a transaction");
	}
	if (db->manual)
		return err_set(e, ERR_DB, "the connection was lost");
	ERR_TRY(start(db, e));
	return finish_connecting(db, e);
}

bool db_alive(struct db *db)
{
	if (db->conn == NULL || !db->ready)
		return false;
	/* the server may say why before it hangs up: read up to the end */
	struct pollfd p = {.fd = PQsocket(db->conn), .events = POLLIN};
	for (int i = 0; i < ALIVE_READS && poll(&p, 1, 0) > 0; i++)
		if (PQconsumeInput(db->conn) == 0)
			break;
	if (PQstatus(db->conn) == CONNECTION_BAD)
		db_drop(db);
	return db->conn != NULL;
}

static struct db *db_alloc(const struct conf_database *conf,
			   const char *app_name)
{
	struct arena a;

	arena_init(&a, DB_ARENA_BYTES);
	struct db *const db = ARENA_NEW(&a, struct db);
	db->password = arena_strndup(
		&a, conf->password.secret_p,
		conf->password.secret_p != NULL ? conf->password.secret_n : 0);
	db->conf = conf;
	db->app_name = app_name;
	db->arena = a;
	return db;
}

enum err db_connect_start(struct db **out, const struct conf_database *conf,
			  const char *app_name, struct errbuf *e)
{
	struct db *const db = db_alloc(conf, app_name);
	const enum err err = start(db, e);

	db->manual = true;
	*out = err == ERR_OK ? db : NULL;
	if (err != ERR_OK)
		db_close(db);
	return err;
}

enum err db_open(struct db **out, const struct conf_database *conf,
		 const char *app_name, struct errbuf *e)
{
	ERR_TRY(db_connect_start(out, conf, app_name, e));
	const enum err err = finish_connecting(*out, e);
	(*out)->manual = false;
	if (err == ERR_OK)
		return ERR_OK;
	db_close(*out);
	*out = NULL;
	return err;
}

void db_drop(struct db *db)
{
	if (db->conn != NULL)
		PQfinish(db->conn);
	db->conn = NULL;
	db->ready = false;
	db->noften = 0;
	db->nameless = false;
}

void db_close(struct db *db)
{
	if (db == NULL)
		return;
	db_drop(db);
	struct arena a = db->arena; /* db itself is in it */
	arena_release(&a);
}

int db_fd(const struct db *db)
{
	return db->conn != NULL ? PQsocket(db->conn) : -1;
}

bool db_lost(const struct db *db)
{
	return db->lost;
}
