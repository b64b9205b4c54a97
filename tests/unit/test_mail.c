/*
 * Mail: what is an address, what a message looks like whatever is in it, and
 * that servers with and without TLS and login take it.  The servers are those
 * of tests/lib/listeners.py.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/num.h"
#include "conf/conf.h"
#include "net/mail.h"
#include "temp.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))
#define FILE_BYTES 65536

static struct arena arena;

static int setup(void **state)
{
	(void)state;
	arena_init(&arena, (size_t)8 * 1024 * 1024);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

static struct conf_mail settings(void)
{
	return (struct conf_mail){
		.smtp_host = "localhost",
		.security = CONF_SMTP_PLAIN,
		.user = "",
		.from = "slipway@example.org",
		.ca_file = "",
		.timeout_ms = 20000,
	};
}

static void addresses(void **state)
{
	static const struct {
		const char *text;
		bool ok;
	} cases[] = {
		{"a@example.org", true},
		{"first.last+tag@sub.example.org", true},
		{"", false},
		{"a", false},
		{"@example.org", false},
		{"a@", false},
		{"a@b@c", false},
		{"-f@example.org", false},
		{"a b@example.org", false},
		{"a@example.org\r\nBcc: x@y", false},
		{"a@example.org\n", false},
		{"<a@example.org>", false},
		{"a@example.org,b@example.org", false},
		{"\"a\"@example.org", false},
		{"\xC3\xA4@example.org", false},
	};
	char lots[MAIL_ADDRESS_BYTES + 2];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (mail_address_ok(str_from(cases[i].text)) != cases[i].ok)
			fail_msg("%s", cases[i].text);
	memset(lots, 'a', sizeof(lots) - 1);
	lots[3] = '@';
	lots[sizeof(lots) - 1] = '\0';
	assert_false(mail_address_ok(str_from(lots)));
	lots[sizeof(lots) - 2] = '\0';
	assert_true(mail_address_ok(str_from(lots)));
}

static const char *composed(const struct mail *m)
{
	const struct conf_mail conf = settings();
	struct buf out;

	buf_init(&out, &arena, MAIL_MAX_BYTES);
	mail_compose(&conf, m, &out);
	assert_int_equal(buf_err(&out), ERR_OK);
	/* RFC 5322, 2.1.1 and 2.3: lines of at most 78, only CRLF, ASCII */
	size_t column = 0;
	for (const char *p = buf_c(&out); *p != '\0'; p++) {
		column = *p == '\n' ? 0 : column + 1;
		assert_true(column <= 79);
		assert_true((unsigned char)*p < 0x7F);
		assert_true(*p != '\n' || p[-1] == '\r');
		assert_true(*p != '\r' || p[1] == '\n');
	}
	return buf_c(&out);
}

static void contains(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void a_message_is_well_formed(void **state)
{
	const struct mail m = {
		.to = "a@example.org, b@example.org",
		.subject = "Costs: 5 \xE2\x82\xAC",
		.text = "x = 1\n.\nends with a blank \n\xE2\x82\xAC\n",
		.id = "alert-7.raised",
	};
	const char *const text = composed(&m);

	(void)state;
	contains(text, "From: <slipway@example.org>\r\n"
		       "To: <a@example.org>,\r\n <b@example.org>\r\n");
	contains(text, "\r\nSubject: =?UTF-8?Q?Costs=3A=205=20=E2=82=AC?=\r\n");
	contains(text, "\r\nMessage-ID: <alert-7.raised@example.org>\r\n");
	contains(text, "\r\n\r\nx =3D 1\r\n.\r\nends with a blank=20\r\n"
		       "=E2=82=AC\r\n");
}

/* Nothing in subject or text can end a header or the head. */
static void hostile_text_stays_text(void **state)
{
	const struct mail m = {
		.to = "a@example.org",
		.subject = "x\r\nBcc: evil@example.org\r\n\r\n<b>\xFF?=\x01",
		.text = "\r\n.\r\nMAIL FROM:<evil@example.org>\r\n\x1B[2J\xFF",
	};
	const char *const text = composed(&m);
	const char *const head_end = strstr(text, "\r\n\r\n");

	(void)state;
	assert_null(strstr(text, "\r\nBcc"));
	assert_non_null(head_end);
	assert_null(strstr(head_end + 4, "\r\n\r\n"));
	contains(text, "Q?x__Bcc=3A=20evil=40examp");
	contains(head_end,
		 "\r\n=0D\r\n.=0D\r\nMAIL FROM:<evil@example.org>=0D");
	contains(head_end, "\r\n=1B[2J=FF");
}

static void long_text_is_broken_at_characters(void **state)
{
	char lots[4001];

	(void)state;
	for (size_t i = 0; i + 3 < sizeof(lots); i += 3)
		memcpy(lots + i, "\xE2\x82\xAC", 3);
	lots[3999] = '\0';
	const struct mail m = {
		.to = "a@example.org", .subject = lots, .text = lots};
	const char *const text = composed(&m);
	/* six characters of three bytes a word */
	contains(text, "=E2=82=AC?=\r\n =?UTF-8?Q?=E2=82=AC");
	contains(text, "=E2=82=AC=\r\n=E2=82=AC");
}

/* --- real servers ------------------------------------------------------- */

struct server {
	char folder[TEMP_BYTES];
	pid_t pid;
	int in; /* closing it ends the server */
	int port;
};

static bool slurp(const struct server *s, const char *name, char *out)
{
	char path[2 * TEMP_BYTES];

	(void)snprintf(path, sizeof(path), "%s/%s", s->folder, name);
	FILE *const f = fopen(path, "r");
	if (f == NULL)
		return false;
	out[fread(out, 1, FILE_BYTES - 1, f)] = '\0';
	(void)fclose(f);
	return true;
}

static void pause_ms(long ms)
{
	const struct timespec t = {.tv_nsec = ms * 1000000};

	(void)nanosleep(&t, NULL);
}

static void wait_file(const struct server *s, const char *name, char *out)
{
	for (int i = 0; !slurp(s, name, out); i++) {
		if (i > 3000 || waitpid(s->pid, NULL, WNOHANG) != 0)
			fail_msg("%s/%s does not appear", s->folder, name);
		pause_ms(10);
	}
}

static void serve(struct server *s, const char *mode, const char *extra)
{
	static char text[FILE_BYTES];
	int64_t port = 0;
	int ends[2];

	if (access("/usr/bin/python3", X_OK) != 0) {
		print_message("python3 is not installed\n");
		skip();
	}
	assert_non_null(mkdtemp(temp_name(s->folder, "mail")));
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(fcntl(ends[1], F_SETFD, FD_CLOEXEC), 0);
	s->pid = fork();
	if (s->pid == 0) {
		(void)dup2(ends[0], 0);
		(void)execl("/usr/bin/python3", "python3", "-B",
			    "tests/lib/listeners.py", s->folder, mode, extra,
			    (char *)NULL);
		_exit(127);
	}
	(void)close(ends[0]);
	s->in = ends[1];
	wait_file(s, "port", text);
	assert_int_equal(num_parse_i64(str_from(text), 1, 65535, &port),
			 ERR_OK);
	s->port = (int)port;
}

static void serve_end(struct server *s)
{
	static const char *const names[] = {"port", "mail.0", "cert.pem",
					    "key.pem"};
	char path[2 * TEMP_BYTES];

	(void)close(s->in);
	(void)waitpid(s->pid, NULL, 0);
	for (size_t i = 0; i < COUNT(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", s->folder,
			       names[i]);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(s->folder), 0);
}

static const struct mail hello = {
	.to = "a@example.org, b@example.org",
	.subject = "Hello",
	.text = ".\nFirst line\n",
};

static void servers_take_it(void **state)
{
	static const struct {
		const char *mode;
		enum conf_smtp_security security;
		const char *login;
		const char *tls;
	} cases[] = {
		{"plain", CONF_SMTP_PLAIN, NULL, " tls=False\n"},
		{"plain", CONF_SMTP_PLAIN, "me:pa ss", " tls=False\n"},
		{"starttls", CONF_SMTP_STARTTLS, "me:pa ss", " tls=True\n"},
		{"tls", CONF_SMTP_TLS, "me:pa ss", " tls=True\n"},
	};
	static char text[FILE_BYTES];
	char ca[2 * TEMP_BYTES];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct conf_mail conf = settings();
		struct server s;
		struct errbuf e = {0};
		serve(&s, cases[i].mode, cases[i].login);
		conf.smtp_port = s.port;
		conf.security = cases[i].security;
		(void)snprintf(ca, sizeof(ca), "%s/cert.pem", s.folder);
		conf.ca_file = strcmp(cases[i].mode, "plain") != 0 ? ca : "";
		if (cases[i].login != NULL) {
			conf.user = "me";
			conf.password = (struct conf_secret){"pa ss", 5};
		}
		if (mail_send(&conf, &hello, &e) != ERR_OK)
			fail_msg("%s: %s", cases[i].mode, e.detail);
		wait_file(&s, "mail.0", text);
		contains(text, "<slipway@example.org> <a@example.org> "
			       "<b@example.org>");
		contains(text, cases[i].tls);
		contains(text, "\r\n\r\n.\r\nFirst line\r\n");
		serve_end(&s);
	}
}

/* No TLS offered, a certificate nobody vouches for, a wrong password, a
 * recipient that is refused, nobody there: an error that says so. */
static void what_fails_says_why(void **state)
{
	static const struct {
		const char *mode;
		const char *extra;
		enum conf_smtp_security security;
		const char *detail;
	} cases[] = {
		{"plain", NULL, CONF_SMTP_STARTTLS, "STARTTLS"},
		{"starttls", NULL, CONF_SMTP_STARTTLS, "certificate"},
		{"tls", NULL, CONF_SMTP_TLS, "certificate"},
		{"plain", "me:other", CONF_SMTP_PLAIN, "Login denied"},
		{"plain", "refuse=550 no such user", CONF_SMTP_PLAIN, "550"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct conf_mail conf = settings();
		struct server s;
		struct errbuf e = {0};
		serve(&s, cases[i].mode, cases[i].extra);
		conf.smtp_port = s.port;
		conf.security = cases[i].security;
		if (cases[i].extra != NULL && cases[i].extra[0] == 'm') {
			conf.user = "me";
			conf.password = (struct conf_secret){"secret-word", 11};
		}
		assert_int_equal(mail_send(&conf, &hello, &e), ERR_IO);
		contains(e.detail, cases[i].detail);
		assert_null(strstr(e.detail, "secret-word"));
		serve_end(&s);
		err_clear(&e);
		assert_int_equal(mail_send(&conf, &hello, &e), ERR_IO);
		contains(e.detail, "the mail server: ");
	}
}

static void what_cannot_be_sent_is_not(void **state)
{
	struct conf_mail conf = settings();
	struct mail m = hello;
	struct errbuf e = {0};

	(void)state;
	m.to = "a@example.org, b@example.org\r\nRCPT TO:<c@example.org>";
	conf.smtp_port = 1;
	assert_int_equal(mail_send(&conf, &m, &e), ERR_INVALID_REQUEST);
	contains(e.detail, "is no mail address");
	err_clear(&e);
	conf.user = "me";
	assert_int_equal(mail_send(&conf, &hello, &e), ERR_CONFIG);
	contains(e.detail, "[mail] password_file");
	err_clear(&e);
	conf.from = "nobody";
	assert_int_equal(mail_send(&conf, &hello, &e), ERR_CONFIG);
	contains(e.detail, "[mail] from");
	err_clear(&e);
	conf.smtp_host = "";
	assert_false(mail_is_on(&conf));
	assert_int_equal(mail_send(&conf, &hello, &e), ERR_CONFIG);
	contains(e.detail, "[mail] smtp_host");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test_setup_teardown(a_message_is_well_formed, setup,
						teardown),
		cmocka_unit_test_setup_teardown(hostile_text_stays_text, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			long_text_is_broken_at_characters, setup, teardown),
		cmocka_unit_test(servers_take_it),
		cmocka_unit_test(what_fails_says_why),
		cmocka_unit_test(what_cannot_be_sent_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
