/*
 * Mail by SMTP, through the server that [mail] names: alerts, and mail to
 * people about their account.
 */
#include "net/mail.h"

#include "base/arena.h"
#include "base/buf.h"
#include "conf/conf.h"
#include "net/easy.h"

#include <string.h>

#define MAIL_URL_BYTES 512

bool mail_is_on(const struct conf_mail *conf)
{
	return conf->smtp_host[0] != '\0';
}

bool mail_address_ok(struct str address)
{
	size_t ats = 0;

	if (address.n < 3 || address.n > MAIL_ADDRESS_BYTES ||
	    address.p[0] == '@' || address.p[0] == '-' ||
	    address.p[address.n - 1] == '@')
		return false;
	for (size_t i = 0; i < address.n; i++) {
		const unsigned char c = (unsigned char)address.p[i];
		if (c <= ' ' || c >= 0x7F || strchr("<>()[],;:\\\"", c) != NULL)
			return false;
		ats += c == '@';
	}
	return ats == 1;
}

/* What is left to send. */
struct source {
	struct str text;
};

static size_t on_read(char *to, size_t one, size_t n, void *arg)
{
	struct source *const s = arg;
	const size_t k = one * n < s->text.n ? one * n : s->text.n;

	memcpy(to, s->text.p, k);
	s->text.p += k;
	s->text.n -= k;
	return k;
}

static enum err set_recipients(struct arena *a, struct easy *t, const char *to,
			       struct errbuf *e)
{
	struct curl_slist *list = NULL;
	struct str rest = str_from(to);
	struct str one;
	size_t n = 0;

	do {
		(void)str_cut(rest, ',', &one, &rest);
		one = str_trim(one);
		if (!mail_address_ok(one))
			return err_set(e, ERR_INVALID_REQUEST,
				       "\"" STR_FMT "\" is no mail address",
				       STR_ARG(str_utf8_prefix(one, 64)));
		if (++n > MAIL_MAX_RECIPIENTS)
			return err_set(e, ERR_INVALID_REQUEST,
				       "more than %d recipients",
				       MAIL_MAX_RECIPIENTS);
		if (!easy_list(a, &list, str_dup(a, one)))
			return err_set(e, ERR_INTERNAL,
				       "libcurl has no memory");
	} while (rest.n > 0);
	(void)curl_easy_setopt(t->curl, CURLOPT_MAIL_RCPT, list);
	return ERR_OK;
}

static enum err set_server(struct arena *a, struct easy *t,
			   const struct conf_mail *conf, struct errbuf *e)
{
	struct buf url;
	const bool tls = conf->security == CONF_SMTP_TLS;

	buf_init(&url, a, MAIL_URL_BYTES);
	buf_addf(&url, "%s://%s:%lld", tls ? "smtps" : "smtp", conf->smtp_host,
		 (long long)conf->smtp_port);
	if (buf_err(&url) != ERR_OK ||
	    curl_easy_setopt(t->curl, CURLOPT_URL, buf_c(&url)) != CURLE_OK)
		return err_set(e, ERR_CONFIG, "[mail] smtp_host: too long");
	(void)curl_easy_setopt(t->curl, CURLOPT_USE_SSL,
			       conf->security == CONF_SMTP_PLAIN
				       ? (long)CURLUSESSL_NONE
				       : (long)CURLUSESSL_ALL);
	if (conf->ca_file[0] != '\0')
		(void)curl_easy_setopt(t->curl, CURLOPT_CAINFO, conf->ca_file);
	if (conf->user[0] == '\0')
		return ERR_OK;
	if (conf->password.secret_p == NULL)
		return err_set(e, ERR_CONFIG,
			       "[mail] password_file: not set, or this user "
			       "may not read it");
	(void)curl_easy_setopt(t->curl, CURLOPT_USERNAME, conf->user);
	(void)curl_easy_setopt(t->curl, CURLOPT_PASSWORD,
			       conf->password.secret_p);
	return ERR_OK;
}

static enum err send_in(struct arena *a, const struct conf_mail *conf,
			const struct mail *m, struct errbuf *e)
{
	struct easy *t = NULL;
	struct buf from;
	struct buf text;

	if (!mail_address_ok(str_from(conf->from)))
		return err_set(e, ERR_CONFIG,
			       "[mail] from: \"%s\" is no mail address",
			       conf->from);
	ERR_TRY(easy_new(a, "smtp,smtps", conf->timeout_ms, &t, e));
	ERR_TRY(set_server(a, t, conf, e));
	ERR_TRY(set_recipients(a, t, m->to, e));
	buf_init(&from, a, MAIL_ADDRESS_BYTES + 3);
	buf_addf(&from, "<%s>", conf->from);
	buf_init(&text, a, MAIL_MAX_BYTES);
	mail_compose(conf, m, &text);
	if (buf_err(&text) != ERR_OK)
		return err_set(e, ERR_TOO_LARGE, "a mail of over %zu bytes",
			       MAIL_MAX_BYTES);
	struct source source = {buf_str(&text)};
	(void)curl_easy_setopt(t->curl, CURLOPT_MAIL_FROM, buf_c(&from));
	(void)curl_easy_setopt(t->curl, CURLOPT_UPLOAD, 1L);
	(void)curl_easy_setopt(t->curl, CURLOPT_READFUNCTION, on_read);
	(void)curl_easy_setopt(t->curl, CURLOPT_READDATA, &source);
	return easy_perform(t, "the mail server", e);
}

enum err mail_send(const struct conf_mail *conf, const struct mail *m,
		   struct errbuf *e)
{
	struct arena a;

	if (!mail_is_on(conf))
		return err_set(e, ERR_CONFIG,
			       "[mail] smtp_host is not set: no mail is sent");
	arena_init(&a, 4 * MAIL_MAX_BYTES);
	const enum err err = send_in(&a, conf, m, e);
	arena_release(&a);
	return err;
}
