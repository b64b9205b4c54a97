#ifndef SLIPWAY_NET_MAIL_H
#define SLIPWAY_NET_MAIL_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>

struct arena;
struct buf;
struct conf_mail;

#define MAIL_MAX_RECIPIENTS 16
#define MAIL_ADDRESS_BYTES  254 /* RFC 5321, 4.5.3.1.3 */
#define MAIL_MAX_BYTES      ((size_t)1024 * 1024)
#define MAIL_SUBJECT_MAX    200 /* bytes; the rest is cut off */

struct mail {
	const char *to;      /* one address, or several parted by commas */
	const char *subject; /* any text: it becomes one line, encoded */
	const char *text;    /* UTF-8; lines end in \n */
	/*
	 * What makes the same mail the same when it is sent again, for the
	 * Message-ID: letters, digits, "." and "-".  NULL: a random one.
	 */
	const char *id;
};

/* True when mail can be sent at all: [mail] smtp_host is set. */
bool mail_is_on(const struct conf_mail *conf);

/*
 * Is it one address that we would send to: ASCII, one "@", no space, no
 * control byte and none of <>()[],;:\" in it, at most MAIL_ADDRESS_BYTES?
 */
bool mail_address_ok(struct str address);

/*
 * Send one mail, as plain text, through the server of [mail].  Nothing in
 * subject or text can add a header, a recipient or an attachment.
 *
 * Returns ERR_OK when the server has taken it for all recipients; ERR_CONFIG
 * when mail is not set up; ERR_INVALID_REQUEST for an address of `to` that is
 * none (then nothing is sent); ERR_TIMEOUT or ERR_IO, with what the server
 * said in e, which has no password in it: send it again later.
 * Blocks: up to conf->timeout_ms, so not on the loop thread of a worker.
 */
ERR_MUST_USE enum err mail_send(const struct conf_mail *conf,
				const struct mail *m, struct errbuf *e);

/*
 * Append the message as it goes over the wire (RFC 5322, quoted-printable).
 * For mail_send() and its tests.  Whether it fits is asked of the buf.
 */
void mail_compose(const struct conf_mail *conf, const struct mail *m,
		  struct buf *out);

#endif
