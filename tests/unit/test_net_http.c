/*
 * net/http: where a request of ours may lead.  What is refused is refused
 * before a byte leaves this machine.
 */
#include "base/arena.h"
#include "net/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define TIMEOUT_MS 20000

static enum err get(const char *url, struct errbuf *e)
{
	const struct net_request req = {
		.what = "the test", .url = url, .timeout_ms = TIMEOUT_MS};
	struct net_reply reply;
	struct arena a;

	arena_init(&a, (size_t)16 * 1024 * 1024);
	err_clear(e);
	const enum err err = net_http(&a, &req, &reply, e);
	arena_release(&a);
	return err;
}

static void networks_inside_are_refused(void **state)
{
	static const char *const urls[] = {
		"https://10.0.0.1/hook",
		"https://172.16.9.9/",
		"https://192.168.1.1:8443/",
		"https://100.64.0.1/",
		"https://169.254.169.254/latest/meta-data/",
		"https://[fd00::1]/",
		"https://[fe80::1]/",
		"https://[fd00:ec2::254]/latest/",
		"https://[::ffff:10.1.2.3]/",
		"https://0.0.0.0/",
	};
	struct errbuf e = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		assert_int_equal(get(urls[i], &e), ERR_CONFIG);
		assert_non_null(strstr(e.detail, "private_network"));
		assert_null(strstr(e.detail, urls[i]));
	}
}

static void only_https_but_here(void **state)
{
	static const char *const urls[] = {
		"http://192.0.2.1/",   "http://example.org/",
		"ftp://127.0.0.1/",    "file:///etc/passwd",
		"gopher://127.0.0.1/", "https://user:word@127.0.0.1/",
	};
	struct errbuf e = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
		assert_int_equal(get(urls[i], &e), ERR_CONFIG);
	/* nobody listens there, but it was tried */
	assert_int_equal(get("http://127.0.0.1:1/", &e), ERR_IO);
	assert_int_equal(get("https://localhost:1/", &e), ERR_IO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(networks_inside_are_refused),
		cmocka_unit_test(only_https_but_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
