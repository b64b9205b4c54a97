/*
 * Typed values: the text of a setting becomes a field of struct conf, or an
 * error that says what was expected.
 */
#include "conf/value.h"

#include "base/num.h"
#include "conf/conf.h"
#include "conf/url.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define EXPECTED_BYTES 160
/* of "1", one percent */
#define PICO_PER_PPM (NUM_PICO_PER_USD / 10000)

/* One value on its way into its field. */
struct value {
	const struct conf_file *file;
	const struct conf_setting *setting;
	struct str text;
	void *field;
};

static bool in_limits(const struct conf_setting *s, int64_t v)
{
	return v >= s->min && v <= s->max;
}

static enum err parse_duration(const struct value *v, bool bare)
{
	int64_t ms = 0;
	int64_t digits = 0;

	/* "15" may have been meant as seconds; "15s" cannot be misread */
	if (!bare && num_parse_i64(v->text, 0, INT64_MAX, &digits) == ERR_OK)
		return ERR_CONFIG;
	ERR_TRY(num_parse_ms(v->text, &ms));
	if (!in_limits(v->setting, ms))
		return ERR_CONFIG;
	*(int64_t *)v->field = ms;
	return ERR_OK;
}

static enum err parse_size(const struct value *v)
{
	int64_t bytes = 0;

	ERR_TRY(num_parse_bytes(v->text, &bytes));
	if (!in_limits(v->setting, bytes))
		return ERR_CONFIG;
	*(int64_t *)v->field = bytes;
	return ERR_OK;
}

static enum err parse_url(const struct value *v)
{
	const char *url = "";

	if (v->text.n > 0)
		ERR_TRY(conf_url_parse(v->file->arena, v->text, &url));
	*(const char **)v->field = url;
	return ERR_OK;
}

static enum err parse_origins(const struct value *v)
{
	return conf_origins_parse(v->file->arena, v->text, v->field);
}

static enum err parse_price(const struct value *v)
{
	if (v->text.n > 0 && !str_eq_c(v->text, "free"))
		return ERR_CONFIG;
	*(bool *)v->field = v->text.n > 0;
	return ERR_OK;
}

/* The index of text among names. */
static enum err parse_word(struct str text, const char *const *names, size_t n,
			   size_t *out)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq_c(text, names[i])) {
			*out = i;
			return ERR_OK;
		}
	return ERR_CONFIG;
}

static enum err parse_level(const struct value *v)
{
	static const char *const names[] = {
		[LOG_DEBUG] = "debug",
		[LOG_INFO] = "info",
		[LOG_WARN] = "warn",
		[LOG_ERROR] = "error",
	};
	size_t i = 0;

	ERR_TRY(parse_word(v->text, names, 4, &i));
	*(enum log_level *)v->field = (enum log_level)i;
	return ERR_OK;
}

static enum err parse_kind(const struct value *v)
{
	static const char *const names[] = {
		[CONF_PROVIDER_OPENAI] = "openai",
		[CONF_PROVIDER_ANTHROPIC] = "anthropic",
		[CONF_PROVIDER_BEDROCK] = "bedrock",
		[CONF_PROVIDER_EXTRACT] = "extract",
	};
	size_t i = 0;

	ERR_TRY(parse_word(v->text, names, 4, &i));
	*(enum conf_provider_kind *)v->field = (enum conf_provider_kind)i;
	return ERR_OK;
}

static enum err parse_smtp(const struct value *v)
{
	static const char *const names[] = {
		[CONF_SMTP_STARTTLS] = "starttls",
		[CONF_SMTP_TLS] = "tls",
		[CONF_SMTP_PLAIN] = "plain",
	};
	size_t i = 0;

	ERR_TRY(parse_word(v->text, names, 3, &i));
	*(enum conf_smtp_security *)v->field = (enum conf_smtp_security)i;
	return ERR_OK;
}

/* "5%" or "0.1%": as dollars are read, exactly, then in parts per million */
static enum err parse_share(const struct value *v)
{
	struct str number = v->text;
	int64_t pico = 0;

	if (number.n == 0 || number.p[number.n - 1] != '%')
		return ERR_CONFIG;
	number.n--;
	ERR_TRY(num_parse_usd(number, &pico));
	if (pico % PICO_PER_PPM != 0 ||
	    !in_limits(v->setting, pico / PICO_PER_PPM))
		return ERR_CONFIG;
	*(int64_t *)v->field = pico / PICO_PER_PPM;
	return ERR_OK;
}

static enum err parse_signup(const struct value *v)
{
	static const char *const names[] = {
		[CONF_SIGNUP_CLOSED] = "closed",
		[CONF_SIGNUP_INVITE] = "invite",
		[CONF_SIGNUP_WAITLIST] = "waitlist",
		[CONF_SIGNUP_OPEN] = "open",
	};
	size_t i = 0;

	ERR_TRY(parse_word(v->text, names, 4, &i));
	*(enum conf_signup *)v->field = (enum conf_signup)i;
	return ERR_OK;
}

static enum err parse(const struct value *v)
{
	const struct conf_setting *const s = v->setting;

	switch (s->type) {
	case CONF_TEXT:
		*(const char **)v->field = v->text.p;
		return ERR_OK;
	case CONF_PATH:
		*(const char **)v->field = conf_file_path(v->file, v->text.p);
		return ERR_OK;
	case CONF_URL:
		return parse_url(v);
	case CONF_ORIGINS:
		return parse_origins(v);
	case CONF_NUMBER:
		return num_parse_i64(v->text, s->min, s->max, v->field);
	case CONF_DURATION:
		return parse_duration(v, false);
	case CONF_MS:
		return parse_duration(v, true);
	case CONF_SIZE:
		return parse_size(v);
	case CONF_USD:
		return num_parse_usd(v->text, v->field);
	case CONF_SWITCH:
		return num_parse_bool(v->text, v->field);
	case CONF_LEVEL:
		return parse_level(v);
	case CONF_KIND:
		return parse_kind(v);
	case CONF_PRICE:
		return parse_price(v);
	case CONF_SMTP:
		return parse_smtp(v);
	case CONF_SHARE:
		return parse_share(v);
	case CONF_SIGNUP:
		return parse_signup(v);
	case CONF_SECRET:
	case CONF_SPECIAL:
		break;
	}
	return ERR_OK;
}

/* What a value of these types looks like. */
static const char *const looks[] = {
	[CONF_URL] = "an address that begins with https:// or http:// and "
		     "has no user name, query or fragment",
	[CONF_ORIGINS] =
		"origins such as https://www.example.org, with a comma "
		"between two and without paths or wildcards",
	[CONF_USD] = "dollars, such as 0.25 or 20",
	[CONF_SWITCH] = "on or off",
	[CONF_LEVEL] = "debug, info, warn or error",
	[CONF_KIND] = "openai, anthropic or bedrock",
	[CONF_PRICE] = "free, or nothing",
	[CONF_SMTP] = "starttls, tls or plain",
	[CONF_SIGNUP] = "closed, invite, waitlist or open",
	[CONF_SPECIAL] = NULL,
};

/* Say in out what a value of this setting looks like. */
static void expect(const struct conf_setting *s, char out[EXPECTED_BYTES])
{
	const char *const fixed = looks[s->type];

	switch (s->type) {
	case CONF_NUMBER:
	case CONF_SPECIAL:
		(void)snprintf(out, EXPECTED_BYTES,
			       "a whole number from %" PRId64 " to %" PRId64,
			       s->min, s->max);
		return;
	case CONF_DURATION:
	case CONF_MS:
		(void)snprintf(out, EXPECTED_BYTES,
			       "a duration from %" PRId64 "ms to %" PRId64
			       "ms, such as 250ms, 15s or 2m",
			       s->min, s->max);
		return;
	case CONF_SIZE:
		(void)snprintf(out, EXPECTED_BYTES,
			       "a size from %" PRId64 " to %" PRId64
			       " bytes, such as 512k or 2m",
			       s->min, s->max);
		return;
	case CONF_SHARE:
		(void)snprintf(out, EXPECTED_BYTES,
			       "a share from %" PRId64 " to %" PRId64
			       " parts per million, such as 5%% or 0.1%%",
			       s->min, s->max);
		return;
	case CONF_TEXT:
	case CONF_URL:
	case CONF_ORIGINS:
	case CONF_USD:
	case CONF_SWITCH:
	case CONF_LEVEL:
	case CONF_KIND:
	case CONF_PRICE:
	case CONF_SMTP:
	case CONF_SIGNUP:
	case CONF_PATH:
	case CONF_SECRET:
		break;
	}
	(void)snprintf(out, EXPECTED_BYTES, "%s", fixed != NULL ? fixed : "");
}

static enum err refuse(const struct conf_file *f, const struct conf_block *b,
		       const struct conf_setting *s, struct str text)
{
	char expected[EXPECTED_BYTES];

	expect(s, expected);
	return conf_file_fail(f, b, s->key, "\"" STR_FMT "\" is not %s",
			      STR_ARG(str_utf8_prefix(text, 40)), expected);
}

static enum err apply_one(const struct conf_file *f, const struct conf_block *b,
			  size_t i, void *base)
{
	const struct conf_setting *const s = &b->section->settings[i];
	struct value v = {
		.file = f,
		.setting = s,
		.field = (char *)base + s->offset,
	};

	if (s->type == CONF_SECRET || s->type == CONF_SPECIAL)
		return ERR_OK;
	if (s->fallback != NULL) {
		v.text = str_from(s->fallback);
		const enum err err = parse(&v);
		assert(err == ERR_OK);
	}
	if (b->given[i].text != NULL) {
		v.text = str_from(b->given[i].text);
		if (parse(&v) != ERR_OK)
			return refuse(f, b, s, v.text);
	} else if (s->fallback == NULL) {
		char expected[EXPECTED_BYTES];
		expect(s, expected);
		return conf_file_fail(f, b, s->key, "is missing; expected %s",
				      expected);
	}
	return ERR_OK;
}

enum err conf_value_apply(const struct conf_file *f, const struct conf_block *b,
			  void *base)
{
	enum err first = ERR_OK;

	for (size_t i = 0; i < b->section->nsettings; i++) {
		const enum err err = apply_one(f, b, i, base);
		first = first != ERR_OK ? first : err;
	}
	return first;
}

enum err conf_value_number(const struct conf_file *f,
			   const struct conf_block *b, const char *key,
			   int64_t *out)
{
	const struct conf_setting *const s =
		conf_setting_find(b->section, str_from(key));
	const struct str text = str_from(conf_block_given(b, key)->text);

	if (text.n == 0)
		return ERR_OK;
	if (num_parse_i64(text, s->min, s->max, out) != ERR_OK)
		return refuse(f, b, s, text);
	return ERR_OK;
}
