/*
 * Where transfers to providers may go: how names are looked up, which addresses
 * are allowed, and that the environment has no say.
 */
#include "probe.h"

#include <netdb.h>
#include <semaphore.h>
#include <stdlib.h>

/* Names --------------------------------------------------------------- */

static sem_t lookup_begun;
static sem_t lookup_go_on;
static sem_t lookup_over;

/*
 * Takes the place of libc's: libcurl's resolver thread comes here, and waits
 * until the test lets it go on.  Local names never get here.
 */
int getaddrinfo(const char *restrict name, const char *restrict service,
		const struct addrinfo *restrict hints,
		struct addrinfo **restrict out)
{
	(void)name;
	(void)service;
	(void)hints;
	*out = NULL;
	(void)sem_post(&lookup_begun);
	(void)sem_wait(&lookup_go_on);
	(void)sem_post(&lookup_over);
	return EAI_AGAIN;
}

/* Let the one lookup under way come to its end. */
static void end_lookup(void)
{
	(void)sem_post(&lookup_go_on);
	(void)sem_wait(&lookup_over);
}

static void wait_lookup_and_cancel_other(struct probe *p)
{
	(void)sem_wait(&lookup_begun);
	cancel(p->other);
}

/* Neither the loop nor a cancel nor the end waits for a slow name server. */
static void a_slow_lookup_blocks_nobody(void **state)
{
	struct world w;
	struct probe p[2];

	(void)state;
	world_open(&w);
	probe_init(&p[0], &w, "https://slow.example/v1");
	probe_init(&p[1], &w, "/trickle");
	p[1].in_end = wait_lookup_and_cancel_other;
	p[1].other = &p[0];
	probe_start(&p[0]);
	probe_start(&p[1]);
	loop_run(w.loop);
	assert_int_equal(p[1].err, ERR_OK);
	assert_false(p[0].ended);
	world_close(&w);
	end_lookup();
}

static void a_slow_lookup_is_part_of_the_connect(void **state)
{
	struct world w;
	struct probe p;

	(void)state;
	world_open(&w);
	probe_init(&p, &w, "https://slower.example/v1");
	p.conf.timeout_connect_ms = 50;
	probe_run(&p);
	assert_int_equal(p.err, ERR_UPSTREAM_TIMEOUT);
	assert_false(p.sent);
	world_close(&w);
	(void)sem_wait(&lookup_begun);
	end_lookup();
}

static void a_failed_lookup_says_which_name(void **state)
{
	struct world w;
	struct probe p;

	(void)state;
	world_open(&w);
	(void)sem_post(&lookup_go_on);
	probe_init(&p, &w, "https://unknown.example/v1");
	probe_run(&p);
	(void)sem_wait(&lookup_begun);
	(void)sem_wait(&lookup_over);
	assert_int_equal(p.err, ERR_UPSTREAM);
	assert_false(p.sent);
	assert_non_null(strstr(p.detail, "unknown.example"));
	world_close(&w);
}

/* Addresses ----------------------------------------------------------- */

/* Other ways to write an address that somebody listens on, and others. */
static void an_address_inside_is_refused(void **state)
{
	static const char *const hosts[] = {
		"2130706433", /* 127.0.0.1 */
		"10.1.2.3",        "169.254.169.254",
		"[fd00:ec2::254]", "[::ffff:192.168.0.1]",
	};
	struct world w;
	struct probe p;
	char url[64];

	(void)state;
	for (size_t i = 0; i < COUNT(hosts); i++) {
		world_open(&w);
		(void)snprintf(url, sizeof(url), "https://%s:%d/", hosts[i],
			       w.server->port);
		probe_init(&p, &w, url);
		probe_run(&p);
		assert_int_equal(p.err, ERR_UPSTREAM);
		assert_false(p.sent);
		assert_non_null(strstr(p.detail, "connect to server"));
		world_close(&w);
	}
}

static void only_https_or_this_machine(void **state)
{
	static const struct {
		const char *url;
		bool allowed;
	} cases[] = {
		{"https://api.example.com/v1", true},
		{"http://localhost:1/v1", true},
		{"http://LOCALHOST:1/v1", true},
		{"http://127.9.9.9:1/v1", true},
		{"http://[::1]:1/v1", true},
		{"http://api.example.com/v1", false},
		{"http://localhost.example.com/v1", false},
		{"http://127.0.0.1.example.com/v1", false},
		{"http://128.0.0.1/v1", false},
		{"http://[::2]/v1", false},
		{"http://0.0.0.0/v1", false},
		{"https://user:word@example.com/v1", false},
		{"ftp://localhost/v1", false},
		{"file:///etc/passwd", false},
		{"localhost/v1", false},
		{"not a url", false},
		{"", false},
	};
	struct world w;
	struct probe p;

	(void)state;
	world_open(&w);
	for (size_t i = 0; i < COUNT(cases); i++) {
		probe_init(&p, &w, "/");
		p.req.url = cases[i].url;
		p.call = upstream_post(w.u, &w.arena, &p.conf, &p.req, &p.sink,
				       &p.e);
		assert_int_equal(p.call != NULL, cases[i].allowed);
		if (p.call != NULL)
			upstream_cancel(p.call);
		else
			assert_int_equal(p.e.code, ERR_CONFIG);
	}
	assert_non_null(strstr(p.e.detail, "[provider test] base_url"));
	world_close(&w);
}

static void the_environment_names_no_proxy(void **state)
{
	struct world w;
	struct probe p;
	char proxy[64];

	(void)state;
	world_open(&w);
	(void)snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%d",
		       server_unused_port());
	(void)setenv("http_proxy", proxy, 1);
	(void)setenv("all_proxy", proxy, 1);
	probe_init(&p, &w, "/length");
	probe_run(&p);
	assert_string_equal(buf_c(&p.body), "hello");
	(void)unsetenv("http_proxy");
	(void)unsetenv("all_proxy");
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_slow_lookup_blocks_nobody),
		cmocka_unit_test(a_slow_lookup_is_part_of_the_connect),
		cmocka_unit_test(a_failed_lookup_says_which_name),
		cmocka_unit_test(an_address_inside_is_refused),
		cmocka_unit_test(only_https_or_this_machine),
		cmocka_unit_test(the_environment_names_no_proxy),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	(void)sem_init(&lookup_begun, 0, 0);
	(void)sem_init(&lookup_go_on, 0, 0);
	(void)sem_init(&lookup_over, 0, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
