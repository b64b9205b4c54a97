/*
 * AWS Signature Version 4 as the server checks it, from the description of
 * AWS and not from what a client does: the canonical path is the path of the
 * request line, escaped once more.
 */
#include "sigv4.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define HASH_BYTES  crypto_hash_sha256_BYTES
#define HEX_BYTES   (2 * HASH_BYTES + 1)
#define PART_BYTES  512
#define ALGORITHM   "AWS4-HMAC-SHA256"
#define SERVICE     "bedrock"
#define TERMINATION "aws4_request"

struct authorization {
	char access_key[PART_BYTES];
	char scope[PART_BYTES]; /* DATE/REGION/SERVICE/aws4_request */
	char date[PART_BYTES];
	char region[PART_BYTES];
	char signed_headers[PART_BYTES];
	char signature[PART_BYTES];
};

static const char *header(const struct call *c, const char *name)
{
	const char *v =
		MHD_lookup_connection_value(c->conn, MHD_HEADER_KIND, name);

	return v == NULL ? "" : v;
}

/* What follows name in text, up to one of ends. */
static bool part(const char *text, const char *name, const char *ends,
		 char out[PART_BYTES])
{
	const char *at = strstr(text, name);

	if (at == NULL)
		return false;
	at += strlen(name);
	span_copy((struct span){at, strcspn(at, ends)}, out, PART_BYTES);
	return out[0] != '\0';
}

static bool parse(const char *text, struct authorization *a)
{
	char service[PART_BYTES];
	char rest[PART_BYTES];

	if (strncmp(text, ALGORITHM " ", sizeof(ALGORITHM)) != 0 ||
	    !part(text, "Credential=", "/", a->access_key) ||
	    !part(text, "SignedHeaders=", ", ", a->signed_headers) ||
	    !part(text, "Signature=", ", ", a->signature))
		return false;
	const char *scope = strstr(text, "Credential=");
	scope += strcspn(scope, "/");
	if (*scope == '\0')
		return false;
	span_copy((struct span){scope + 1, strcspn(scope + 1, ", ")}, a->scope,
		  sizeof(a->scope));
	return part(a->scope, "", "/", a->date) &&
	       part(a->scope + strlen(a->date), "/", "/", a->region) &&
	       part(a->scope + strlen(a->date) + strlen(a->region) + 1, "/",
		    "/", service) &&
	       part(a->scope, "/" SERVICE "/", "", rest) &&
	       strcmp(service, SERVICE) == 0 && strcmp(rest, TERMINATION) == 0;
}

static void hash_hex(const char *p, size_t n, char out[HEX_BYTES])
{
	unsigned char hash[HASH_BYTES];

	(void)crypto_hash_sha256(hash, (const unsigned char *)p, n);
	(void)sodium_bin2hex(out, HEX_BYTES, hash, sizeof(hash));
}

static void add_canonical_path(struct text *out, const char *uri)
{
	const size_t n = strcspn(uri, "?");

	for (size_t i = 0; i < n; i++)
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwx"
			   "yz0123456789-._~/",
			   uri[i]) != NULL)
			text_add(out, uri + i, 1);
		else
			text_addf(out, "%%%02X", (unsigned char)uri[i]);
}

/* The names come sorted and in lower case. */
static void add_canonical_headers(struct text *out, const struct call *c,
				  const char *names)
{
	char name[PART_BYTES];

	while (*names != '\0') {
		const size_t n = strcspn(names, ";");
		span_copy((struct span){names, n}, name, sizeof(name));
		const char *value = header(c, name);
		size_t length = strlen(value);
		while (*value == ' ') {
			value++;
			length--;
		}
		while (length > 0 && value[length - 1] == ' ')
			length--;
		text_addf(out, "%s:%.*s\n", name, (int)length, value);
		names += n + (names[n] == ';');
	}
}

static void canonical_request(const struct call *c,
			      const struct authorization *a,
			      char hash[HEX_BYTES])
{
	struct text t = {0};
	char body[HEX_BYTES];

	hash_hex(c->body.p, c->body.n, body);
	text_addf(&t, "POST\n");
	add_canonical_path(&t, c->uri);
	text_addf(&t, "\n\n");
	add_canonical_headers(&t, c, a->signed_headers);
	text_addf(&t, "\n%s\n%s", a->signed_headers, body);
	hash_hex(t.p, t.n, hash);
	text_release(&t);
}

static void hmac(const unsigned char *key, size_t key_n, const char *text,
		 unsigned char out[HASH_BYTES])
{
	crypto_auth_hmacsha256_state s;

	(void)crypto_auth_hmacsha256_init(&s, key, key_n);
	(void)crypto_auth_hmacsha256_update(&s, (const unsigned char *)text,
					    strlen(text));
	(void)crypto_auth_hmacsha256_final(&s, out);
}

static void sign(const struct authorization *a, const char *text,
		 char out[HEX_BYTES])
{
	static const char secret[] = "AWS4" SIGV4_SECRET_KEY;
	unsigned char key[HASH_BYTES];

	hmac((const unsigned char *)secret, sizeof(secret) - 1, a->date, key);
	hmac(key, sizeof(key), a->region, key);
	hmac(key, sizeof(key), SERVICE, key);
	hmac(key, sizeof(key), TERMINATION, key);
	hmac(key, sizeof(key), text, key);
	(void)sodium_bin2hex(out, HEX_BYTES, key, sizeof(key));
}

/* What must be signed, so that nobody can change it. */
static bool is_complete(const struct authorization *a)
{
	char names[PART_BYTES + 2];

	(void)snprintf(names, sizeof(names), ";%s;", a->signed_headers);
	return strstr(names, ";host;") != NULL &&
	       strstr(names, ";x-amz-date;") != NULL;
}

bool sigv4_permits(const struct call *c)
{
	const char *text = header(c, "Authorization");
	const char *date = header(c, "X-Amz-Date");
	struct authorization a = {0};
	struct text t = {0};
	char hash[HEX_BYTES];
	char wanted[HEX_BYTES];

	if (strncmp(text, "Bearer ", 7) == 0)
		return text[7] != '\0';
	if (!parse(text, &a) || !is_complete(&a) ||
	    strcmp(a.access_key, SIGV4_ACCESS_KEY) != 0 ||
	    strncmp(date, a.date, strlen(a.date)) != 0)
		return false;
	canonical_request(c, &a, hash);
	text_addf(&t, ALGORITHM "\n%s\n%s\n%s", date, a.scope, hash);
	sign(&a, t.p, wanted);
	text_release(&t);
	return strcmp(wanted, a.signature) == 0;
}
