/*
 * A mail as text.  Everything that comes from elsewhere is encoded, so that
 * it cannot end a line: subjects as encoded words (RFC 2047), the text as
 * quoted-printable (RFC 2045, 6.7).
 */
#include "net/mail.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/id.h"
#include "conf/conf.h"

#include <string.h>

#define QP_LINE         75 /* and the "=" of a soft break */
#define RANDOM_BYTES    16
#define ENCODED_SUBJECT 18 /* bytes in one encoded word of at most 75 */

static bool is_plain(unsigned char c)
{
	return c >= ' ' && c < 0x7F && c != '=';
}

static void add_qp_line(struct buf *out, struct str line)
{
	size_t column = 0;

	for (size_t i = 0; i < line.n; i++) {
		const unsigned char c = (unsigned char)line.p[i];
		/* a blank at the end of a line may be lost on the way */
		const bool plain = is_plain(c) && (c != ' ' || i + 1 < line.n);
		const size_t width = plain ? 1 : 3;
		if (column + width > QP_LINE) {
			buf_add_c(out, "=\r\n");
			column = 0;
		}
		if (plain)
			buf_add_char(out, (char)c);
		else
			buf_addf(out, "=%02X", (unsigned)c);
		column += width;
	}
	buf_add_c(out, "\r\n");
}

static void add_text(struct buf *out, struct str text)
{
	struct str line;

	while (text.n > 0) {
		(void)str_cut(text, '\n', &line, &text);
		add_qp_line(out, line);
	}
}

/* "=?UTF-8?Q?...?=", as many as it takes, each with whole characters. */
static void add_subject(struct buf *out, struct str subject)
{
	bool first = true;

	while (subject.n > 0) {
		struct str word = str_utf8_prefix(subject, ENCODED_SUBJECT);
		if (word.n == 0) /* not UTF-8 */
			word.n = subject.n < ENCODED_SUBJECT ? subject.n
							     : ENCODED_SUBJECT;
		buf_add_c(out, first ? "=?UTF-8?Q?" : "\r\n =?UTF-8?Q?");
		for (size_t i = 0; i < word.n; i++) {
			const unsigned char c = (unsigned char)word.p[i];
			const bool plain = (c >= '0' && c <= '9') ||
					   (c >= 'A' && c <= 'Z') ||
					   (c >= 'a' && c <= 'z');
			if (plain)
				buf_add_char(out, (char)c);
			else if (c < ' ' || c == 0x7F)
				buf_add_char(out, '_'); /* a blank */
			else
				buf_addf(out, "=%02X", (unsigned)c);
		}
		buf_add_c(out, "?=");
		first = false;
		subject.p += word.n;
		subject.n -= word.n;
	}
}

/* <ID@the sender's domain> */
static void add_message_id(struct buf *out, const char *id, const char *from)
{
	const char *const at = strchr(from, '@');
	unsigned char random[RANDOM_BYTES];
	char hex[2 * RANDOM_BYTES + 1];

	id_random(random, sizeof(random));
	id_hex(random, sizeof(random), hex);
	buf_addf(out, "Message-ID: <%s@%s>\r\n", id != NULL ? id : hex,
		 at != NULL ? at + 1 : "slipway");
}

void mail_compose(const struct conf_mail *conf, const struct mail *m,
		  struct buf *out)
{
	char date[CLOCK_TEXT_BYTES];

	buf_addf(out, "Date: %s\r\nFrom: <%s>\r\nTo: ",
		 clock_format_mail(clock_wall_ms(), date), conf->from);
	struct str list = str_from(m->to);
	struct str one;
	for (bool first = true; list.n > 0; first = false) {
		(void)str_cut(list, ',', &one, &list);
		buf_addf(out, "%s<" STR_FMT ">", first ? "" : ",\r\n ",
			 STR_ARG(str_trim(one)));
	}
	buf_add_c(out, "\r\nSubject: ");
	add_subject(out,
		    str_utf8_prefix(str_from(m->subject), MAIL_SUBJECT_MAX));
	buf_add_c(out, "\r\n");
	add_message_id(out, m->id, conf->from);
	buf_add_c(out, "MIME-Version: 1.0\r\n"
		       "Content-Type: text/plain; charset=utf-8\r\n"
		       "Content-Transfer-Encoding: quoted-printable\r\n"
		       /* no reply of a holiday program, please (RFC 3834) */
		       "Auto-Submitted: auto-generated\r\n\r\n");
	add_text(out, str_from(m->text));
}
