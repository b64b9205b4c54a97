/*
 * What may stand in an address or a connection string.  Keys and prompts go
 * where base_url points, so it is checked here once and for all.
 */
#include "conf/url.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/num.h"

#include <arpa/inet.h>
#include <string.h>

#define HTTP           STR("http://")
#define HTTPS          STR("https://")
#define MAX_HOST_BYTES 255

static struct str skip(struct str s, size_t n)
{
	return (struct str){s.p + n, s.n - n};
}

/* Split "host:port" or "[v6]:port"; port is empty when there is none. */
static bool split_authority(struct str authority, struct str *host,
			    struct str *port)
{
	struct str rest = authority;

	if (!str_starts(authority, STR("["))) {
		const bool colon = str_cut(authority, ':', host, port);
		return host->n > 0 && colon == (port->n > 0);
	}
	if (!str_cut(skip(authority, 1), ']', host, &rest) || host->n == 0)
		return false;
	*port = rest.n > 0 ? skip(rest, 1) : STR_NONE;
	return rest.n == 0 || (rest.p[0] == ':' && port->n > 0);
}

/* The part between "://" and the path; empty for what is no URL. */
static struct str authority_of(struct str url)
{
	struct str head;
	struct str tail;
	const size_t scheme = str_starts(url, HTTPS) ? HTTPS.n : HTTP.n;

	if (!str_starts(url, HTTP) && !str_starts(url, HTTPS))
		return STR_NONE;
	(void)str_cut(skip(url, scheme), '/', &head, &tail);
	return head;
}

enum err conf_url_parse(struct arena *a, struct str text, const char **out)
{
	struct str host;
	struct str port;
	int64_t number = 0;

	if (!str_starts(text, HTTP) && !str_starts(text, HTTPS))
		return ERR_CONFIG;
	for (size_t i = 0; i < text.n; i++) {
		const unsigned char c = (unsigned char)text.p[i];
		if (c <= ' ' || c >= 0x7F || strchr("@?#\\\"<>", c) != NULL)
			return ERR_CONFIG;
	}
	if (!split_authority(authority_of(text), &host, &port) ||
	    host.n > MAX_HOST_BYTES)
		return ERR_CONFIG;
	if (port.n > 0)
		ERR_TRY(num_parse_i64(port, 1, 65535, &number));
	while (text.p[text.n - 1] == '/')
		text.n--;
	*out = str_dup(a, text);
	return ERR_OK;
}

/* Is it a scheme and an authority and nothing else, in plain letters? */
static bool is_origin(struct str url)
{
	const struct str authority = authority_of(url);

	for (size_t i = 0; i < authority.n; i++) {
		const char c = authority.p[i];
		const bool plain =
			(c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			(c >= '0' && c <= '9') || strchr("-.:[]", c) != NULL;
		if (!plain)
			return false;
	}
	return authority.p + authority.n == url.p + url.n;
}

enum err conf_origins_parse(struct arena *a, struct str text, const char **out)
{
	const char *origin = "";
	struct buf list;

	buf_init(&list, a, text.n + 1);
	while (text.n > 0) {
		size_t n = 0;
		while (n < text.n && text.p[n] != ',' && text.p[n] != ' ')
			n++;
		if (n > 0) {
			ERR_TRY(conf_url_parse(a, (struct str){text.p, n},
					       &origin));
			if (!is_origin(str_from(origin)))
				return ERR_CONFIG;
			buf_addf(&list, "%s%s", list.n > 0 ? " " : "", origin);
		}
		text = skip(text, n < text.n ? n + 1 : n);
	}
	*out = str_dup(a, buf_str(&list));
	return buf_err(&list);
}

enum conf_reach conf_url_reach(struct str url)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	char name[MAX_HOST_BYTES + 1];
	struct str host;
	struct str port;

	if (!split_authority(authority_of(url), &host, &port) ||
	    host.n > MAX_HOST_BYTES)
		return CONF_REACH_PRIVATE;
	if (str_eq_nocase(host, STR("localhost")))
		return CONF_REACH_LOOPBACK;
	memcpy(name, host.p, host.n);
	name[host.n] = '\0';
	if (inet_pton(AF_INET, name, &v4.sin_addr) == 1)
		return conf_address_reach((const struct sockaddr *)&v4);
	if (inet_pton(AF_INET6, name, &v6.sin6_addr) == 1)
		return conf_address_reach((const struct sockaddr *)&v6);
	return CONF_REACH_PUBLIC;
}

bool conf_url_is_safe(struct str url)
{
	return str_starts(url, HTTPS) ||
	       conf_url_reach(url) == CONF_REACH_LOOPBACK;
}

/* postgresql://user:password@host/… */
static bool uri_has_password(struct str dsn)
{
	struct str scheme;
	struct str authority;
	struct str rest;

	if (!str_starts(dsn, STR("postgres://")) &&
	    !str_starts(dsn, STR("postgresql://")))
		return false;
	(void)str_cut(dsn, '/', &scheme, &rest);
	(void)str_cut(skip(rest, 1), '/', &authority, &rest);
	(void)str_cut(authority, '?', &authority, &rest);
	const char *const at =
		authority.n > 0 ? memchr(authority.p, '@', authority.n) : NULL;
	return at != NULL &&
	       memchr(authority.p, ':', (size_t)(at - authority.p)) != NULL;
}

bool conf_dsn_has_password(struct str dsn)
{
	const struct str word = STR("password");

	for (size_t i = 0; i + word.n < dsn.n; i++) {
		if (!str_starts(skip(dsn, i), word) ||
		    (i > 0 && strchr(" \t&?", dsn.p[i - 1]) == NULL))
			continue;
		if (str_starts(str_trim(skip(dsn, i + word.n)), STR("=")))
			return true;
	}
	return uri_has_password(dsn);
}
