/*
 * What a provider means when it says no.  Providers disagree about statuses
 * (an exhausted credit is 429 here, 400 there, 402 elsewhere), so what the
 * body says in words counts first and the status second.
 */
#include "llm/classify.h"

#include "base/arena.h"
#include "base/buf.h"

#include <string.h>

#define MESSAGE_BYTES    ((size_t)200) /* leaves room in an errbuf */
#define TYPE_BYTES       ((size_t)48)
#define SECRET_RUN_BYTES ((size_t)32)
#define SECRET_MIN_BYTES ((size_t)8) /* with one of the prefixes */

struct word_class {
	const char *word;
	enum err err;
};

/* Values of "code" and "type"; what is missing here goes by status. */
static const struct word_class words[] = {
	{"insufficient_quota", ERR_UPSTREAM_QUOTA},
	{"billing_error", ERR_UPSTREAM_QUOTA},
	{"billing_hard_limit_reached", ERR_UPSTREAM_QUOTA},
	{"billing_not_active", ERR_UPSTREAM_QUOTA},
	{"insufficient_credits", ERR_UPSTREAM_QUOTA},
	{"invalid_api_key", ERR_UPSTREAM_AUTH},
	{"authentication_error", ERR_UPSTREAM_AUTH},
	{"permission_error", ERR_UPSTREAM_AUTH},
	{"account_deactivated", ERR_UPSTREAM_AUTH},
	{"rate_limit_exceeded", ERR_UPSTREAM_RATE},
	{"rate_limit_error", ERR_UPSTREAM_RATE},
	{"too_many_requests", ERR_UPSTREAM_RATE},
	{"overloaded", ERR_UPSTREAM_RATE},
	{"timeout_error", ERR_UPSTREAM_TIMEOUT},
	{"request_timeout", ERR_UPSTREAM_TIMEOUT},
	{"overloaded_error", ERR_UPSTREAM},
	{"server_error", ERR_UPSTREAM},
	{"api_error", ERR_UPSTREAM},
	{"context_length_exceeded", ERR_UPSTREAM_REJECTED},
	{"content_filter", ERR_UPSTREAM_REJECTED},
	{"model_not_found", ERR_UPSTREAM_REJECTED},
	{"not_found_error", ERR_UPSTREAM_REJECTED},
	{"request_too_large", ERR_UPSTREAM_REJECTED},
	{"invalid_request_error", ERR_UPSTREAM_REJECTED},
};

/* Sentences of providers whose code and type do not say it. */
static const struct word_class sentences[] = {
	{"credit balance is too low", ERR_UPSTREAM_QUOTA},  /* Anthropic */
	{"specified API usage limits", ERR_UPSTREAM_QUOTA}, /* Anthropic */
	{"insufficient balance", ERR_UPSTREAM_QUOTA},       /* DeepSeek */
	{"insufficient credits", ERR_UPSTREAM_QUOTA},       /* OpenRouter */
	{"too many tokens per day", ERR_UPSTREAM_QUOTA},    /* Bedrock */
	{"API key not valid", ERR_UPSTREAM_AUTH},           /* Google */
	{"security token included in the request", ERR_UPSTREAM_AUTH}, /* AWS */
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool object_error(struct json v, struct provider_error *out)
{
	const struct json code = json_get(v, "code");

	out->message = json_str(json_get(v, "message"));
	out->type = json_str(json_get(v, "type"));
	out->code = json_str(code);
	out->code_number = json_i64(code);
	return true;
}

bool provider_error_find(struct json root, bool bare,
			 struct provider_error *out)
{
	memset(out, 0, sizeof(*out));
	if (json_type(root) == JSON_ARRAY)
		root = json_at(root, 0);
	const struct json error = json_get(root, "error");
	if (json_type(error) == JSON_OBJECT)
		return object_error(error, out);
	out->message = json_str(error);
	if (out->message.n > 0)
		return true;
	if (str_eq_c(json_str(json_get(root, "object")), "error"))
		return object_error(root, out);
	if (!bare || json_type(root) != JSON_OBJECT)
		return false;
	(void)object_error(root, out);
	if (out->message.n == 0)
		out->message = json_str(json_get(root, "detail"));
	return out->message.n > 0;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool starts_nocase(struct str s, struct str prefix)
{
	return s.n >= prefix.n &&
	       str_eq_nocase((struct str){s.p, prefix.n}, prefix);
}

static bool contains_nocase(struct str s, struct str what)
{
	for (; s.n >= what.n; s = (struct str){s.p + 1, s.n - 1})
		if (starts_nocase(s, what))
			return true;
	return false;
}

static enum err class_of_word(struct str word)
{
	for (size_t i = 0; i < COUNT(words); i++)
		if (str_eq_c(word, words[i].word))
			return words[i].err;
	return ERR_OK;
}

/* ERR_OK when the body does not tell. */
static enum err class_of_body(const struct provider_error *pe)
{
	for (size_t i = 0; i < COUNT(sentences); i++)
		if (contains_nocase(pe->message, str_from(sentences[i].word)))
			return sentences[i].err;
	const enum err by_type = class_of_word(pe->type);
	const enum err by_code = class_of_word(pe->code);
	if (by_type == ERR_UPSTREAM_QUOTA || by_code == ERR_OK)
		return by_type;
	return by_code;
}

static enum err class_of_status(int64_t status)
{
	switch (status) {
	case 401:
	case 403:
		return ERR_UPSTREAM_AUTH;
	case 402:
		return ERR_UPSTREAM_QUOTA;
	case 504:
	case 524: /* Cloudflare: the server behind it timed out */
		return ERR_UPSTREAM_TIMEOUT;
	case 429:
		return ERR_UPSTREAM_RATE;
	case 408: /* it has not taken the request, so it may be asked again */
	case 409:
	case 424: /* Bedrock: the model failed */
	case 425:
		return ERR_UPSTREAM; /* of the moment, not of the request */
	default:
		return status >= 400 && status < 500 ? ERR_UPSTREAM_REJECTED
						     : ERR_UPSTREAM;
	}
}

enum err provider_error_class(int status, const struct provider_error *pe)
{
	const enum err body = pe != NULL ? class_of_body(pe) : ERR_OK;

	if (body == ERR_UPSTREAM_QUOTA || body == ERR_UPSTREAM_RATE)
		return body;
	if (status >= 300) {
		const bool bad_key = status == 400 && body == ERR_UPSTREAM_AUTH;
		return bad_key ? body : class_of_status(status);
	}
	if (pe != NULL && pe->code_number >= 400 && pe->code_number < 600)
		return class_of_status(pe->code_number);
	return body != ERR_OK ? body : ERR_UPSTREAM;
}

/* Redaction ---------------------------------------------------------- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return lower(c) >= 'a' && lower(c) <= 'z';
}

static bool is_word(char c)
{
	return is_digit(c) || is_letter(c) || c == '_' || c == '-';
}

/* Keys are shown with their middle cut out, too: sk-proj-...Q1ab. */
static bool is_key_byte(char c)
{
	return is_word(c) || c == '.' || c == '*' || c == '/' || c == '+' ||
	       c == '=';
}

static bool has_key_prefix(struct str s)
{
	static const char *const prefixes[] = {
		"sk-",  "sk_",   "pk-",  "rk-",   "gsk_", "xai-",
		"hf_",  "AKIA",  "ASIA", "AIza",  "eyJ",  "ghp_",
		"key-", "pplx-", "r8_",  "nvapi-"};

	for (size_t i = 0; i < COUNT(prefixes); i++)
		if (str_starts(s, str_from(prefixes[i])))
			return true;
	return false;
}

static size_t run_length(struct str s, bool (*is_part)(char))
{
	size_t n = 0;

	while (n < s.n && is_part(s.p[n]))
		n++;
	return n;
}

/* Letters mixed with digits, longer than a word of any language. */
static bool looks_random(struct str run)
{
	size_t digits = 0;
	size_t letters = 0;

	for (size_t i = 0; i < run.n; i++) {
		digits += is_digit(run.p[i]) ? 1 : 0;
		letters += is_letter(run.p[i]) ? 1 : 0;
	}
	return run.n >= SECRET_RUN_BYTES && digits > 0 && letters > 0;
}

/* Bytes at the start of s, where a word begins, that are a secret. */
static size_t secret_length(struct str s)
{
	const size_t key = run_length(s, is_key_byte);
	const size_t word = run_length(s, is_word);

	if (has_key_prefix(s) && key >= SECRET_MIN_BYTES)
		return key;
	return looks_random((struct str){s.p, word}) ? word : 0;
}

/* Bytes at the start of s after which a secret follows. */
static size_t announced(struct str s)
{
	static const char *const intros[] = {
		"bearer ", "key provided: ", "api key: ", "api-key: "};

	for (size_t i = 0; i < COUNT(intros); i++)
		if (starts_nocase(s, str_from(intros[i])))
			return strlen(intros[i]);
	return 0;
}

static void add_plain(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		buf_add_char(b, (unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f
					? ' '
					: s.p[i]);
}

/* Move the next word, with what announces it, from s to b. */
static struct str redact_word(struct buf *b, struct str s)
{
	const size_t intro = announced(s);

	add_plain(b, (struct str){s.p, intro});
	s = (struct str){s.p + intro, s.n - intro};
	size_t n = intro > 0 ? run_length(s, is_key_byte) : secret_length(s);
	if (n > 0) {
		buf_add_c(b, "[key]");
	} else {
		n = run_length(s, is_word);
		n += n == 0 && s.n > 0 ? 1 : 0;
		add_plain(b, (struct str){s.p, n});
	}
	return (struct str){s.p + n, s.n - n};
}

const char *provider_redact(struct arena *a, struct str s, size_t max)
{
	struct buf b;

	/* "[key]" may be longer than what it replaces */
	buf_init(&b, a, max + 2 * SECRET_RUN_BYTES);
	while (s.n > 0 && b.n <= max && !b.full)
		s = redact_word(&b, s);
	const struct str cut = str_utf8_prefix(buf_str(&b), max);
	return arena_strndup(a, cut.p, cut.n);
}

const char *provider_error_text(struct arena *a,
				const struct provider_error *pe)
{
	const struct str type = pe->code.n > 0 ? pe->code : pe->type;
	const char *const message =
		provider_redact(a, pe->message, MESSAGE_BYTES);
	struct buf b;

	buf_init(&b, a, 2 * MESSAGE_BYTES);
	if (type.n > 0) {
		buf_add_c(&b, provider_redact(a, type, TYPE_BYTES));
		buf_add_c(&b, ": ");
	}
	buf_add_c(&b, message[0] != '\0' ? message : "no message");
	return buf_c(&b);
}

enum err provider_classify(struct arena *a, int status, struct str body,
			   struct errbuf *e)
{
	struct provider_error pe;
	struct json root = {NULL};
	const char *text = NULL;

	const bool told = json_parse(a, body, &root, NULL) == ERR_OK &&
			  provider_error_find(root, true, &pe);
	const enum err err = provider_error_class(status, told ? &pe : NULL);
	if (told)
		text = provider_error_text(a, &pe);
	else if (status >= 300 && status < 400)
		text = "a redirect, which is not followed: check base_url";
	else
		text = provider_redact(a, str_trim(body), MESSAGE_BYTES / 2);
	if (text[0] == '\0')
		text = "without a body";
	return err_set(e, err, "HTTP %d %s", status, text);
}
