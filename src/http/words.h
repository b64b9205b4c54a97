#ifndef SLIPWAY_HTTP_WORDS_H
#define SLIPWAY_HTTP_WORDS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct req;

/*
 * The words of the pages that programs of ours write (the pages of scripts
 * have theirs in www/lang/).  A file for each language, words_en.c and
 * words_de.c: all of a language's words stand there and nowhere else.
 *
 * "{}" in a text is a place for a value; the values come in the same order in
 * every language.  Words are HTML as they are: they have no <, > or & that is
 * none.
 */
enum words_lang { WORDS_EN, WORDS_DE };
#define WORDS_LANGS 2

enum words_key {
	/* the frame of all pages */
	W_SITE,
	W_ACCOUNT,
	W_STATUS,
	W_ABOUT,
	W_OTHER_LANGUAGE, /* its own name of the next language */
	/* errors */
	W_FAILED,
	W_GO_BACK,
	W_SIGN_IN,
	W_SIGN_UP,
	W_INCIDENT_NUMBER,
	W_SERVICE_STATUS,
	/* the form without a script */
	W_ASK,
	W_WELCOME,
	W_ANSWER,
	W_QUESTION,
	W_ANSWER_WITH,
	W_KEY,
	W_NEW_CHAT,
	W_SEND,
	W_SOURCES,
	W_CAN_BE_WRONG,
	W_ANSWERED_BEFORE,
	W_EMPTY,
	W_TOO_LONG,
	W_KEPT_BELOW,
	/* what this is */
	W_ABOUT_NAME,
	W_ABOUT_INTRO,
	W_ABOUT_ANSWERS,
	W_ABOUT_THEN,
	W_ABOUT_QUOTES,
	W_ABOUT_SEARCHES,
	W_ABOUT_GETS,
	W_ABOUT_FOR,
	W_ABOUT_MESSAGES,
	W_ABOUT_PASSAGES,
	W_ABOUT_TOOLS,
	W_ABOUT_JUDGE,
	W_ABOUT_SHADOW,
	W_ABOUT_ORDER,
	W_ABOUT_NOBODY,
	W_ABOUT_STORED,
	W_ABOUT_LEDGER,
	W_ABOUT_KEPT,
	W_ABOUT_HASH,
	W_ABOUT_REDACTED,
	W_ABOUT_FULL,
	W_ABOUT_RUNS,
	W_ABOUT_RESUME,
	W_ABOUT_IDEMPOTENCY,
	W_ABOUT_RATED,
	W_ABOUT_CONTACT,
	W_ABOUT_RUN_BY,
	W_ABOUT_WRITE,
	W_ABOUT_NO_ADDRESS,
	/* the demo */
	W_DEMO,
	W_DEMO_TITLE,
	W_DEMO_INTRO,
	/* times */
	W_DATE,    /* day, month, year */
	W_JANUARY, /* and the eleven behind it */
	W_FEBRUARY,
	W_MARCH,
	W_APRIL,
	W_MAY,
	W_JUNE,
	W_JULY,
	W_AUGUST,
	W_SEPTEMBER,
	W_OCTOBER,
	W_NOVEMBER,
	W_DECEMBER,
	/* lengths of time; one and more */
	W_SECOND,
	W_SECONDS,
	W_MINUTE,
	W_MINUTES,
	W_HOUR,
	W_HOURS,
	W_DAY,
	W_DAYS,
	WORDS_MAX
};

/* The text of key. */
const char *words(enum words_lang lang, enum words_key key);

/* The sentence for err, as err_entry() has it in English. */
const char *words_error(enum words_lang lang, enum err err);

/* "en", "de": for lang= and Content-Language. */
const char *words_tag(enum words_lang lang);

/* The language beside this one that a page offers. */
enum words_lang words_other(enum words_lang lang);

/*
 * Append the text of key up to its first {}.
 *
 * Returns what follows, for words_on().
 */
const char *words_open(struct buf *out, enum words_lang lang,
		       enum words_key key);

/* Append rest up to its next {}, likewise. */
const char *words_on(struct buf *out, const char *rest);

/* Append the text of key, which has no {}. */
void words_add(struct buf *out, enum words_lang lang, enum words_key key);

/* "1 day", "30 days": n of a unit; one is its key, the next key is more. */
void words_count(struct buf *out, enum words_lang lang, int64_t n,
		 enum words_key one);

/*
 * Texts that are data as well (status.json has them): the English is the key.
 *
 * words_said  the text in lang, or as it is where there is none
 * words_say   the same, as text of a page, and with values in it: "3 of 9
 *             requests failed" is found as "{} of {} requests failed"
 */
const char *words_said(enum words_lang lang, const char *english);
void words_say(struct buf *out, enum words_lang lang, struct str english);

/*
 * Which language a reader wants: asked for in words ("de", "de-AT"), else the
 * one of Accept-Language (RFC 9110, 12.5.4) with the highest weight, else
 * English.
 */
enum words_lang words_choose(struct str asked, struct str accepted);

/*
 * words_choose() for a request: its parameter lang, else its headers.  Adds
 * Content-Language and Vary to the response; call it once.
 */
enum words_lang words_of_request(struct req *req);

/* The language of a request whose headers were added before. */
enum words_lang words_again(struct req *req);

/* The tables; words_en.c, words_de.c. */
extern const char *const words_en[WORDS_MAX];
extern const char *const words_de[WORDS_MAX];
extern const char *const words_errors_de[ERR_MAX];
struct words_pair {
	const char *en;
	const char *de;
};
extern const struct words_pair words_pairs[];
extern const size_t words_npairs;

#endif
