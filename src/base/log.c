/*
 * Structured log: JSON lines.  A line is built on the caller's stack and
 * leaves in one write(2), so threads and processes never mix within a line.
 */
#include "base/log.h"

#include "base/clock.h"
#include "base/num.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LOG_TAIL_BYTES 32 /* room kept for `,"cut":true}` and the newline */
#define LOG_MSG_BYTES  1024

static const char replacement[3] = {'\xEF', '\xBF', '\xBD'}; /* U+FFFD */

/* Written once by log_open() before the first thread starts. */
static struct {
	const char *service;
	int fd;
	enum log_level min;
} sink = {"slipway", STDERR_FILENO, LOG_INFO};

static const char *const level_names[] = {"debug", "info", "warn", "error"};

void log_open(const char *service, const char *path, enum log_level min)
{
	sink.service = service;
	sink.min = min;
	if (path == NULL || path[0] == '\0')
		return;
	const int fd =
		open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
	if (fd < 0)
		log_msg(LOG_ERROR, "log_open",
			"could not open [server] log_file %s: %s", path,
			strerror(errno));
	else
		sink.fd = fd;
}

static bool has_room(const struct log *l, size_t n)
{
	return l->n + n + LOG_TAIL_BYTES <= sizeof(l->line);
}

static void put(struct log *l, const char *p, size_t n)
{
	memcpy(l->line + l->n, p, n);
	l->n += n;
}

/*
 * A terminal or a reader could obey it: controls of two bytes (U+0080 to
 * U+009F), line ends (U+2028, U+2029) and what turns the direction (U+202A to
 * U+202E, U+2066 to U+2069).  Returns the code point; 0: it is none.
 */
static unsigned obeyed(const unsigned char *p, size_t len)
{
	if (len == 2 && p[0] == 0xC2 && p[1] <= 0x9F)
		return p[1];
	if (len == 3 && p[0] == 0xE2 && p[1] == 0x80 && p[2] >= 0xA8 &&
	    p[2] <= 0xAE)
		return 0x2000U + (p[2] & 0x3FU);
	if (len == 3 && p[0] == 0xE2 && p[1] == 0x81 && p[2] >= 0xA6 &&
	    p[2] <= 0xA9)
		return 0x2040U + (p[2] & 0x3FU);
	return 0;
}

/* One character, escaped, at *i; advances *i.  Returns its length in out. */
static size_t escape(struct str s, size_t *i, char out[static 8])
{
	const unsigned char byte = (unsigned char)s.p[*i];

	if (byte == '"' || byte == '\\') {
		out[0] = '\\';
		out[1] = (char)byte;
		++*i;
		return 2;
	}
	if (byte < 0x20 || byte == 0x7F) {
		(void)snprintf(out, 8, "\\u%04x", byte);
		++*i;
		return 6;
	}
	const size_t len = str_utf8_len((struct str){s.p + *i, s.n - *i});
	if (len == 0) {
		memcpy(out, replacement, sizeof(replacement));
		++*i;
		return sizeof(replacement);
	}
	const unsigned c = obeyed((const unsigned char *)s.p + *i, len);
	memcpy(out, s.p + *i, len);
	*i += len;
	if (c == 0)
		return len;
	(void)snprintf(out, 8, "\\u%04x", c);
	return 6;
}

static bool put_name(struct log *l, const char *name, size_t value_room)
{
	const size_t n = strlen(name);

	if (!l->on)
		return false;
	if (!has_room(l, n + 4 + value_room)) {
		l->cut = true;
		return false;
	}
	put(l, ",\"", 2);
	put(l, name, n);
	put(l, "\":", 2);
	return true;
}

void log_str(struct log *l, const char *name, struct str value)
{
	char piece[8];

	if (!put_name(l, name, 2))
		return;
	put(l, "\"", 1);
	for (size_t i = 0; i < value.n;) {
		const size_t n = escape(value, &i, piece);
		if (!has_room(l, n + 1)) {
			l->cut = true;
			break;
		}
		put(l, piece, n);
	}
	put(l, "\"", 1);
}

void log_c(struct log *l, const char *name, const char *value)
{
	log_str(l, name, str_from(value));
}

void log_int(struct log *l, const char *name, int64_t value)
{
	char digits[NUM_I64_BYTES];
	const struct str text = num_format_i64(value, digits);

	if (put_name(l, name, text.n))
		put(l, text.p, text.n);
}

void log_bool(struct log *l, const char *name, bool value)
{
	if (put_name(l, name, 5))
		put(l, value ? "true" : "false", value ? 4 : 5);
}

void log_begin(struct log *l, enum log_level level, const char *event)
{
	char ts[CLOCK_TEXT_BYTES];

	l->on = level >= sink.min;
	l->n = 0;
	l->cut = false;
	if (!l->on)
		return;
	l->n = (size_t)snprintf(l->line, sizeof(l->line) / 2, "{\"ts\":\"%s\"",
				clock_format(clock_wall_ms(), ts));
	log_c(l, "level", level_names[level]);
	log_c(l, "event", event);
	log_c(l, "service", sink.service);
	log_int(l, "pid", getpid());
}

void log_end(struct log *l)
{
	if (!l->on)
		return;
	if (l->cut)
		put(l, ",\"cut\":true", 11);
	put(l, "}\n", 2);
	const ssize_t written = write(sink.fd, l->line, l->n);
	(void)written; /* there is nobody left to tell */
}

/* A line with a message, and with request_id unless that is NULL. */
__attribute__((format(printf, 4, 0))) static void
say(enum log_level level, const char *event, const char *request_id,
    const char *fmt, va_list ap)
{
	char msg[LOG_MSG_BYTES];
	struct log l;

	(void)vsnprintf(msg, sizeof(msg), fmt, ap);
	log_begin(&l, level, event);
	if (request_id != NULL)
		log_c(&l, "request_id", request_id);
	log_c(&l, "msg", msg);
	log_end(&l);
}

void log_msg(enum log_level level, const char *event, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(level, event, NULL, fmt, ap);
	va_end(ap);
}

void log_request(enum log_level level, const char *event,
		 const char *request_id, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(level, event, request_id, fmt, ap);
	va_end(ap);
}
