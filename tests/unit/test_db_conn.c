/*
 * db/db without a server: what is said when there is none, and what is never
 * said.  With one: tests/route/ledger_live.sh.
 */
#include "conf/conf.h"
#include "db/db.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct conf_database database(const char *dsn)
{
	return (struct conf_database){
		.dsn = dsn,
		.admin_dsn = "",
		.password = {"hunter2", 7},
		.pool_size = 1,
		.connect_timeout_ms = 200,
		.statement_timeout_ms = 200,
	};
}

static void refused(void **state)
{
	static const struct {
		const char *dsn;
		const char *word; /* that the message must have */
	} rows[] = {
		{"host=/nonexistent dbname=x", "/nonexistent"},
		{"host=127.0.0.1 port=1 dbname=x", "127.0.0.1"},
		{"port=notaport", "dsn"},
		{"nonsense", "dsn"},
		{"postgresql://u:hunter2@host:bad/x", "dsn"},
		{"host=/nonexistent password='hunter2", "dsn"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct conf_database conf = database(rows[i].dsn);
		struct errbuf e = {.code = ERR_OK};
		struct db *db = NULL;

		assert_int_equal(db_open(&db, &conf, "test", &e), ERR_DB);
		assert_null(db);
		assert_non_null(strstr(e.detail, "[database] dsn"));
		assert_non_null(strstr(e.detail, rows[i].word));
		assert_null(strstr(e.detail, "hunter2"));
	}
}

/* A port that takes connections and never says a word. */
static int mute_server(int *port)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t n = sizeof(at);
	const int fd = socket(AF_INET, SOCK_STREAM, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, n), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
	*port = ntohs(at.sin_port);
	return fd;
}

/* libpq alone would wait for this one for ever. */
static void mute(void **state)
{
	int port = 0;
	const int fd = mute_server(&port);
	char dsn[64];
	struct errbuf e = {.code = ERR_OK};
	struct db *db = NULL;

	(void)state;
	(void)snprintf(dsn, sizeof(dsn), "host=127.0.0.1 port=%d", port);
	const struct conf_database conf = database(dsn);
	assert_int_equal(db_open(&db, &conf, "test", &e), ERR_DB);
	assert_non_null(strstr(e.detail, "connect_timeout"));
	(void)close(fd);
}

static void pool(void **state)
{
	const struct conf_database conf = database("host=/nonexistent");
	struct db_pool *p = NULL;
	struct db *db = NULL;
	struct errbuf e = {.code = ERR_OK};

	(void)state;
	assert_int_equal(db_pool_new(&p, &conf, "test", &e), ERR_OK);
	/* a slot that could not be filled is free again: no leak, no wait */
	for (int i = 0; i < 3; i++) {
		err_clear(&e);
		assert_int_equal(db_pool_get(p, &db, &e), ERR_DB);
		assert_null(db);
		assert_non_null(strstr(e.detail, "/nonexistent"));
	}
	db_pool_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused),
		cmocka_unit_test(mute),
		cmocka_unit_test(pool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
