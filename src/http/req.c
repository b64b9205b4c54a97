/*
 * Reading a request and writing the head of its response.  Everything that
 * arrives is checked here once: sizes, timeouts, header injection.
 */
#include "http/req.h"

#include "base/log.h"
#include "base/num.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define BODY_PIECE_BYTES ((size_t)32 * 1024)
#define DRAIN_BYTES      ((size_t)16 * 1024 * 1024)
#define HEADER_VALUE_MAX 1024

struct str req_env(const struct req *req, const char *name)
{
	return conn_env(&req->conn, name);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum err req_unescape(struct req *req, const char *where, bool form,
		      struct str in, struct str *out)
{
	char *const p = arena_alloc(&req->arena, in.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < in.n; i++) {
		p[n++] = form && in.p[i] == '+' ? ' ' : in.p[i];
		if (in.p[i] != '%')
			continue;
		const int hi = i + 1 < in.n ? hex_digit(in.p[i + 1]) : -1;
		const int lo = i + 2 < in.n ? hex_digit(in.p[i + 2]) : -1;
		if (hi < 0 || lo < 0)
			return err_set(&req->err, ERR_INVALID_REQUEST,
				       "the %s has a \"%%\" that is not "
				       "followed by two hex digits",
				       where);
		p[n - 1] = (char)(unsigned char)(hi * 16 + lo);
		i += 2;
	}
	*out = (struct str){p, n};
	if (!str_is_utf8(*out))
		return err_set(&req->err, ERR_INVALID_REQUEST,
			       "the %s is not UTF-8", where);
	return ERR_OK;
}

static enum err find_pair(struct req *req, const char *where, struct str rest,
			  const char *name, struct str *out)
{
	struct str pair;
	struct str key;
	struct str value;

	*out = STR_NONE;
	while (rest.n > 0) {
		(void)str_cut(rest, '&', &pair, &rest);
		(void)str_cut(pair, '=', &key, &value);
		if (str_eq_c(key, name))
			return req_unescape(req, where, true, value, out);
	}
	return ERR_OK;
}

enum err req_query(struct req *req, const char *name, struct str *out)
{
	return find_pair(req, "query string", req->query, name, out);
}

bool req_has_form(const struct req *req)
{
	const struct str wanted = STR("application/x-www-form-urlencoded");
	struct str type;
	struct str rest;

	(void)str_cut(req_env(req, "CONTENT_TYPE"), ';', &type, &rest);
	return str_eq_nocase(str_trim(type), wanted);
}

enum err req_form(struct req *req, const char *name, struct str *out)
{
	return find_pair(req, "form", req->body, name, out);
}

void req_discard_body(struct req *req)
{
	char waste[4096];
	bool failed = req->body_done;

	for (size_t left = DRAIN_BYTES; left > 0 && !failed;) {
		const size_t n =
			conn_read(&req->conn, waste, sizeof(waste), &failed);
		if (n < sizeof(waste))
			break;
		left -= n;
	}
	req->body_done = true;
}

/*
 * How much to make room for at a time: what the client announced, so that a
 * small body takes little memory for as long as its answer streams.
 */
static size_t body_piece(const struct req *req)
{
	int64_t announced = 0;

	if (num_parse_i64(req_env(req, "CONTENT_LENGTH"), 0,
			  (int64_t)BODY_PIECE_BYTES - 1, &announced) != ERR_OK)
		return BODY_PIECE_BYTES;
	return (size_t)announced + 1; /* the end is seen at once, too */
}

enum err req_read_body(struct req *req, size_t max_bytes)
{
	size_t piece = body_piece(req);
	struct buf body;
	bool failed = false;

	buf_init(&body, &req->arena, max_bytes + 1);
	while (body.n <= max_bytes && !failed) {
		size_t want = max_bytes + 1 - body.n;
		if (want > piece)
			want = piece;
		char *const room = buf_room(&body, want);
		const size_t n = conn_read(&req->conn, room, want, &failed);
		buf_commit(&body, n);
		if (n < want)
			break;
		piece = BODY_PIECE_BYTES; /* there is more than announced */
	}
	req->body_done = failed || body.n <= max_bytes;
	if (failed)
		return err_set(&req->err, ERR_TIMEOUT,
			       "the body broke off after %zu bytes", body.n);
	if (body.n > max_bytes) {
		req_discard_body(req);
		return err_set(&req->err, ERR_TOO_LARGE,
			       "the body is larger than %zu bytes", max_bytes);
	}
	req->body = buf_str(&body);
	return ERR_OK;
}

static bool is_header_safe(struct str value)
{
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] == '\r' || value.p[i] == '\n' ||
		    value.p[i] == '\0')
			return false;
	return true;
}

void res_header(struct req *req, const char *name, struct str value)
{
	if (!is_header_safe(value)) {
		log_msg(LOG_ERROR, "header_refused",
			"header %s had a line break in its value", name);
		return;
	}
	buf_addf(&req->head, "%s: " STR_FMT "\r\n", name, STR_ARG(value));
}

void res_headerf(struct req *req, const char *name, const char *fmt, ...)
{
	char value[HEADER_VALUE_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(value, sizeof(value), fmt, ap);
	va_end(ap);
	res_header(req, name, str_from(value));
}

void res_begin(struct req *req, int status, const char *content_type,
	       struct buf *out)
{
	req->status = status;
	req->head_sent = true;
	buf_addf(out,
		 "Status: %d\r\n"
		 "Content-Type: %s\r\n"
		 "Cache-Control: no-store\r\n"
		 "X-Content-Type-Options: nosniff\r\n"
		 "X-Request-Id: %s\r\n"
		 "Request-Id: %s\r\n",
		 status, content_type, req->id, req->id);
	buf_add_str(out, buf_str(&req->head));
	buf_add_c(out, "\r\n");
}

enum err res_send(struct req *req, int status, const char *content_type,
		  struct str body)
{
	struct buf out;

	buf_init(&out, &req->arena, REQ_HEAD_BYTES + body.n);
	res_headerf(req, "Content-Length", "%zu", body.n);
	res_begin(req, status, content_type, &out);
	if (!str_eq_c(req->method, "HEAD"))
		buf_add_str(&out, body);
	ERR_TRY(buf_err(&out));
	return conn_write(&req->conn, buf_str(&out));
}
