#ifndef SLIPWAY_BASE_LOG_H
#define SLIPWAY_BASE_LOG_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_LINE_BYTES 4096 /* a longer line is cut, as valid JSON */

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/*
 * One JSON object a line, written with one write(2), from any thread:
 *
 *	struct log l;
 *	log_begin(&l, LOG_INFO, "call_done");
 *	log_str(&l, "request_id", str_from(id));
 *	log_int(&l, "latency_ms", 12);
 *	log_end(&l);
 *
 * ts, level, event, service and pid are added here.  Control bytes are
 * escaped; bytes that are not UTF-8 become U+FFFD.  What does not fit into
 * LOG_LINE_BYTES is left out, and the line ends with "cut":true.  There is no
 * call that takes a key, a prompt or a body: do not build one.
 */
struct log {
	char line[LOG_LINE_BYTES];
	size_t n;
	bool on;  /* the level is high enough */
	bool cut; /* something did not fit; the line says so */
};

/*
 * Say where lines go and how much is said; called once at start.
 *
 * service  the worker's or command's name; borrowed for ever
 * path     append to this file; NULL or "" is stderr.  When it cannot be
 *          opened, lines go to stderr and one of them says so.
 */
void log_open(const char *service, const char *path, enum log_level min);

void log_begin(struct log *l, enum log_level level, const char *event);
void log_str(struct log *l, const char *name, struct str value);
void log_c(struct log *l, const char *name, const char *value);
void log_int(struct log *l, const char *name, int64_t value);
void log_bool(struct log *l, const char *name, bool value);
void log_end(struct log *l);

/* One line with a printf-style `msg`, for start-up and rare events. */
void log_msg(enum log_level level, const char *event, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same about one request: its line has a member request_id, as others. */
void log_request(enum log_level level, const char *event,
		 const char *request_id, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
